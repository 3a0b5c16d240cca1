package keep

// Bounds of the commands that wait for their reply.
const (
	maxPending = 1 << 14 // of one connection; that of package decode
	maxSlots   = 1 << 18 // of all connections, in room for them
	fewSlots   = 64      // what a connection may have above that, too
)

// waiting is a command without its reply.
type waiting struct {
	seq   uint32 // start of the segment in which it ended
	want  int64  // confirmations that a SUBSCRIBE or its like waits for
	class class
}

// queue holds the commands of a connection that wait, in their order.
type queue struct {
	items []waiting
	head  int
	slots *int // room of all queues
}

func (q *queue) empty() bool { return q.head == len(q.items) }

// push adds a command and reports whether there was room for it.
func (q *queue) push(w waiting) bool {
	n := len(q.items) - q.head
	if n >= maxPending || n >= fewSlots && *q.slots > maxSlots {
		return false
	}
	if q.head > 0 && len(q.items) == cap(q.items) {
		q.items = q.items[:copy(q.items, q.items[q.head:])]
		q.head = 0
	}
	*q.slots -= cap(q.items)
	q.items = append(q.items, w)
	*q.slots += cap(q.items)
	return true
}

// front returns the first command, or nil if there is none. It is valid until the
// next call.
func (q *queue) front() *waiting {
	if q.empty() {
		return nil
	}
	return &q.items[q.head]
}

// pop takes the first command out.
func (q *queue) pop() (waiting, bool) {
	if q.empty() {
		return waiting{}, false
	}
	w := q.items[q.head]
	if q.head++; q.empty() {
		q.clear()
	}
	return w, true
}

// clear forgets the commands, and gives back room that few need.
func (q *queue) clear() {
	if cap(q.items) > fewSlots && *q.slots > maxSlots {
		q.free()
		return
	}
	q.items, q.head = q.items[:0], 0
}

func (q *queue) free() {
	*q.slots -= cap(q.items)
	q.items, q.head = nil, 0
}
