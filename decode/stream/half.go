package stream

// A Half reassembles one direction of a connection. Its zero value is ready: it
// joins the stream wherever the first segments are. A half that holds nothing
// is 88 bytes and refers to no other memory.
//
// After Push, Acked, Flush and Start, call Next until it returns false. What is
// not drained before the next Push is lost and comes out as a gap.
type Half struct {
	next  uint32 // sequence number expected next; nothing before it is handed out again
	phase phase
	armed bool   // ready is what Next hands out
	gap   int64  // Gap of the next chunk
	ready piece  // its data is not owned
	queue *queue // nil when nothing is held
}

// phase is what a half waits for. Unlike other enumerations its zero value has
// a meaning, for the sake of the zero Half.
type phase uint8

const (
	joining phase = iota // the position in the stream is not known
	open                 // next is known
	closing              // everything held is to be handed out, then the end
	ended                // the end was handed out
)

// Start tells where the stream begins: seq is the sequence number of its first
// byte, one more than that of the SYN, or the number that the other side's
// SYN+ACK acknowledges. It does nothing once the position is known.
//
// A segment that was captured before its SYN is waiting; Next hands it out.
func (h *Half) Start(seq uint32) {
	if h.phase != joining {
		return
	}
	h.phase, h.next = open, seq
	q := h.queue
	if q == nil {
		return
	}
	q.expect(seq)
	for !q.empty() && (before(q.held()[0].seq, seq) || far(q.held()[0].seq, seq)) {
		q.pop()
		q.budget.Stray++
	}
	if q.empty() {
		h.release()
	}
}

// Push takes a segment and reports whether Next has something. Once drained it
// refers neither to s nor to its data. What has to be held is charged to b.
//
// The first copy of a byte wins, whatever later ones say. What the capture cut
// from a segment counts as seen and missing: it becomes a gap without waiting
// for another copy.
func (h *Half) Push(s *Segment, b *Budget) bool {
	if h.phase != open || h.queue != nil || s.SYN || s.FIN || s.RST {
		return h.push(s, b)
	}
	if s.Len == len(s.Data) {
		if s.Len == 0 {
			return false
		}
		if s.Seq == h.next {
			p := &h.ready
			p.mark, p.data, p.seq, p.ack, p.span, p.first = s.Mark, s.Data, s.Seq, s.Ack, uint32(s.Len), true
			h.armed = true
			return true
		}
	}
	return h.push(s, b)
}

// push is Push for everything but ordinary segments.
func (h *Half) push(s *Segment, b *Budget) bool {
	if h.phase > open {
		return h.armed || h.load()
	}
	h.armed = false
	seq, n := s.Seq, max(s.Len, len(s.Data))
	if s.SYN {
		seq++
		h.Start(seq)
	}
	if n > maxSegment || h.phase == open && far(seq, h.next) {
		b.Stray++
		return h.load()
	}
	if h.phase == joining && h.queue != nil && far(seq, h.queue.held()[0].seq) {
		// Of two that belong to no one stream the later is believed, lest one
		// odd packet make the rest of the connection stray.
		b.Stray += int64(len(h.queue.held()))
		h.release()
	}
	had := h.queue != nil
	if had {
		h.queue.tick()
	}
	if s.RST {
		return h.reset(s, seq, b)
	}
	fresh := h.admit(s, seq, uint32(n), b)
	if s.FIN && h.finish(s, seq+uint32(n), b) {
		fresh = true
	}
	if q := h.queue; !q.empty() && !before(seq, q.held()[0].seq) {
		q.now = s.Mark.Time
	}
	// To join, wait for one more segment: if the two have changed places, the
	// stream starts at the second. The same packet seen again does not count.
	if h.phase == joining && h.queue != nil && (had && fresh || h.queue.full()) {
		h.join()
	}
	return h.armed || h.load()
}

// admit takes in what is new of the n bytes of s from seq on and reports
// whether there was anything.
func (h *Half) admit(s *Segment, seq, n uint32, b *Budget) bool {
	pos, end := seq, seq+n
	if h.phase == open && before(pos, h.next) {
		pos = h.next
	}
	late := h.phase == open && before(h.next, pos)
	var fresh uint32
	for {
		i, from, to := h.queue.hole(pos, end)
		if from == to {
			break
		}
		lo, hi := min(int(from-seq), len(s.Data)), min(int(to-seq), len(s.Data))
		p := piece{mark: s.Mark, data: s.Data[lo:hi], seq: from, ack: s.Ack, span: to - from, first: from == seq}
		b.Truncated += int64(p.span) - int64(len(p.data))
		h.take(i, p, b)
		fresh += p.span
		pos = to
	}
	switch {
	case fresh == 0 && n > 0:
		b.Retransmitted++
	case fresh < n:
		b.Overlaps++
	}
	if late && fresh > 0 {
		b.OutOfOrder++
	}
	return fresh > 0
}

// finish takes in that the stream ends before seq and reports whether that was
// new. The first end wins, and data that was there before wins over any.
func (h *Half) finish(s *Segment, seq uint32, b *Budget) bool {
	if h.phase == open && before(seq, h.next) || h.queue != nil && h.queue.ended {
		return false
	}
	i := 0
	if h.queue != nil {
		held := h.queue.held()
		for i = len(held); i > 0 && !before(held[i-1].seq, seq); i-- {
		}
		if i > 0 && before(seq, held[i-1].end()) {
			return false
		}
	}
	h.take(i, piece{mark: s.Mark, seq: seq, ack: s.Ack}, b)
	return true
}

