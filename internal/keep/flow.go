package keep

import "ricochet/decode/stream"

// flow is one direction of a connection.
type flow struct {
	half  stream.Half
	held  *held
	first uint64 // numbers of the packets held of it that are not understood, or 0
	last  uint64

	known   bool   // something was understood
	decided uint32 // the place in the stream before which everything is
	closed  bool   // nothing more will be understood

	end    uint32 // sequence number after the last byte handed out
	passed int64  // bytes missing from there on that were passed on already
	ended  bool
	data   bool // payload was seen
}

// put lets bytes at a place in the stream be seen.
func (f *flow) put(seq uint32, b []byte) {
	if f.first != 0 && len(b) > 0 {
		f.held.put(f, seq, b)
	}
}

// understood returns how many bytes of a packet's payload are understood.
func (f *flow) understood(h *packet) int {
	if !f.known {
		return 0
	}
	return max(0, min(int(int32(f.decided-h.seq)), h.tail-h.payload))
}

// knows reports whether all of a packet is understood, or as much as ever will be.
func (f *flow) knows(h *packet) bool {
	return f.closed || f.understood(h) == h.tail-h.payload
}

// decide notes that everything before a place in the stream is understood.
func (f *flow) decide(seq uint32) {
	f.known, f.decided = true, seq
	if f.first != 0 {
		f.held.pass(f)
	}
}

// close says that nothing more of the flow will be understood.
func (f *flow) close() {
	f.closed = true
	f.half.Reset()
	f.held.pass(f)
}
