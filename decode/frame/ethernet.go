package frame

import "encoding/binary"

// EtherTypes, as registered with the IEEE.
const (
	typeIPv4    = 0x0800
	typeIPv6    = 0x86dd
	typeVLAN    = 0x8100 // IEEE 802.1Q
	typeQinQ    = 0x88a8 // IEEE 802.1ad
	typeOldQinQ = 0x9100 // what switches used before 802.1ad
	typeBridged = 0x6558 // transparent Ethernet bridging (RFC 1701)
)

const (
	ethernetLen = 14 // destination, source, type (IEEE 802.3, clause 3.1)
	tagLen      = 4  // tag control information, then the next type (IEEE 802.1Q, clause 9)
	snapLen     = 8  // DSAP, SSAP, control, OUI, type (RFC 1042)

	// A type field up to maxLength is the length of an 802.3 frame, from
	// minEtherType on it is a type; what lies between is undefined.
	maxLength    = 1500
	minEtherType = 0x0600
)

// ethernet decodes a frame that starts with the destination address.
func (d *Decoder) ethernet(b []byte, wire int, seg *Segment) Verdict {
	if len(b) < ethernetLen {
		return lacking(wire, ethernetLen)
	}
	return d.etherType(binary.BigEndian.Uint16(b[12:]), b[ethernetLen:], wire-ethernetLen, seg)
}

// etherType goes on behind the type field of an Ethernet header: through VLAN
// tags to IP, or to 802.2.
func (d *Decoder) etherType(t uint16, b []byte, wire int, seg *Segment) Verdict {
	for tags := 0; t == typeVLAN || t == typeQinQ || t == typeOldQinQ; tags++ {
		if tags == MaxTags {
			return d.tooNested()
		}
		if len(b) < tagLen {
			return lacking(wire, tagLen)
		}
		t = binary.BigEndian.Uint16(b[2:])
		b, wire = b[tagLen:], wire-tagLen
	}
	if t <= maxLength {
		return d.llc(trim(b, int(t)), int(t), seg)
	}
	return d.network(t, b, wire, seg)
}

// network decodes what an EtherType announces, as far as that is IP.
func (d *Decoder) network(t uint16, b []byte, wire int, seg *Segment) Verdict {
	switch t {
	case typeIPv4:
		return d.ipv4(b, wire, seg)
	case typeIPv6:
		return d.ipv6(b, wire, seg)
	}
	return Other
}

// llc decodes an 802.2 header and goes on if it is SNAP with one of the two
// organisation codes under which EtherTypes are used: 00-00-00 (RFC 1042) and
// 00-00-F8 (IEEE 802.1H).
func (d *Decoder) llc(b []byte, wire int, seg *Segment) Verdict {
	if wire < snapLen {
		return Other // too little for SNAP, enough for other uses of 802.2
	}
	if len(b) < snapLen {
		return Short
	}
	if b[0] != 0xaa || b[1] != 0xaa || b[2] != 0x03 || b[3] != 0 || b[4] != 0 || (b[5] != 0 && b[5] != 0xf8) {
		return Other
	}
	return d.network(binary.BigEndian.Uint16(b[6:]), b[snapLen:], wire-snapLen, seg)
}
