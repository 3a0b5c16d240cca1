package keep

import (
	"ricochet/capture"
	"ricochet/decode/frame"
)

// mute stands for bytes of a packet that is not TCP, or that lie behind its end.
const mute = '?'

// prober finds out how much of a packet its headers are: as much as makes a
// decoder say of a shorter capture of the packet what it says of all of it.
type prober struct {
	dec frame.Decoder // its own, as fragments leave traces
	seg frame.Segment
}

func (d *prober) verdict(p *capture.Packet, data []byte) frame.Verdict {
	return d.dec.Decode(p.Link, data, max(p.Len, len(p.Data)), p.Time, &d.seg)
}

// headers returns the length of the headers of a packet.
func (d *prober) headers(p *capture.Packet) int {
	want := d.verdict(p, p.Data)
	low, high := 0, len(p.Data)
	for low < high {
		if mid := (low + high) / 2; d.verdict(p, p.Data[:mid]) == want {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return high
}

// isBare reports whether a TCP segment without payload ends with its header.
func (d *prober) isBare(p *capture.Packet) bool {
	return len(p.Data) > 0 && d.verdict(p, p.Data[:len(p.Data)-1]) != frame.TCP
}

// same reports whether a changed copy of a packet is understood as the packet is.
func (d *prober) same(p *capture.Packet, changed []byte) bool {
	return d.verdict(p, changed) == d.verdict(p, p.Data)
}

// muted overwrites what lies behind the headers of a packet.
func muted(b []byte) {
	for i := range b {
		b[i] = mute
	}
}

// payloadAt returns where the payload of a segment begins in the packet that it
// was decoded from, or false if it is not in there: it was put together from
// fragments. It nearly always reaches to the end of the packet.
func payloadAt(data, payload []byte) (int, bool) {
	for i := len(data) - len(payload); i >= 0; i-- {
		if &data[i] == &payload[0] {
			return i, true
		}
	}
	return 0, false
}
