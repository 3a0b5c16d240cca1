package frame

import "encoding/binary"

// Protocol numbers of IPv4 and next header values of IPv6, as registered with
// IANA.
const (
	protoHopByHop    = 0
	protoIPv4        = 4 // RFC 2003
	protoTCP         = 6
	protoUDP         = 17
	protoIPv6        = 41 // RFC 4213
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoAuth        = 51
	protoDestination = 60
)

// tcpMinLen is the length of a TCP header without options (RFC 9293, section
// 3.1).
const tcpMinLen = 20

// upper decodes what an IP datagram carries.
func (d *Decoder) upper(protocol uint8, b []byte, wire int, seg *Segment) Verdict {
	if protocol == protoTCP {
		return tcp(b, wire, seg)
	}
	switch protocol {
	case protoUDP:
		return d.udp(b, wire, seg)
	case protoGRE:
		return d.gre(b, wire, seg)
	case protoIPv4:
		if !d.enter() {
			return d.tooNested()
		}
		return d.ipv4(b, wire, seg)
	case protoIPv6:
		if !d.enter() {
			return d.tooNested()
		}
		return d.ipv6(b, wire, seg)
	}
	return Other
}

// tcp decodes a TCP header: ports, sequence number, acknowledgement number,
// data offset in 4-byte units, flags. Options are stepped over.
func tcp(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < tcpMinLen {
		return lacking(wire, tcpMinLen)
	}
	header := int(b[12]>>4) * 4
	if header < tcpMinLen {
		return Malformed
	}
	if len(b) < header {
		return lacking(wire, header)
	}
	seg.Src.Port = binary.BigEndian.Uint16(b)
	seg.Dst.Port = binary.BigEndian.Uint16(b[2:])
	seg.Seq = binary.BigEndian.Uint32(b[4:])
	seg.Ack = binary.BigEndian.Uint32(b[8:])
	seg.Flags = Flags(b[13])
	seg.Payload = b[header:len(b):len(b)]
	seg.Len = wire - header
	return TCP
}
