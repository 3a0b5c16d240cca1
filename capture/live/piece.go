package live

import (
	"ricochet/bpf"
	"ricochet/capture"
)

// pieces yields the packets of a record.
type pieces struct{ r *bpf.Record }

func (p *pieces) reset(r *bpf.Record) { p.r = r }

func (p *pieces) next(pkt *capture.Packet) bool {
	if p.r == nil {
		return false
	}
	pkt.Data, pkt.Len = p.r.Data, p.r.Wire
	p.r = nil
	return true
}
