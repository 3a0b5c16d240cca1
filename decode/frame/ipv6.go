package frame

import "encoding/binary"

const (
	ipv6Len         = 40 // RFC 8200, section 3
	extensionMinLen = 8  // of every extension header (RFC 8200, sections 4.3 to 4.6; RFC 4302, section 2)
)

// ipv6 decodes an IPv6 header and what follows. The destination is the one in
// the fixed header; a routing header that still has stops to go is skipped like
// any other.
func (d *Decoder) ipv6(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < ipv6Len {
		return lacking(wire, ipv6Len)
	}
	if b[0]>>4 != 6 {
		return Malformed
	}
	seg.Src.Addr = [16]byte(b[8:24])
	seg.Dst.Addr = [16]byte(b[24:40])
	next := b[6]
	length := int(binary.BigEndian.Uint16(b[4:]))
	b, wire = b[ipv6Len:], wire-ipv6Len
	// A length of 0 is a jumbogram (RFC 2675, section 3) or one that Linux left
	// for the network card to cut up.
	if length != 0 {
		wire = length
		b = trim(b, length)
	}
	if next == protoTCP {
		return tcp(b, wire, seg)
	}
	return d.extensions(next, b, wire, seg)
}

// extensions walks the chain of extension headers that starts with a header of
// type next. A second fragment header in it is Malformed: senders put in one at
// most (RFC 8200, section 4.1), and the reassembler relies on it.
func (d *Decoder) extensions(next uint8, b []byte, wire int, seg *Segment) Verdict {
	fragmented := false
	for n := 0; n <= MaxExtensions; n++ {
		var v Verdict
		switch next {
		case protoHopByHop, protoRouting, protoDestination, protoAuth:
			next, b, wire, v = skipExtension(next, b, wire)
		case protoFragment:
			if fragmented {
				return Malformed
			}
			fragmented = true
			next, b, wire, v = d.fragmentHeader(b, wire, seg)
		default:
			return d.upper(next, b, wire, seg)
		}
		if v != whole {
			return v
		}
	}
	return d.tooNested()
}

// skipExtension steps over an extension header of the given type. The second
// byte is its length, in 8-byte units without the first (RFC 8200, section 4.3),
// for AH in 4-byte units without the first two (RFC 4302, section 2.2).
func skipExtension(kind uint8, b []byte, wire int) (uint8, []byte, int, Verdict) {
	if len(b) < extensionMinLen {
		return 0, nil, 0, lacking(wire, extensionMinLen)
	}
	n := (int(b[1]) + 1) * 8
	if kind == protoAuth {
		n = (int(b[1]) + 2) * 4
	}
	if len(b) < n {
		return 0, nil, 0, lacking(wire, n)
	}
	return b[0], b[n:], wire - n, whole
}

// fragmentHeader decodes a fragment header: next header, reserved, offset in
// 8-byte units and flags, identification (RFC 8200, section 4.5).
func (d *Decoder) fragmentHeader(b []byte, wire int, seg *Segment) (uint8, []byte, int, Verdict) {
	if len(b) < extensionMinLen {
		return 0, nil, 0, lacking(wire, extensionMinLen)
	}
	field := binary.BigEndian.Uint16(b[2:])
	f := fragment{
		offset: int(field &^ 7),
		more:   field&1 != 0,
		next:   b[0],
		data:   b[extensionMinLen:],
		wire:   wire - extensionMinLen,
	}
	if f.offset == 0 && !f.more {
		return f.next, f.data, f.wire, whole // an atomic fragment (RFC 6946)
	}
	key := datagramKey{src: seg.Src.Addr, dst: seg.Dst.Addr, id: binary.BigEndian.Uint32(b[4:]), version: 6}
	data, length, next, v := d.fragment(key, f)
	return next, data, length, v
}
