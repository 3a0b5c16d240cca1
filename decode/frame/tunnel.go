package frame

import "encoding/binary"

// Destination ports of the tunnels that run over UDP.
const (
	portVXLAN      = 4789 // RFC 7348, section 5
	portVXLANLinux = 8472 // what Linux uses unless told otherwise
	portGeneve     = 6081 // RFC 8926, section 3.3
)

const (
	udpLen       = 8    // RFC 768
	vxlanLen     = 8    // RFC 7348, section 5
	vxlanValid   = 0x08 // the flag that the network identifier is valid
	geneveMinLen = 8    // RFC 8926, section 3.4
)

// udp decodes a UDP header if it leads into a tunnel.
func (d *Decoder) udp(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < udpLen {
		return lacking(wire, udpLen)
	}
	port, length := binary.BigEndian.Uint16(b[2:]), int(binary.BigEndian.Uint16(b[4:]))
	if port != portVXLAN && port != portVXLANLinux && port != portGeneve {
		return Other
	}
	switch {
	case length == 0: // longer than the field can say (RFC 2675, section 4)
	case length < udpLen:
		return Malformed
	case length < wire:
		wire = length
		b = trim(b, length)
	}
	if !d.enter() {
		return d.tooNested()
	}
	if port == portGeneve {
		return d.geneve(b[udpLen:], wire-udpLen, seg)
	}
	return d.vxlan(b[udpLen:], wire-udpLen, seg)
}

// vxlan decodes a VXLAN header, behind which an Ethernet frame follows. Without
// the flag it is something else that happens to use the port.
func (d *Decoder) vxlan(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < vxlanLen {
		return lacking(wire, vxlanLen)
	}
	if b[0]&vxlanValid == 0 {
		return Other
	}
	return d.ethernet(b[vxlanLen:], wire-vxlanLen, seg)
}

// geneve decodes a Geneve header: version and length of the options in 4-byte
// units, flags, protocol, network identifier, options.
func (d *Decoder) geneve(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < geneveMinLen {
		return lacking(wire, geneveMinLen)
	}
	if b[0]>>6 != 0 {
		return Other // only version 0 is defined
	}
	header := geneveMinLen + int(b[0]&0x3f)*4
	if len(b) < header {
		return lacking(wire, header)
	}
	return d.tunnelled(binary.BigEndian.Uint16(b[2:]), b[header:], wire-header, seg)
}

// tunnelled goes on in a tunnel that names its content by EtherType.
func (d *Decoder) tunnelled(t uint16, b []byte, wire int, seg *Segment) Verdict {
	if t == typeBridged {
		return d.ethernet(b, wire, seg)
	}
	return d.network(t, b, wire, seg)
}
