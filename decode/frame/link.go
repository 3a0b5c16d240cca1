package frame

import "encoding/binary"

// Address families at the start of a BSD loopback header. The value for IPv4 is
// the same everywhere, that for IPv6 is the writer's own
// (https://www.tcpdump.org/linktypes.html, LINKTYPE_NULL).
const (
	afINET         = 2
	afINET6Linux   = 10
	afINET6Windows = 23
	afINET6NetBSD  = 24 // also OpenBSD
	afINET6FreeBSD = 28
	afINET6Darwin  = 30
)

// Lengths of the Linux cooked headers, versions 1 and 2
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and _SLL2.html).
const (
	cooked1Len = 16
	cooked2Len = 20
)

// cookedLLC is the protocol of a cooked packet that starts with an 802.2 header.
const cookedLLC = 4

// Hardware types (Linux, if_arp.h) under which the protocol field of a cooked
// header is no EtherType.
const (
	hwFrameRelay = 770
	hwRadiotap   = 803
	hwNetlink    = 824
)

// loopback decodes a BSD loopback frame: a four-byte address family, then IP.
func (d *Decoder) loopback(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < 4 {
		return lacking(wire, 4)
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		// Families are small numbers: this one is in the other byte order.
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case afINET:
		return d.ipv4(b[4:], wire-4, seg)
	case afINET6Linux, afINET6Windows, afINET6NetBSD, afINET6FreeBSD, afINET6Darwin:
		return d.ipv6(b[4:], wire-4, seg)
	}
	return Other
}

// rawIP decodes a packet without link header, whose version tells IPv4 and IPv6
// apart.
func (d *Decoder) rawIP(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < 1 {
		return lacking(wire, 1)
	}
	switch b[0] >> 4 {
	case 4:
		return d.ipv4(b, wire, seg)
	case 6:
		return d.ipv6(b, wire, seg)
	}
	return Malformed
}

// cooked1 decodes a Linux cooked frame of version 1: packet type, hardware type
// (offset 2), address length, address, protocol (offset 14).
func (d *Decoder) cooked1(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < cooked1Len {
		return lacking(wire, cooked1Len)
	}
	hardware, protocol := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[14:])
	return d.cooked(hardware, protocol, b[cooked1Len:], wire-cooked1Len, seg)
}

// cooked2 decodes a Linux cooked frame of version 2: protocol (offset 0),
// reserved, interface index, hardware type (offset 8), packet type, address
// length, address.
func (d *Decoder) cooked2(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < cooked2Len {
		return lacking(wire, cooked2Len)
	}
	hardware, protocol := binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b)
	return d.cooked(hardware, protocol, b[cooked2Len:], wire-cooked2Len, seg)
}

// cooked goes on behind a cooked header of either version.
func (d *Decoder) cooked(hardware, protocol uint16, b []byte, wire int, seg *Segment) Verdict {
	switch hardware {
	case hwFrameRelay, hwRadiotap, hwNetlink:
		return Other
	}
	switch {
	case protocol == cookedLLC:
		return d.llc(b, wire, seg)
	case protocol < minEtherType:
		return Other
	}
	return d.etherType(protocol, b, wire, seg)
}
