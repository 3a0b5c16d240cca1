package stream

import "slices"

// When a hole is given up although it may yet be filled.
const (
	// PatienceCalls is how many packets of the connection must follow an
	// acknowledgement of a hole until its bytes are taken for lost. The
	// acknowledgement alone proves nothing: network cards with several queues
	// and merged captures swap neighbouring packets, so that it can be captured
	// before the data it acknowledges. It must be a power of two.
	PatienceCalls = 8
	// PatienceTime is how much later, in nanoseconds of packet time, than the
	// first segment behind a hole another one from behind it must be for the
	// hole to be given up. It serves the client that waits for each reply,
	// which takes long to send eight packets. One second is the initial
	// retransmission timeout of TCP (RFC 6298, section 2). Segments from
	// before the hole's end do not count: while they come, it may be what lies
	// behind that does not belong to the stream.
	PatienceTime = 1_000_000_000
)

// A piece is a run of bytes that one segment was the first to show.
type piece struct {
	mark  Mark
	data  []byte // what was captured, at most span bytes
	seq   uint32
	ack   uint32
	span  uint32 // length on the wire; 0 is the end of the stream
	first bool
}

// end returns the sequence number after the last byte of p.
func (p *piece) end() uint32 { return p.seq + p.span }

// pieceSize and queueSize are what a piece and a queue take, in bytes.
const (
	pieceSize = 64
	queueSize = 136
)

// A queue holds pieces that cannot be handed out yet. They are in order and
// do not overlap; their data is in buf. Its zero value needs a budget.
type queue struct {
	pieces []piece
	head   int    // pieces[:head] were popped
	buf    []byte // data of the pieces, and that of popped ones until it grows
	live   int    // bytes of buf that belong to held pieces
	ended  bool   // one of the pieces is the end

	now   int64 // time of the latest segment that came from behind the first hole; set by the half
	acked uint32
	acks  [PatienceCalls]uint32 // what was acknowledged when each of the latest calls began
	calls uint8

	budget  *Budget
	charged int64 // this queue's part of budget.Held
}

// held returns the pieces in order. It is valid until the next insert or pop.
func (q *queue) held() []piece { return q.pieces[q.head:] }

// empty reports whether nothing is held.
func (q *queue) empty() bool { return q == nil || q.head == len(q.pieces) }

// expect forgets acknowledgements: nothing past seq is acknowledged.
func (q *queue) expect(seq uint32) {
	q.acked = seq
	for i := range q.acks {
		q.acks[i] = seq
	}
}

// tick counts one call, to be made before what the call tells is taken in.
func (q *queue) tick() {
	q.acks[q.calls%PatienceCalls] = q.acked
	q.calls++
}

// ack takes in an acknowledgement of everything before seq.
func (q *queue) ack(seq uint32) {
	if before(q.acked, seq) && !far(q.acked, seq) {
		q.acked = seq
	}
}

// full reports whether a bound was reached.
func (q *queue) full() bool {
	return q.live > MaxHeld || len(q.held()) > MaxHeldSegments || q.budget.full()
}

// hopeless reports whether the hole before the first piece is to be given up.
// The queue must not be empty.
func (q *queue) hopeless() bool {
	first := &q.pieces[q.head]
	settled := q.acks[q.calls%PatienceCalls] // acknowledged PatienceCalls ago
	return !before(settled, first.seq) || q.now-first.mark.Time > PatienceTime || q.full()
}

// hole returns the first part [from, to) of [pos, end) that no piece covers,
// and the index at which a piece for it belongs. from is to when there is none.
func (q *queue) hole(pos, end uint32) (i int, from, to uint32) {
	var held []piece
	if q != nil {
		held = q.held()
	}
	// From the back, because what arrives mostly belongs there.
	for i = len(held); i > 0 && before(pos, held[i-1].seq); i-- {
	}
	if i > 0 && before(pos, held[i-1].end()) {
		pos = held[i-1].end()
	}
	for i < len(held) && held[i].seq == pos {
		pos = held[i].end()
		i++
	}
	if !before(pos, end) {
		return i, end, end
	}
	if i < len(held) && before(held[i].seq, end) {
		end = held[i].seq
	}
	return i, pos, end
}

// insert holds p, of which it copies the data, as the piece with index i.
func (q *queue) insert(i int, p piece) {
	if len(q.buf)+len(p.data) > cap(q.buf) {
		q.grow(len(p.data))
	}
	n := len(q.buf)
	q.buf = append(q.buf, p.data...)
	p.data = q.buf[n:]
	q.live += len(p.data)
	q.ended = q.ended || p.span == 0
	q.pieces = slices.Insert(q.pieces, q.head+i, p)
	q.charge(queueSize + int64(cap(q.buf)) + pieceSize*int64(cap(q.pieces)))
}

// grow makes room for n more bytes and leaves the data of popped pieces
// behind. Room for as much again as is live keeps the copying linear.
func (q *queue) grow(n int) {
	buf := make([]byte, 0, 2*(q.live+n))
	held := q.held()
	for i := range held {
		at := len(buf)
		buf = append(buf, held[i].data...)
		held[i].data = buf[at:]
	}
	q.buf = buf
}

// pop takes the first piece out. Its data is valid until the next insert or
// the release of the queue.
func (q *queue) pop() piece {
	p := q.pieces[q.head]
	q.live -= len(p.data)
	q.head++
	if 2*q.head >= len(q.pieces) {
		q.pieces = slices.Delete(q.pieces, 0, q.head)
		q.head = 0
	}
	return p
}

// charge tells the budget what the queue takes now, in bytes.
func (q *queue) charge(size int64) {
	q.budget.Held += size - q.charged
	q.charged = size
}

// release gives the queue back to its budget. It must not be used afterwards.
func (q *queue) release() {
	q.charge(0)
	b := q.budget
	if len(b.spares) == maxSpares || cap(q.buf) > maxSpareBuffer || cap(q.pieces) > maxSparePieces {
		return
	}
	clear(q.pieces)
	*q = queue{pieces: q.pieces[:0], buf: q.buf[:0], budget: b}
	b.spares = append(b.spares, q)
}
