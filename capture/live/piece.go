package live

import (
	"encoding/binary"
	"math"

	"ricochet/bpf"
	"ricochet/capture"
)

// Lengths and offsets of fields that change from piece to piece, in bytes.
const (
	ipv4Length = 2  // total length: RFC 791, section 3.1
	ipv6Length = 4  // payload length, without the fixed header: RFC 8200, section 3
	ipv6Header = 40 // the fixed header
	tcpSeq     = 4  // sequence number
	tcpFlags   = 13 // control bits

	tcpFIN = 0x01
	tcpPSH = 0x08
)

// pieces turns a record into packets. A frame of which the middle of long values
// was left out becomes several: as if its sender had ended a segment where a span
// ends, and the capture had kept only the start of each. So nothing behind this
// place needs to know of spans; what is missing looks like what any capture with
// a snap length lacks.
//
// What a packet of a cut frame says of its length (that of the innermost IP
// header, and Packet.Len) is right. Its checksums, and the lengths in the headers
// of a tunnel around it, are those of the whole frame.
//
// The zero value has no packets.
type pieces struct {
	r    *bpf.Record
	i    int    // the span that is next
	kept int    // where what was kept of it starts in r.Data
	buf  []byte // the packet of a span: at most what the program keeps of a cut frame
}

// reset makes r the record at hand. It has to stay as it is until next has
// returned false.
func (p *pieces) reset(r *bpf.Record) { p.r, p.i, p.kept = r, 0, r.Payload }

// next sets Data and Len of pkt to those of the next packet, and reports whether
// there was one. Data is valid until the next call.
func (p *pieces) next(pkt *capture.Packet) bool {
	switch {
	case p.r == nil:
		return false
	case len(p.r.Spans) == 0:
		pkt.Data, pkt.Len = p.r.Data, p.r.Wire
		p.r = nil
		return true
	case p.i == len(p.r.Spans):
		p.r = nil
		return false
	}
	r, s := p.r, p.r.Spans[p.i]
	p.i++
	end := r.End
	if p.i < len(r.Spans) {
		end = r.Spans[p.i].From
	}
	p.buf = append(append(p.buf[:0], r.Data[:r.Payload]...), r.Data[p.kept:p.kept+s.Keep]...)
	p.kept += s.Keep
	claim(p.buf, r, s.From, end, p.i == len(r.Spans))
	pkt.Data, pkt.Len = p.buf, r.Payload+end-s.From
	return true
}

// claim changes the headers at the start of b so that they are those of a segment
// that carries the bytes of the frame from from to end, last of all or not.
func claim(b []byte, r *bpf.Record, from, end int, last bool) {
	ip, tcp := b[r.Net:r.TCP], b[r.TCP:r.Payload]
	length := r.Payload - r.Net + end - from
	field := ip[ipv4Length:]
	if ip[0]>>4 == 6 {
		length -= ipv6Header
		field = ip[ipv6Length:]
	}
	if length > math.MaxUint16 {
		length = 0 // as Linux has it in a segment too large for the field
	}
	binary.BigEndian.PutUint16(field, uint16(length))
	seq := tcp[tcpSeq:]
	binary.BigEndian.PutUint32(seq, binary.BigEndian.Uint32(seq)+uint32(from-r.Payload))
	if !last {
		tcp[tcpFlags] &^= tcpFIN | tcpPSH
	}
}
