package live

import (
	"encoding/binary"
	"slices"
)

// The frames of these tests, from the inside out.

func tcpSegment(from, to uint16, payload string) []byte {
	b := make([]byte, tcpLen, tcpLen+len(payload))
	binary.BigEndian.PutUint16(b, from)
	binary.BigEndian.PutUint16(b[2:], to)
	b[12] = tcpLen / 4 << 4
	return append(b, payload...)
}

func udpDatagram(to uint16, payload []byte) []byte {
	b := make([]byte, udpLen, udpLen+len(payload))
	binary.BigEndian.PutUint16(b, 40000)
	binary.BigEndian.PutUint16(b[2:], to)
	binary.BigEndian.PutUint16(b[4:], uint16(udpLen+len(payload)))
	return append(b, payload...)
}

// ipv4Packet has so many bytes of options, and is a fragment if the field that
// says so is not 0.
func ipv4Packet(proto byte, options int, fragment uint16, payload []byte) []byte {
	b := make([]byte, ipv4Len+options, ipv4Len+options+len(payload))
	b[0] = 4<<4 | byte(len(b)/4)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)+len(payload)))
	binary.BigEndian.PutUint16(b[6:], fragment)
	b[8], b[9] = 64, proto
	copy(b[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	return append(b, payload...)
}

// ipv6Packet has the extension headers in between, the first of which is of the
// type first.
func ipv6Packet(first byte, payload ...[]byte) []byte {
	b := make([]byte, ipv6Len)
	rest := slices.Concat(payload...)
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:], uint16(len(rest)))
	b[6], b[7] = first, 64
	b[8], b[24] = 0xfd, 0xfd
	return append(b, rest...)
}

// extension is an extension header of 8 bytes and so many units more.
func extension(next byte, units int) []byte {
	b := make([]byte, 8+8*units)
	b[0], b[1] = next, byte(units)
	return b
}

// ethernetFrame has the tags in front of the type of its payload.
func ethernetFrame(kind uint16, payload []byte, tags ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(b, tag)
		b = append(b, 0, 42)
	}
	return append(binary.BigEndian.AppendUint16(b, kind), payload...)
}

func vxlan(frame []byte) []byte {
	return udpDatagram(portVXLAN, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame...))
}

func geneve(kind uint16, options int, frame []byte) []byte {
	b := []byte{byte(options / 4), 0, byte(kind >> 8), byte(kind), 0, 0, 7, 0}
	return udpDatagram(portGeneve, slices.Concat(b, make([]byte, options), frame))
}

// sample is a frame and what is to become of it when port 6379 is watched.
type sample struct {
	name    string
	raw     bool // begins with an IP header
	tunnels bool // are looked into
	frame   []byte
	want    verdict
}

