package wiretest

import (
	"encoding/binary"

	"ricochet/capture"
)

// Encap says what the packets of a capture are wrapped in.
type Encap uint8

// The encapsulations. Those with a tunnel are Ethernet frames within Ethernet,
// IPv4 and the tunnel's header, but for IPIP, which holds the inner IP packet.
const (
	_        Encap = iota
	Ethernet       // as it is
	Padded         // Ethernet, filled up to the minimum of 60 bytes as receivers see it
	Tagged         // an 802.1ad and an 802.1Q tag
	Raw            // no link layer
	Null           // BSD loopback, little-endian
	Cooked1        // Linux cooked, version 1
	Cooked2        // Linux cooked, version 2
	InVXLAN        // RFC 7348
	InGeneve       // RFC 8926, without options
	InGRE          // RFC 2784, Transparent Ethernet Bridging
	InIPIP         // RFC 2003
)

// Encaps lists all encapsulations.
func Encaps() []Encap {
	return []Encap{Ethernet, Padded, Tagged, Raw, Null, Cooked1, Cooked2, InVXLAN, InGeneve, InGRE, InIPIP}
}

// String returns a name for tests.
func (e Encap) String() string {
	names := [...]string{"invalid", "ethernet", "padded", "tagged", "raw", "null", "cooked1", "cooked2", "vxlan", "geneve", "gre", "ipip"}
	if int(e) >= len(names) {
		e = 0
	}
	return names[e]
}

// Encapsulate returns Ethernet packets in another encapsulation, times and
// order kept and numbered anew. A cut packet stays cut where it was. Frames
// without a whole Ethernet header, and where only IP can be carried those of
// other protocols, are left out. It panics for an invalid e.
func Encapsulate(packets []capture.Packet, e Encap) []capture.Packet {
	out := make([]capture.Packet, 0, len(packets))
	for _, p := range packets {
		if p.Link != capture.LinkEthernet || len(p.Data) < ethernetLen {
			continue
		}
		if encapsulate(&p, e) {
			out = append(out, p)
		}
	}
	renumber(out)
	return out
}

// encapsulate wraps one packet, or reports that it cannot be.
func encapsulate(p *capture.Packet, e Encap) bool {
	etherType := binary.BigEndian.Uint16(p.Data[12:])
	isIP := etherType == etherIPv4 || etherType == etherIPv6
	source := p.Data[6:12]
	switch e {
	case Ethernet:
	case Padded:
		if missing := 60 - p.Len; missing > 0 {
			if len(p.Data) == p.Len {
				p.Data = append(p.Data[:p.Len:p.Len], make([]byte, missing)...)
			}
			p.Len += missing
		}
	case Tagged:
		tags := append(p.Data[:12:12], 0x88, 0xA8, 0, 5, 0x81, 0, 0, 42)
		replaceStart(p, 12, tags)
	case Raw:
		replaceStart(p, ethernetLen, nil)
		p.Link = capture.LinkRaw
		return isIP
	case Null:
		family := byte(2) // AF_INET
		if etherType == etherIPv6 {
			family = 30 // AF_INET6 as macOS numbers it
		}
		replaceStart(p, ethernetLen, []byte{family, 0, 0, 0})
		p.Link = capture.LinkNull
		return isIP
	case Cooked1:
		h := append([]byte{0, 0, 0, 1, 0, 6}, source...)
		replaceStart(p, ethernetLen, binary.BigEndian.AppendUint16(append(h, 0, 0), etherType))
		p.Link = capture.LinkLinuxSLL
	case Cooked2:
		h := binary.BigEndian.AppendUint16(nil, etherType)
		h = append(h, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6) // interface 2, Ethernet, sent by us, address of 6 bytes
		replaceStart(p, ethernetLen, append(append(h, source...), 0, 0))
		p.Link = capture.LinkLinuxSLL2
	case InVXLAN:
		tunnel(p, 17, appendUDP(nil, 4789, 8+p.Len), []byte{8, 0, 0, 0, 0, 0, 42, 0})
	case InGeneve:
		tunnel(p, 17, appendUDP(nil, 6081, 8+p.Len), []byte{0, 0, 0x65, 0x58, 0, 0, 42, 0})
	case InGRE:
		tunnel(p, 47, nil, []byte{0, 0, 0x65, 0x58})
	case InIPIP:
		replaceStart(p, ethernetLen, nil)
		proto := uint8(4)
		if etherType == etherIPv6 {
			proto = 41
		}
		tunnel(p, proto, nil, nil)
		return isIP
	default:
		panic("internal error: invalid encapsulation")
	}
	return true
}

// replaceStart puts start in place of the first n bytes of a packet.
func replaceStart(p *capture.Packet, n int, start []byte) {
	p.Len += len(start) - n
	p.Data = append(start, p.Data[n:]...)
}

// tunnel puts an Ethernet and an IPv4 header of the underlay and then first and
// second in front of a packet. Lengths are those on the wire.
func tunnel(p *capture.Packet, proto uint8, first, second []byte) {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, etherIPv4 >> 8, etherIPv4 & 0xFF}
	b = appendIPv4(b, [4]byte{192, 168, 50, 1}, [4]byte{192, 168, 50, 2}, proto, len(first)+len(second)+p.Len)
	replaceStart(p, 0, append(append(b, first...), second...))
}

// appendUDP appends a UDP header (RFC 768) for n bytes of payload; like that of
// IPv4 its length is 0 where it does not fit.
func appendUDP(b []byte, port uint16, n int) []byte {
	total := 8 + n
	if total+ipv4Len > 0xFFFF {
		total = 0
	}
	b = binary.BigEndian.AppendUint16(b, 40000)
	b = binary.BigEndian.AppendUint16(b, port)
	return append(binary.BigEndian.AppendUint16(b, uint16(total)), 0, 0)
}
