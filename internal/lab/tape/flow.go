package tape

import "ricochet/internal/lab/world"

// flow is a connection that has not ended.
type flow struct {
	client, server end
}

// end is what is known of an end of a connection.
type end struct {
	first    uint32 // initial sequence number
	sent     uint64 // bytes
	id       uint16 // of the next IPv4 packet
	began    bool   // has sent its SYN
	finished bool   // has sent its FIN
	heardFIN bool   // has acknowledged that of the other end
}

// nearWrap is how far below 2^32 the initial sequence numbers of some ends are at most.
const nearWrap = 4096

// newFlow begins a connection. The same ID gives the same numbers.
func newFlow(id int) *flow {
	return &flow{client: newEnd(2 * uint64(id)), server: newEnd(2*uint64(id) + 1)}
}

// newEnd makes an end that has sent nothing. The numbers of every fourth end wrap
// soon, since that is where readers go wrong.
func newEnd(seed uint64) end {
	h := mix(seed)
	e := end{first: uint32(h), id: uint16(h >> 32)}
	if h>>62 == 0 {
		e.first = -(e.first%nearWrap + 1)
	}
	return e
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
// number generators", 2014): neighbours become strangers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// ends returns the end that sends and the one it sends to.
func (f *flow) ends(fromServer bool) (from, to *end) {
	if fromServer {
		return &f.server, &f.client
	}
	return &f.client, &f.server
}

// seq is the sequence number of what the end sends now. SYN and FIN take one each (RFC
// 9293, section 3.4). An end that refuses a connection has none: it is 0 then (section
// 3.5.2).
func (e *end) seq(s *world.Segment) uint32 {
	switch {
	case s.SYN:
		return e.first
	case !e.began:
		return 0
	}
	n := e.first + 1 + uint32(e.sent)
	if e.finished {
		n++
	}
	return n
}

func (e *end) nextID() uint16 {
	e.id++
	return e.id
}
