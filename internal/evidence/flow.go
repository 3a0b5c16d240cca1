package evidence

import (
	"bytes"

	"ricochet/decode/frame"
)

// maxFlows bounds the connections of which it is remembered that they matter.
const maxFlows = 1 << 18

// openingPackets is how many packets from the beginning of a connection are kept:
// those in which it says who it is, whether it knows redirects, and what it follows.
const openingPackets = 32

// flowKey is a connection as one capture saw it, the lower endpoint first.
type flowKey struct {
	capture int
	a, b    frame.Endpoint
}

func keyOf(capture int, seg *frame.Segment) flowKey {
	n := bytes.Compare(seg.Src.Addr[:], seg.Dst.Addr[:])
	if n < 0 || n == 0 && seg.Src.Port <= seg.Dst.Port {
		return flowKey{capture, seg.Src, seg.Dst}
	}
	return flowKey{capture, seg.Dst, seg.Src}
}

// flow is a connection that matters.
type flow struct {
	packets int
	spans   []span // around what is cited, in the order of time
}

type span struct{ from, to int64 }

// cite keeps a stretch of the connection. Stretches come in the order of their packets.
func (f *flow) cite(from, to int64) {
	if k := len(f.spans); k > 0 && from <= f.spans[k-1].to {
		f.spans[k-1].to = max(f.spans[k-1].to, to)
		f.spans[k-1].from = min(f.spans[k-1].from, from)
		return
	}
	f.spans = append(f.spans, span{from, to})
}

// cited reports whether a moment lies in a stretch around what is cited.
func (f *flow) cited(at int64) bool {
	if f == nil {
		return false
	}
	for _, s := range f.spans {
		if at >= s.from && at <= s.to {
			return true
		}
	}
	return false
}

// opening counts a packet, and reports whether it is one of the first. A connection
// of the same ports that begins anew counts anew.
func (f *flow) opening(seg *frame.Segment) bool {
	if f == nil {
		return false
	}
	if seg.Flags&(frame.SYN|frame.ACK) == frame.SYN {
		f.packets = 0
	}
	f.packets++
	return f.packets <= openingPackets
}
