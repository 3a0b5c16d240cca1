package frame

import "encoding/binary"

// ipv4MinLen is the length of an IPv4 header without options (RFC 791, section
// 3.1).
const ipv4MinLen = 20

// ipv4Fragment masks the bits of the flags and offset field that are all zero in
// a datagram that is whole: more fragments, and the offset (RFC 791, section
// 3.1).
const (
	ipv4More     = 0x2000
	ipv4Offset   = 0x1fff
	ipv4Fragment = ipv4More | ipv4Offset
)

// ipv4 decodes an IPv4 header and what follows.
func (d *Decoder) ipv4(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < ipv4MinLen {
		return lacking(wire, ipv4MinLen)
	}
	header := int(b[0]&0x0f) * 4
	if b[0]>>4 != 4 || header < ipv4MinLen {
		return Malformed
	}
	if total := int(binary.BigEndian.Uint16(b[2:])); total != 0 {
		wire = total
		b = trim(b, total)
	}
	if len(b) < header {
		return lacking(wire, header)
	}
	mapIPv4(&seg.Src.Addr, b[12:])
	mapIPv4(&seg.Dst.Addr, b[16:])
	protocol := b[9]
	flags := binary.BigEndian.Uint16(b[6:])
	id := binary.BigEndian.Uint16(b[4:])
	b, wire = b[header:], wire-header
	if flags&ipv4Fragment != 0 {
		key := datagramKey{src: seg.Src.Addr, dst: seg.Dst.Addr, id: uint32(id), version: 4, protocol: protocol}
		var v Verdict
		if b, wire, _, v = d.fragment(key, fragment{
			offset: int(flags&ipv4Offset) * 8,
			more:   flags&ipv4More != 0,
			next:   protocol,
			data:   b,
			wire:   wire,
		}); v != whole {
			return v
		}
	}
	if protocol == protoAuth {
		var v Verdict
		if protocol, b, wire, v = skipExtension(protocol, b, wire); v != whole {
			return v
		}
	}
	return d.upper(protocol, b, wire, seg)
}

// mapIPv4 writes the IPv4 address at the start of b as an IPv4-mapped IPv6
// address (RFC 4291, section 2.5.5.2).
func mapIPv4(addr *[16]byte, b []byte) {
	binary.BigEndian.PutUint64(addr[0:8], 0)
	binary.BigEndian.PutUint32(addr[8:12], 0xffff)
	copy(addr[12:16], b)
}
