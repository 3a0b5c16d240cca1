package frame

import "encoding/binary"

// Flags of a GRE header and the version behind them (RFC 2784, section 2; RFC
// 2890, section 2; routing: RFC 1701).
const (
	greMinLen   = 4
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greVersion  = 0x0007
)

// Mirrored Ethernet frames in GRE (draft-foschiano-erspan, section 4). Type I
// and type II share a protocol; type II comes with a sequence number.
const (
	typeERSPAN    = 0x88be
	typeERSPAN3   = 0x22eb
	erspan2Len    = 8
	erspan3Len    = 12
	erspan3SubLen = 8 // the platform-specific subheader of type III
)

// gre decodes a GRE header. Each of checksum, key and sequence number takes
// four bytes if its flag is set.
func (d *Decoder) gre(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < greMinLen {
		return lacking(wire, greMinLen)
	}
	flags, protocol := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if flags&(greVersion|greRouting) != 0 {
		return Other // version 1 is PPTP; source routes are long out of use
	}
	header := greMinLen
	for _, flag := range [...]uint16{greChecksum, greKey, greSequence} {
		if flags&flag != 0 {
			header += 4
		}
	}
	if len(b) < header {
		return lacking(wire, header)
	}
	b, wire = b[header:], wire-header
	if !d.enter() {
		return d.tooNested()
	}
	switch {
	case protocol == typeERSPAN && flags&greSequence == 0:
		return d.ethernet(b, wire, seg) // type I has no header of its own
	case protocol == typeERSPAN:
		return d.erspan2(b, wire, seg)
	case protocol == typeERSPAN3:
		return d.erspan3(b, wire, seg)
	}
	return d.tunnelled(protocol, b, wire, seg)
}

// erspan2 decodes the header of ERSPAN type II, whose version field says 1.
func (d *Decoder) erspan2(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < erspan2Len {
		return lacking(wire, erspan2Len)
	}
	if b[0]>>4 != 1 {
		return Other
	}
	return d.ethernet(b[erspan2Len:], wire-erspan2Len, seg)
}

// erspan3 decodes the header of ERSPAN type III, whose version field says 2. Its
// last two bytes are, from the top: P, frame type (5 bits), hardware (6 bits),
// direction, granularity (2 bits), and whether a subheader follows.
func (d *Decoder) erspan3(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < erspan3Len {
		return lacking(wire, erspan3Len)
	}
	if b[0]>>4 != 2 {
		return Other
	}
	last := binary.BigEndian.Uint16(b[10:])
	header := erspan3Len
	if last&1 != 0 {
		header += erspan3SubLen
	}
	if len(b) < header {
		return lacking(wire, header)
	}
	b, wire = b[header:], wire-header
	switch last >> 10 & 0x1f {
	case 0:
		return d.ethernet(b, wire, seg)
	case 2:
		return d.rawIP(b, wire, seg)
	}
	return Other
}