func samples() []sample {
	segment := tcpSegment(40001, 6379, "PING\r\n")
	foreignSegment := tcpSegment(40001, 80, "GET / HTTP/1.0\r\n")
	v4 := ipv4Packet(protoTCP, 0, 0, segment)
	inner := ethernetFrame(etherIPv4, v4)
	foreignInner := ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, foreignSegment))
	eightExtensions := slices.Concat(slices.Repeat(extension(protoOptions, 0), 7), extension(protoTCP, 0))
	return []sample{
		{name: "to the port", frame: inner, want: wanted},
		{name: "from the port", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(6379, 40001, ""))), want: wanted},
		{name: "another port", frame: foreignInner, want: foreign},
		{name: "the port in UDP", frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, udpDatagram(6379, make([]byte, 20)))), want: foreign},
		{name: "ICMP", frame: ethernetFrame(etherIPv4, ipv4Packet(1, 0, 0, segment)), want: foreign},
		{name: "ARP", frame: ethernetFrame(0x0806, make([]byte, 46)), want: foreign},
		{name: "IPv4 with options", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 40, 0, segment)), want: wanted},
		{name: "IPv4 with options, another port", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 40, 0, foreignSegment)), want: foreign},
		{name: "first fragment", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0x2000, segment)), want: wanted},
		{name: "later fragment", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0x2001, segment)), want: unclear},
		{name: "later fragment of UDP", frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0x2001, segment)), want: foreign},
		{name: "not to be fragmented", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0x4000, segment)), want: wanted},
		{name: "IPv4 by its type, not its version", frame: ethernetFrame(etherIPv4, ipv6Packet(protoTCP, segment)), want: unclear},
		{name: "IPv4 header too short", frame: ethernetFrame(etherIPv4, append([]byte{0x42}, v4[1:]...)), want: unclear},
		{name: "IPv6", frame: ethernetFrame(etherIPv6, ipv6Packet(protoTCP, segment)), want: wanted},
		{name: "IPv6, another port", frame: ethernetFrame(etherIPv6, ipv6Packet(protoTCP, foreignSegment)), want: foreign},
		{name: "IPv6 with an extension", frame: ethernetFrame(etherIPv6, ipv6Packet(protoHopByHop, extension(protoTCP, 0), segment)), want: wanted},
		{name: "IPv6 with a long extension", frame: ethernetFrame(etherIPv6, ipv6Packet(protoRouting, extension(protoTCP, 3), segment)), want: wanted},
		{name: "IPv6 with an extension, another port", frame: ethernetFrame(etherIPv6, ipv6Packet(protoOptions, extension(protoTCP, 0), foreignSegment)), want: foreign},
		{name: "IPv6 with as many extensions as are followed", frame: ethernetFrame(etherIPv6, ipv6Packet(protoOptions, eightExtensions, segment)), want: wanted},
		{name: "IPv6 with one extension more", frame: ethernetFrame(etherIPv6, ipv6Packet(protoOptions, extension(protoOptions, 0), eightExtensions, segment)), want: unclear},
		{name: "IPv6 with an authentication header", frame: ethernetFrame(etherIPv6, ipv6Packet(protoAuth, []byte{protoTCP, 4}, make([]byte, 22), segment)), want: wanted},
		{name: "IPv6 first fragment", frame: ethernetFrame(etherIPv6, ipv6Packet(protoFragment, []byte{protoTCP, 0, 0, 1, 0, 0, 0, 0}, segment)), want: wanted},
		{name: "IPv6 later fragment", frame: ethernetFrame(etherIPv6, ipv6Packet(protoFragment, []byte{protoTCP, 0, 0, 9, 0, 0, 0, 0}, segment)), want: unclear},
		{name: "IPv6 later fragment of UDP", frame: ethernetFrame(etherIPv6, ipv6Packet(protoFragment, []byte{protoUDP, 0, 0, 9, 0, 0, 0, 0}, segment)), want: foreign},
		{name: "VLAN", frame: ethernetFrame(etherIPv4, v4, etherVLAN), want: wanted},
		{name: "QinQ", frame: ethernetFrame(etherIPv4, v4, etherQinQ, etherVLAN), want: wanted},
		{name: "old QinQ", frame: ethernetFrame(etherIPv4, v4, etherQinQ1, etherVLAN), want: wanted},
		{name: "VLAN, another port", frame: ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, foreignSegment), etherVLAN), want: foreign},
		{name: "as many tags as are followed", frame: ethernetFrame(etherIPv6, ipv6Packet(protoTCP, segment), slices.Repeat([]uint16{etherVLAN}, maxTags)...), want: wanted},
		{name: "one tag more", frame: ethernetFrame(etherIPv4, v4, slices.Repeat([]uint16{etherVLAN}, maxTags+1)...), want: unclear},
		{name: "raw IPv4", raw: true, frame: v4, want: wanted},
		{name: "raw IPv6", raw: true, frame: ipv6Packet(protoTCP, segment), want: wanted},
		{name: "raw, another port", raw: true, frame: ipv4Packet(protoTCP, 0, 0, foreignSegment), want: foreign},
		{name: "raw, no IP", raw: true, frame: make([]byte, 60), want: unclear},
		{name: "VXLAN that is not looked into", frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(inner))), want: foreign},
		{name: "VXLAN", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(inner))), want: wanted},
		{name: "VXLAN over IPv6", tunnels: true, frame: ethernetFrame(etherIPv6, ipv6Packet(protoUDP, vxlan(inner))), want: wanted},
		{name: "VXLAN with a VLAN inside", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(ethernetFrame(etherIPv4, v4, etherVLAN)))), want: wanted},
		{name: "VXLAN, another port", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(foreignInner))), want: foreign},
		{name: "what is no VXLAN", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, udpDatagram(portVXLAN, append(make([]byte, 8), inner...)))), want: foreign},
		{name: "VXLAN in VXLAN", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, vxlan(inner)))))), want: foreign},
		{name: "Geneve", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, geneve(etherTEB, 0, inner))), want: wanted},
		{name: "Geneve with options", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, geneve(etherTEB, 252, inner))), want: wanted},
		{name: "Geneve with IP inside", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, geneve(etherIPv4, 4, v4))), want: wanted},
		{name: "Geneve, another port", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, geneve(etherTEB, 0, foreignInner))), want: foreign},
		{name: "Geneve with something else inside", tunnels: true, frame: ethernetFrame(etherIPv4, ipv4Packet(protoUDP, 0, 0, geneve(0x0806, 0, inner))), want: foreign},
		{name: "raw IPv4 with Geneve", raw: true, tunnels: true, frame: ipv4Packet(protoUDP, 0, 0, geneve(etherTEB, 8, inner)), want: wanted},
	}
}
