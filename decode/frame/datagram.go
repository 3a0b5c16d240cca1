package frame

import "slices"

// datagramKey tells datagrams apart (RFC 791, section 3.2; RFC 8200, section
// 4.5, where the protocol does not count and stays 0). The tunnel around a
// datagram is no part of it: the same fragment seen inside and outside is a copy.
type datagramKey struct {
	src, dst [16]byte
	id       uint32
	version  uint8
	protocol uint8
}

// fragment is one piece of a datagram, without its IP headers.
type fragment struct {
	offset int    // where it belongs in the datagram, bytes
	more   bool   // whether it is not the last
	next   uint8  // protocol of the datagram; counts in the first fragment only
	data   []byte // what was captured of it
	wire   int    // its length
}

// stretch is a part of a datagram, [from, to), that has arrived.
type stretch struct{ from, to int }

// datagram is a place for a datagram under reassembly.
type datagram struct {
	key       datagramKey
	at        int64  // time of the first fragment that arrived
	order     uint64 // when it was begun, counted in datagrams
	fragments int64  // held fragments; 0 marks a place that is free
	lent      bool   // free, but buf is in use until the next packet
	next      uint8  // protocol, known once the first fragment arrived
	top       int    // end of the hindmost fragment
	end       int    // length of the datagram; 0 until the last fragment arrived
	cut       int    // where the first byte is that the capture did not keep
	n         int
	have      [MaxStretches]stretch // the first n are sorted and do not touch
	buf       []byte                // maxDatagramLen bytes once the place was used
}

// contradicts reports whether a fragment that ends at end is at odds with what
// earlier ones said about the length of the datagram.
func (g *datagram) contradicts(end int, more bool) bool {
	switch {
	case g.end == 0:
		return !more && end <= g.top
	case more:
		return end >= g.end
	}
	return end != g.end
}

// coverage says what a fragment added to its datagram.
type coverage uint8

const (
	_ coverage = iota
	covered
	nothingNew
	noRoom // MaxStretches was reached
)

// cover copies into the datagram what it does not hold yet of the fragment:
// where fragments overlap, the first to arrive wins.
func (g *datagram) cover(f fragment) coverage {
	from, to := f.offset, f.offset+f.wire
	// have[i:j] are the stretches that the fragment overlaps or touches.
	i := 0
	for i < g.n && g.have[i].to < from {
		i++
	}
	j := i
	for j < g.n && g.have[j].from <= to {
		j++
	}
	if i == j && g.n == MaxStretches {
		return noRoom
	}
	if j-i == 1 && g.have[i].from <= from && to <= g.have[i].to {
		return nothingNew
	}
	merged := stretch{from, to}
	next := from
	for _, s := range g.have[i:j] {
		g.copy(f, next, s.from)
		next = max(next, s.to)
		merged = stretch{min(merged.from, s.from), max(merged.to, s.to)}
	}
	g.copy(f, next, to)
	g.n = len(slices.Replace(g.have[:g.n], i, j, merged))
	g.top = max(g.top, to)
	if !f.more {
		g.end = to
	}
	if f.offset == 0 {
		g.next = f.next
	}
	return covered
}

// copy copies the bytes [from, to) of the datagram from a fragment, as far as
// they were captured.
func (g *datagram) copy(f fragment, from, to int) {
	if from >= to {
		return
	}
	captured := f.offset + len(f.data)
	if captured < to {
		g.cut = min(g.cut, max(from, captured))
		to = captured
	}
	if from < to {
		copy(g.buf[from:to], f.data[from-f.offset:])
	}
}
