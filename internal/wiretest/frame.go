package wiretest

import (
	"encoding/binary"
	"net/netip"
)

// TCP flags (RFC 9293, section 3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// Lengths of headers without options or tags, in bytes.
const (
	ethernetLen = 14 // IEEE 802.3
	ipv4Len     = 20 // RFC 791, section 3.1
	ipv6Len     = 40 // RFC 8200, section 3
	tcpLen      = 20 // RFC 9293, section 3.1
)

// EtherTypes (IANA, IEEE 802 numbers) and IP protocol numbers (IANA).
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86DD
	protoTCP  = 6
)

// header is what the headers of a TCP packet differ in.
type header struct {
	src, dst netip.AddrPort // of the same family
	seq, ack uint32
	flags    uint8
}

// appendFrame appends an Ethernet frame. The IPv4 header checksum is right, the
// TCP checksum is 0: captures of offloading senders carry wrong ones anyhow,
// and no reader here verifies them.
func appendFrame(b []byte, h header, payload []byte) []byte {
	b = appendMAC(appendMAC(b, h.dst.Addr()), h.src.Addr())
	if h.src.Addr().Is4() {
		src, dst := h.src.Addr().As4(), h.dst.Addr().As4()
		b = binary.BigEndian.AppendUint16(b, etherIPv4)
		b = appendIPv4(b, src, dst, protoTCP, tcpLen+len(payload))
	} else {
		src, dst := h.src.Addr().As16(), h.dst.Addr().As16()
		b = binary.BigEndian.AppendUint16(b, etherIPv6)
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(tcpLen+len(payload)))
		b = append(b, protoTCP, 64)
		b = append(append(b, src[:]...), dst[:]...)
	}
	b = binary.BigEndian.AppendUint16(b, h.src.Port())
	b = binary.BigEndian.AppendUint16(b, h.dst.Port())
	b = binary.BigEndian.AppendUint32(b, h.seq)
	b = binary.BigEndian.AppendUint32(b, h.ack)
	b = append(b, tcpLen/4<<4, h.flags, 0xFF, 0xFF, 0, 0, 0, 0)
	return append(b, payload...)
}

// appendIPv4 appends a header for n bytes of payload. A packet too large for
// the length field gets length 0, as it is seen where the network card is to do
// the segmentation.
func appendIPv4(b []byte, src, dst [4]byte, proto uint8, n int) []byte {
	total := ipv4Len + n
	if total > 0xFFFF {
		total = 0
	}
	start := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(total))
	b = append(b, 0, 0, 0x40, 0, 64, proto, 0, 0) // do not fragment, time to live 64
	b = append(append(b, src[:]...), dst[:]...)
	binary.BigEndian.PutUint16(b[start+10:], checksum(b[start:]))
	return b
}

// checksum is the Internet checksum of an IPv4 header (RFC 1071, section 1),
// whose checksum field is 0.
func checksum(h []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(h); i += 2 {
		sum += uint32(h[i])<<8 | uint32(h[i+1])
	}
	for sum > 0xFFFF {
		sum = sum>>16 + sum&0xFFFF
	}
	return ^uint16(sum)
}

// appendMAC appends a locally administered MAC address made of the end of ip.
func appendMAC(b []byte, ip netip.Addr) []byte {
	a := ip.As16()
	return append(b, 2, 0, a[12], a[13], a[14], a[15])
}
