package frame

import "ricochet/capture"

// Bounds of what a packet may nest. A packet beyond one of them is Malformed
// and counted in Counters.TooDeep.
const (
	// MaxDepth is the number of tunnels around the innermost IP header.
	MaxDepth = 8
	// MaxTags is the number of VLAN tags behind one Ethernet header.
	MaxTags = 8
	// MaxExtensions is the number of extension headers behind one IPv6 header.
	MaxExtensions = 16
)

// Decoder decodes packets one after another. Its zero value is ready for use.
// It carries nothing from one packet to the next but fragments of IP datagrams,
// so the packets of one capture belong to one decoder. It is not for concurrent
// use.
type Decoder struct {
	at      int64 // time of the packet at hand, nanoseconds
	depth   int   // tunnels entered in the packet at hand
	tooDeep int64
	frags   *reassembler // nil until the first fragment
}

// Counters say what a decoder gave up on its own account. Expired, Evicted and
// Refused count fragments that were lost, one packet each.
type Counters struct {
	// Expired fragments waited for their siblings for longer than FragmentAge,
	// or while FragmentDistance other datagrams came by.
	Expired int64
	// Evicted fragments made room for newer ones: MaxDatagrams was reached.
	Evicted int64
	// Refused fragments would have left a datagram in more than MaxStretches
	// pieces. Their verdict was FragmentLost.
	Refused int64
	// Waiting fragments are held now. At the end of a capture they are lost, too.
	Waiting int64
	// Reassembled counts datagrams that were put together.
	Reassembled int64
	// TooDeep counts packets beyond MaxDepth, MaxTags or MaxExtensions.
	TooDeep int64
}

// Counters returns what was lost up to now.
func (d *Decoder) Counters() Counters {
	var c Counters
	if d.frags != nil {
		c = d.frags.counters
	}
	c.TooDeep = d.tooDeep
	return c
}

// Decode takes apart one packet and fills in seg if the verdict is TCP;
// otherwise what seg holds is of no use. data is what was captured of the
// packet, wireLen its length on the wire in bytes, at its time in nanoseconds
// (which only serves to let fragments expire).
//
// seg.Payload aliases data, or a buffer of the decoder if the packet completed a
// fragmented datagram. It is valid until the next call, and no longer than data.
//
// Lengths are taken from the innermost IP header: what lies behind is padding
// and ignored. An IP length larger than the frame is no error but a packet that
// was cut on its way to the capture (mirror ports, ERSPAN), and the IP length
// is the only witness of its size. An IP length of 0 means that the segment was
// too large for the field or not yet cut up by the network card; it then
// reaches as far as the layer around it, in the end as far as wireLen.
// Checksums are not verified: offloading and loopback make them wrong.
func (d *Decoder) Decode(link capture.LinkType, data []byte, wireLen int, at int64, seg *Segment) Verdict {
	if d.frags != nil {
		d.frags.reclaim()
	}
	d.at, d.depth = at, 0
	wire := max(wireLen, len(data))
	switch link {
	case capture.LinkEthernet:
		return d.ethernet(data, wire, seg)
	case capture.LinkLinuxSLL:
		return d.cooked1(data, wire, seg)
	case capture.LinkLinuxSLL2:
		return d.cooked2(data, wire, seg)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(data, wire, seg)
	case capture.LinkRaw, capture.LinkRawDLT:
		return d.rawIP(data, wire, seg)
	case capture.LinkIPv4:
		return d.ipv4(data, wire, seg)
	case capture.LinkIPv6:
		return d.ipv6(data, wire, seg)
	}
	return UnknownLink
}

// enter notes that the packet goes on inside a tunnel and reports whether
// MaxDepth allows it. Every tunnel calls it, so it bounds the recursion.
func (d *Decoder) enter() bool {
	d.depth++
	return d.depth <= MaxDepth
}

// tooNested counts a packet that exceeds a bound of nesting.
func (d *Decoder) tooNested() Verdict {
	d.tooDeep++
	return Malformed
}

// lacking says what a layer is that ends, as captured, before the n bytes that
// its header takes.
func lacking(wire, n int) Verdict {
	if wire < n {
		return Malformed
	}
	return Short
}

// trim returns at most the first n bytes of b.
func trim(b []byte, n int) []byte {
	if len(b) > n {
		return b[:n]
	}
	return b
}
