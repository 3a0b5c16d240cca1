package pcapfile

// queue is a binary heap of the files that have a packet ready, the one to be
// yielded next at index 0. A heap of one costs a comparison a packet.
//
// The place of a file is given by the latest time seen in it so far, not by the
// time of its next packet. Packets of one file are never reordered, so a packet
// behind a clock that stepped back can only count as captured right after the
// one before it; and places that never fall make this the plain merge of sorted
// sequences. Files at the same place come in the order of their names, and so
// the order of all packets does not depend on the order in which the files were
// given.
type queue []*file

// before reports whether the packet of f is to be yielded before that of g.
func (f *file) before(g *file) bool {
	if f.latest != g.latest {
		return f.latest < g.latest
	}
	return f.head.Origin < g.head.Origin
}

// init makes a heap of files in any order.
func (q queue) init() {
	for i := len(q)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
}

// pop removes the file at the top.
func (q *queue) pop() {
	h := *q
	n := len(h) - 1
	h[0], h[n] = h[n], nil
	*q = h[:n]
	q.down(0)
}

// down moves the file at i to its place below.
func (q queue) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if q[child].before(q[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}