// reset ends the stream behind what is held. A reset older than what was handed
// out is none (RFC 9293, section 3.10.7.4: it must lie in the window).
func (h *Half) reset(s *Segment, seq uint32, b *Budget) bool {
	if h.phase == open && before(seq, h.next) {
		b.Stray++
		return h.load()
	}
	// Its own number is not taken for the length of the stream: the answer to
	// a stray segment carries what that segment acknowledged.
	if h.phase == open {
		seq = h.next
	}
	if !h.queue.empty() {
		held := h.queue.held()
		seq = held[len(held)-1].end()
	}
	h.finish(s, seq, b)
	return h.Flush()
}

// take readies p if it comes next, else holds it as the piece with index i.
func (h *Half) take(i int, p piece, b *Budget) {
	if h.phase == open && p.seq == h.next && !h.armed {
		h.arm(p)
		return
	}
	if h.queue == nil {
		h.queue = b.queue()
		h.queue.now = p.mark.Time
		h.queue.expect(h.next)
	}
	h.queue.insert(i, p)
}

// join settles on the lowest sequence number held as the start of the stream.
func (h *Half) join() {
	h.phase, h.gap = open, Unknown
	if !h.queue.empty() {
		h.next = h.queue.held()[0].seq
		h.queue.expect(h.next)
	}
}

// Acked takes in that the other side acknowledged everything before ack and
// reports whether Next has something: a hole that was acknowledged is given up
// after a while. Call it for each packet of the other direction that carries an
// acknowledgement, and do so before that packet is pushed to its own half: a
// command is then handed out before the reply that acknowledges it.
func (h *Half) Acked(ack uint32) bool {
	if h.queue == nil {
		return false
	}
	return h.acked(ack)
}

// acked is Acked for a half that holds something.
func (h *Half) acked(ack uint32) bool {
	q := h.queue
	q.tick()
	if h.phase == joining {
		// What is acknowledged has no sibling that is still on its way.
		first := q.held()[0]
		end := first.seq + max(first.span, 1) // a FIN counts as one
		if before(ack, end) || far(ack, end) {
			return false
		}
		h.join()
	}
	q.ack(ack)
	return h.armed || h.load()
}

// Flush ends the stream, at the end of the capture or when the connection was
// reset: what is held is handed out, with the holes as gaps, then the end. It
// reports whether Next has something, which is so unless the end was handed out
// before. When it was drained, the half holds no memory.
func (h *Half) Flush() bool {
	switch h.phase {
	case ended:
		return false
	case joining:
		h.join()
	}
	h.phase = closing
	return h.armed || h.load()
}

// Reset makes h a zero Half and drops what it holds.
func (h *Half) Reset() {
	if h.queue != nil {
		h.release()
	}
	*h = Half{}
}

// Next fills in the next chunk, or reports false when there is none yet.
func (h *Half) Next(c *Chunk) bool {
	if !h.armed && (h.queue == nil && h.phase != closing || !h.load()) {
		return false
	}
	p := &h.ready
	c.Mark, c.Ack, c.Seq, c.Gap = p.mark, p.ack, p.seq, h.gap
	c.Data, c.First, c.End = p.data, p.first, p.span == 0
	h.armed = false
	h.next = p.end()
	h.gap = int64(p.span) - int64(len(p.data))
	p.data = nil
	if c.End {
		h.phase = ended
		if h.queue != nil {
			h.queue.budget.Stray += int64(len(h.queue.held()))
			h.release()
		}
	}
	return true
}

// load readies what is to be handed out next, if anything. A queue that has run
// empty is released.
func (h *Half) load() bool {
	if h.phase == joining {
		return false
	}
	for !h.queue.empty() {
		q := h.queue
		first := q.held()[0].seq
		if lost := first - h.next; lost > 0 {
			if h.phase == open && !q.hopeless() {
				return false
			}
			if h.phase == open && q.full() {
				q.budget.Forced++
			}
			q.budget.Lost += int64(lost)
			h.skip(lost)
		}
		h.arm(q.pop())
		if h.armed {
			return true
		}
	}
	if h.queue != nil {
		h.release()
	}
	if h.phase == closing {
		h.arm(piece{mark: h.ready.mark, ack: h.ready.ack, seq: h.next})
	}
	return h.armed
}

// arm readies p, which begins at next, to be handed out. Of bytes that were not
// captured at all only their number is.
func (h *Half) arm(p piece) {
	if len(p.data) == 0 && p.span > 0 {
		h.skip(p.span)
		return
	}
	h.ready, h.armed = p, true
}

// skip passes over n missing bytes.
func (h *Half) skip(n uint32) {
	h.next += n
	if h.gap != Unknown {
		h.gap += int64(n)
	}
}

// release gives up the queue.
func (h *Half) release() {
	h.queue.release()
	h.queue = nil
}

// Expected returns the sequence number of the byte that is to be handed out
// next. It means nothing before the position in the stream is known.
func (h *Half) Expected() uint32 { return h.next }

// Holding reports whether segments are held behind a hole, or until the position
// in the stream is known.
func (h *Half) Holding() bool { return h.queue != nil }
