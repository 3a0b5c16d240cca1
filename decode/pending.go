package decode

// waiting is a command without its reply.
type waiting struct {
	mark        Mark
	ordinal     uint64
	fold        uint64
	seq         uint32 // start of the segment in which the command ended
	special     special
	write       bool
	asking      bool
	inMulti     bool
	want        int32 // confirmations expected by SUBSCRIBE and its like; -1: until none is left
	proto       uint8 // asked for by HELLO
	transaction uint32
	name        string
	text        int32 // position and length of its text in the arena
	textLen     int32
	arg         int32 // the same of what the command changes once it is confirmed: a name, a library, a user
	argLen      int32
	what        fact
}

// fact is what a confirmed command changes of its connection.
type fact uint8

const (
	noFact fact = iota
	factName
	factLibName
	factLibVer
	factUser
	factCapa
)

// pending is a queue of commands without their reply, with the texts of those
// commands in an arena that is reused whenever the queue runs empty.
type pending struct {
	items []waiting
	head  int
	arena []byte
}

func (q *pending) len() int { return len(q.items) - q.head }

func (q *pending) front() *waiting { return &q.items[q.head] }

// push returns a slot for a command; it is valid until the next call.
func (q *pending) push() *waiting {
	if q.head > 0 && len(q.items) == cap(q.items) {
		q.compact()
	}
	if len(q.items) < cap(q.items) {
		q.items = q.items[:len(q.items)+1]
	} else {
		q.items = append(q.items, waiting{})
	}
	return &q.items[len(q.items)-1]
}

// compact moves what is queued to the start of its memory, so that a queue that
// never runs empty does not grow.
func (q *pending) compact() {
	n := copy(q.items, q.items[q.head:])
	q.items, q.head = q.items[:n], 0
	base := q.items[0].text
	q.arena = q.arena[:copy(q.arena, q.arena[base:])]
	for i := range q.items {
		q.items[i].text -= base
		q.items[i].arg -= base
	}
}

func (q *pending) pop() {
	q.head++
	if q.head == len(q.items) {
		q.clear()
	}
}

func (q *pending) clear() {
	q.items, q.head, q.arena = q.items[:0], 0, q.arena[:0]
}

func (q *pending) text(w *waiting) string {
	return string(q.arena[w.text : w.text+w.textLen])
}

func (q *pending) argument(w *waiting) string {
	return string(q.arena[w.arg : w.arg+w.argLen])
}
