// Package stream puts one direction of a TCP connection back into order.
//
// A Half takes the segments of that direction as they were captured: late,
// twice, overlapping, cut short or not at all. It hands out every byte at most
// once, in order, and says how many are missing where some are. It looks at
// numbers and bytes only; it knows no packet format, no clock and no peer.
package stream

// Unknown is the Gap of the first chunk of a stream that was joined after its
// start: what came before it was never seen.
const Unknown = -1

// Mark says where and when a segment was seen.
type Mark struct {
	Time    int64 // nanoseconds since the Unix epoch, packet time
	Packet  int64 // number of the packet in its capture, counted from 1
	Capture int32 // index of the capture
}

// Segment is what one packet contributes to one direction of a connection.
type Segment struct {
	Mark Mark
	// Seq is the sequence number as on the wire. A SYN occupies Seq itself, so
	// its data, if any, starts at Seq+1 (RFC 9293, section 3.4).
	Seq uint32
	// Ack is the acknowledgement number the segment carries for the other
	// direction, 0 if it carries none.
	Ack           uint32
	SYN, FIN, RST bool
	// Data is the captured start of the payload. Push copies what it has to
	// keep beyond the chunks that follow.
	Data []byte
	// Len is the length of the payload on the wire, in bytes, at least
	// len(Data).
	Len int
}

// Chunk is a run of contiguous bytes of the stream.
type Chunk struct {
	// Mark and Ack are those of the segment that first showed these bytes. For
	// End they are those of the FIN or RST, or of the last chunk when there was
	// neither.
	Mark Mark
	Ack  uint32
	// Seq is the sequence number of Data[0].
	Seq uint32
	// Gap is the number of bytes missing directly before Data, or Unknown.
	Gap int64
	// Data aliases the segment passed to Push or the half's own buffer. It is
	// valid until the next call of Push, Next or Reset on the half.
	Data []byte
	// First says that Data[0] was the first byte of a segment's payload, which
	// is where a sender often begins a message.
	First bool
	// End says that the stream ended here: its FIN was reached, or it was reset
	// or flushed. Data is then empty, and nothing follows.
	End bool
}

// window is how far from the expected position a sequence number may be, in
// either direction. No receive window is larger: the window scale option stops
// at 2^30 (RFC 7323, section 2.3). What is further away is stray.
const window = 1 << 30

// maxSegment bounds the payload a single packet may claim, in bytes. Offloading
// shows segments of up to 64 KiB, with "big TCP" of up to 512 KiB.
const maxSegment = 1 << 20

// before reports whether a comes before b in sequence space, modulo 2^32
// (RFC 9293, section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// far reports whether a and b are too far apart to belong to one window.
func far(a, b uint32) bool {
	d := int32(a - b)
	return d > window || d < -window
}
