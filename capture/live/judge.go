package live

import "encoding/binary"

// verdict says whether a frame is to be captured.
type verdict int

const (
	wanted  verdict = iota + 1
	foreign         // it is not
	unclear         // its headers cannot be followed to the ports
)

// Bounds of what is followed; the program of package bpf has the same.
const (
	maxTags       = 8 // VLAN tags behind one Ethernet header
	maxExtensions = 8 // extension headers behind one IPv6 header
)

// EtherTypes, https://www.iana.org/assignments/ieee-802-numbers.
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ1 = 0x9100 // what came before 802.1ad
	etherTEB   = 0x6558 // Ethernet within a tunnel
)

// Protocols of IP, https://www.iana.org/assignments/protocol-numbers.
const (
	protoHopByHop = 0
	protoTCP      = 6
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoAuth     = 51
	protoOptions  = 60
)

// UDP ports of tunnels: RFC 7348 section 8, what Linux uses for VXLAN unless
// told otherwise, and RFC 8926 section 3.3.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472
	portGeneve     = 6081
)

// Lengths of headers without options, in bytes.
const (
	ethernetLen = 14
	tagLen      = 4
	ipv4Len     = 20 // RFC 791 section 3.1
	ipv6Len     = 40 // RFC 8200 section 3
	tcpLen      = 20 // RFC 9293 section 3.1
	udpLen      = 8  // RFC 768
	vxlanLen    = 8  // RFC 7348 section 5
	geneveLen   = 8  // RFC 8926 section 3.4
)

// judge is the filter in user space. The one in the kernel lets through what it
// cannot judge, as classic BPF has no loops. Its verdicts are those of the program
// of package bpf.
type judge struct {
	ports   ports
	tunnels bool // look into one level of tunnels
}

// frame judges a frame that begins with an Ethernet header, or with that of IP
// if raw.
func (j *judge) frame(b []byte, raw bool) verdict {
	if !raw {
		return j.ethernet(b, j.tunnels)
	}
	if len(b) == 0 {
		return unclear
	}
	if b[0]>>4 == 4 {
		return j.ip(etherIPv4, b, j.tunnels)
	}
	return j.ip(etherIPv6, b, j.tunnels)
}

func (j *judge) ethernet(b []byte, tunnels bool) verdict {
	if len(b) < ethernetLen {
		return unclear
	}
	kind := binary.BigEndian.Uint16(b[12:])
	b = b[ethernetLen:]
	for tags := 0; isTag(kind); tags++ {
		if tags == maxTags || len(b) < tagLen {
			return unclear
		}
		kind, b = binary.BigEndian.Uint16(b[2:]), b[tagLen:]
	}
	return j.ip(kind, b, tunnels)
}

func isTag(kind uint16) bool { return kind == etherVLAN || kind == etherQinQ || kind == etherQinQ1 }

func (j *judge) ip(kind uint16, b []byte, tunnels bool) verdict {
	switch kind {
	case etherIPv4:
		return j.ipv4(b, tunnels)
	case etherIPv6:
		return j.ipv6(b, tunnels)
	}
	return foreign
}

func (j *judge) ipv4(b []byte, tunnels bool) verdict {
	if len(b) < ipv4Len || b[0]>>4 != 4 {
		return unclear
	}
	length := int(b[0]&0xf) * 4
	if length < ipv4Len {
		return unclear
	}
	later := binary.BigEndian.Uint16(b[6:])&0x1fff != 0
	return j.transport(b[9], b[min(length, len(b)):], later, tunnels)
}

func (j *judge) ipv6(b []byte, tunnels bool) verdict {
	if len(b) < ipv6Len || b[0]>>4 != 6 {
		return unclear
	}
	next, b := b[6], b[ipv6Len:]
	for range maxExtensions {
		if !isExtension(next) {
			return j.transport(next, b, false, tunnels)
		}
		if len(b) < 8 { // the shortest of each of them: RFC 8200 sections 4.3 to 4.6
			return unclear
		}
		length := 8 + 8*int(b[1])
		switch next {
		case protoAuth: // RFC 4302 section 2
			length = 8 + 4*int(b[1])
		case protoFragment:
			length = 8
			if binary.BigEndian.Uint16(b[2:])&0xfff8 != 0 {
				return j.transport(b[0], b[length:], true, tunnels)
			}
		}
		next, b = b[0], b[min(length, len(b)):]
	}
	if isExtension(next) {
		return unclear
	}
	return j.transport(next, b, false, tunnels)
}

func isExtension(proto byte) bool {
	switch proto {
	case protoHopByHop, protoRouting, protoFragment, protoAuth, protoOptions:
		return true
	}
	return false
}

// transport judges what IP carries: the first part of a datagram, or, if later,
// another fragment of it, which has no ports.
func (j *judge) transport(proto byte, b []byte, later, tunnels bool) verdict {
	switch {
	case proto == protoTCP && later && j.ports.all():
		return wanted
	case proto == protoTCP && (later || len(b) < tcpLen):
		return unclear
	case proto == protoTCP:
		if j.ports.has(binary.BigEndian.Uint16(b)) || j.ports.has(binary.BigEndian.Uint16(b[2:])) {
			return wanted
		}
	case proto == protoUDP && tunnels && (later || len(b) < udpLen):
		return unclear
	case proto == protoUDP && tunnels:
		return j.tunnel(binary.BigEndian.Uint16(b[2:]), b[udpLen:])
	}
	return foreign
}

// tunnel judges what a UDP datagram carries to a port.
func (j *judge) tunnel(port uint16, b []byte) verdict {
	switch port {
	case portVXLAN, portVXLANLinux:
		if len(b) < vxlanLen {
			return unclear
		}
		if b[0]&8 == 0 {
			return foreign // something else that uses the port
		}
		return j.ethernet(b[vxlanLen:], false)
	case portGeneve:
		if len(b) < geneveLen {
			return unclear
		}
		if b[0]>>6 != 0 {
			return foreign // only version 0 is defined
		}
		kind := binary.BigEndian.Uint16(b[2:])
		b = b[min(geneveLen+int(b[0]&0x3f)*4, len(b)):]
		if kind == etherTEB {
			return j.ethernet(b, false)
		}
		return j.ip(kind, b, false)
	}
	return foreign
}
