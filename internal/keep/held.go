package keep

import "ricochet/capture"

// Bounds of what is held until it is understood. Beyond one of them the oldest
// packet leaves as far as it is understood.
const (
	// maxHeldBytes bounds the packets held, in bytes.
	maxHeldBytes = 4 << 20
	// maxHeldPackets bounds their number.
	maxHeldPackets = 4096
	// maxHeldTime bounds how long one is held, in nanoseconds: longer than the
	// second after which reassembly gives up a hole (stream.PatienceTime), since
	// what is behind it is understood then.
	maxHeldTime = 5_000_000_000
	// maxPacket is how many bytes of a packet are kept; what is longer is cut.
	maxPacket = 1 << 20
)

// packet is a packet that is held.
type packet struct {
	time    int64
	link    capture.LinkType
	origin  int
	wire    int
	at, len int    // its place in the ring of bytes
	next    uint64 // the next packet of the flow
	flow    *flow  // whose payload it carries; nil if there is nothing to wait for
	seq     uint32 // of the payload
	payload int    // where that begins; it reaches to tail
	tail    int    // where it ends
	reached bool   // some of the payload was new
	comment string // of Writer.Comment
}

// held keeps packets in their order until they are understood. Their payloads are
// blank at first; put fills in what may be seen.
type held struct {
	packets     []packet // a ring of maxHeldPackets
	first, last uint64   // numbers of the oldest one and of the next one; from 1 on
	bytes       []byte   // a ring of maxHeldBytes; no packet wraps around
	from, to    int      // the part in use; empty when there are no packets
}

func newHeld() *held {
	return &held{packets: make([]packet, maxHeldPackets), first: 1, last: 1, bytes: make([]byte, maxHeldBytes)}
}

func (q *held) empty() bool { return q.first == q.last }

func (q *held) packet(n uint64) *packet { return &q.packets[n%maxHeldPackets] }

// room reports whether there is room for a packet of n bytes, at most maxPacket,
// and makes it the next place to use.
func (q *held) room(n int) bool {
	switch {
	case q.empty():
		q.from, q.to = 0, 0
		return true
	case q.last-q.first == maxHeldPackets:
		return false
	case q.to < q.from:
		return q.from-q.to > n
	case maxHeldBytes-q.to >= n:
		return true
	case q.from > n:
		q.to = 0
		return true
	}
	return false
}

// add holds a packet, for which there must be room, and returns it with its
// bytes, which are those of data.
func (q *held) add(p *capture.Packet, data []byte) (*packet, []byte) {
	h := q.packet(q.last)
	q.last++
	*h = packet{time: p.Time, link: p.Link, origin: p.Origin, wire: max(p.Len, len(p.Data)), at: q.to, len: len(data)}
	b := q.bytes[q.to : q.to+len(data)]
	copy(b, data)
	q.to += len(data)
	return h, b
}

// await lets the packet that was held last wait for its payload, which is blanked.
func (q *held) await(f *flow, seq uint32, payload, tail int) {
	n := q.last - 1
	h := q.packet(n)
	h.flow, h.seq, h.payload, h.tail = f, seq, payload, tail
	b := q.bytes[h.at+payload : h.at+h.len]
	for i := range b {
		b[i] = blank
	}
	if f.first == 0 {
		f.first = n
	} else {
		q.packet(f.last).next = n
	}
	f.last = n
}

// put lets bytes of a flow be seen that are at a place in its stream, in whichever
// packets carry them.
func (q *held) put(f *flow, seq uint32, b []byte) {
	for n := f.first; n != 0; {
		h := q.packet(n)
		lo, size := int(int32(seq-h.seq)), h.tail-h.payload
		if lo < size && lo+len(b) > 0 {
			to := q.bytes[h.at+h.payload : h.at+h.tail]
			if lo >= 0 {
				if copy(to[lo:], b) == len(b) {
					return
				}
			} else {
				copy(to, b[-lo:])
			}
		}
		n = h.next
	}
}

// reach notes which packets brought n bytes of a flow that are new.
func (q *held) reach(f *flow, seq uint32, n int) {
	for i := f.first; i != 0; {
		h := q.packet(i)
		lo, size := int(int32(seq-h.seq)), h.tail-h.payload
		if lo < size && lo+n > 0 {
			h.reached = true
			if lo >= 0 && lo+n <= size {
				return
			}
		}
		i = h.next
	}
}

// pass lets go of the first packets of a flow that are understood.
func (q *held) pass(f *flow) {
	for f.first != 0 {
		h := q.packet(f.first)
		if !f.knows(h) {
			return
		}
		f.first = h.next
	}
}

// drop takes the oldest packet out.
func (q *held) drop() {
	h := q.packet(q.first)
	if f := h.flow; f != nil {
		if f.first == q.first {
			f.first = h.next
		}
		h.flow = nil
	}
	q.first++
	if q.empty() {
		return
	}
	q.from = q.packet(q.first).at
}
