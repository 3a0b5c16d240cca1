package decode

import "ricochet/decode/view"

// waiting is a command without its reply.
type waiting struct {
	mark        Mark
	ordinal     uint64
	fold        uint64
	name        string
	seq         uint32 // start of the segment in which the command ended
	want        int32  // confirmations expected by SUBSCRIBE and its like, or one of the two below
	transaction uint32 // number of the transaction it is part of
	first       uint32 // of an EXEC or DISCARD: number of the first command of its transaction
	queued      uint32 // of the same: how many of its commands were kept
	text        span32 // name and keys
	value       span32 // of what; of other commands about roles their arguments, see keepArgs
	user        span32 // empty if it changes none
	ask         view.Question
	special     special
	what        fact  // what it changes once it is confirmed
	proto       uint8 // asked for by HELLO, else 0
	write       bool
	keyed       bool
	asking      bool
	inMulti     bool
}

// What waiting.want holds for an UNSUBSCRIBE without channels, which is
// confirmed as often as there are subscriptions.
const (
	allChannels  = -1 // no confirmation came yet
	moreChannels = -2 // some came
)

// span32 is a part of an arena.
type span32 struct{ from, to int32 }

func since(arena []byte, from int) span32 { return span32{int32(from), int32(len(arena))} }

func (s span32) of(arena []byte) []byte { return arena[s.from:s.to] }

// shift follows a move of what the span holds towards the start of the arena.
func (s span32) shift(by int32) span32 {
	if s.from == s.to {
		return span32{}
	}
	return span32{s.from - by, s.to - by}
}

// Bounds of the memory for commands that wait, in slots of a command each.
const (
	// maxSlots bounds what the connections of a table take. Above it none gets,
	// nor keeps, more than fewSlots, which is more than most ever need.
	maxSlots = 1 << 16
	fewSlots = 64
)

// pending is a queue of commands without their reply, with the texts of those
// commands in an arena that is reused whenever the queue runs empty.
type pending struct {
	items []waiting
	head  int
	arena []byte
	slots *int64 // of the table
}

func (q *pending) len() int { return len(q.items) - q.head }

func (q *pending) front() *waiting { return &q.items[q.head] }

// push returns a zeroed slot for a command; it is valid until the next call.
func (q *pending) push() *waiting {
	if q.head > 0 && len(q.items) == cap(q.items) {
		q.compact()
	}
	if len(q.items) < cap(q.items) {
		q.items = q.items[:len(q.items)+1]
		q.items[len(q.items)-1] = waiting{}
	} else {
		*q.slots -= int64(cap(q.items))
		q.items = append(q.items, waiting{})
		*q.slots += int64(cap(q.items))
	}
	return &q.items[len(q.items)-1]
}

// keep appends a value to the arena, escaped.
func (q *pending) keep(value []byte) span32 {
	from := len(q.arena)
	q.arena = appendEscaped(q.arena, value, maxFact)
	return since(q.arena, from)
}

// compact moves what is queued to the start of its memory, so that a queue that
// never runs empty does not grow.
func (q *pending) compact() {
	base := q.items[q.head].text.from
	q.items = q.items[:copy(q.items, q.items[q.head:])]
	q.head = 0
	q.arena = q.arena[:copy(q.arena, q.arena[base:])]
	for i := range q.items {
		w := &q.items[i]
		w.text, w.value, w.user = w.text.shift(base), w.value.shift(base), w.user.shift(base)
	}
}

func (q *pending) pop() {
	q.head++
	if q.head == len(q.items) {
		q.clear()
	}
}

func (q *pending) clear() {
	if cap(q.items) > fewSlots && *q.slots > maxSlots {
		q.free()
		return
	}
	q.items, q.head, q.arena = q.items[:0], 0, q.arena[:0]
}

// free gives back the memory of an empty queue, or of one that is done with.
func (q *pending) free() {
	*q.slots -= int64(cap(q.items))
	q.items, q.head, q.arena = nil, 0, nil
}

// full reports whether the queue may take no more, if its own bound is limit.
func (q *pending) full(limit int) bool {
	return q.len() >= limit || q.len() >= fewSlots && *q.slots > maxSlots
}

func (q *pending) text(w *waiting) string { return string(w.text.of(q.arena)) }
