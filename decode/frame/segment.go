package frame

import "net/netip"

// Endpoint is an address and a port in a form that is cheap to compare and to
// hash. IPv4 addresses are kept as IPv4-mapped IPv6 addresses.
type Endpoint struct {
	Addr [16]byte
	Port uint16
}

// AddrPort returns the endpoint in the standard library's form, IPv4 unmapped.
func (e Endpoint) AddrPort() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(e.Addr).Unmap(), e.Port)
}

// Flags are the TCP flags of a segment, as on the wire (RFC 9293, section 3.1).
type Flags uint8

// The flags that matter to reassembly.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Segment is one TCP segment as seen in one packet.
type Segment struct {
	Src, Dst Endpoint
	Seq, Ack uint32
	Flags    Flags
	// Payload is the part of the TCP payload that was captured. It aliases the
	// packet (or the decoder's reassembly buffer) and is valid until the next
	// call of Decode.
	Payload []byte
	// Len is the length of the payload on the wire, in bytes; at least
	// len(Payload), and more when the capture cut the packet.
	Len int
}

// Verdict says what Decode made of a packet.
type Verdict uint8

// Every packet is exactly one of these. Only TCP yields a segment; all but TCP,
// Other and Held are stretches in which ricochet is blind.
const (
	_            Verdict = iota
	TCP                  // a segment was decoded
	Other                // well formed, but no TCP: ARP, UDP, ICMP, ...
	Held                 // a fragment, kept until its siblings arrive, or a copy of one already seen
	Short                // cut by the capture before the end of the TCP header
	Malformed            // lengths or versions that contradict each other, or nesting beyond a bound
	UnknownLink          // a link type that is not understood
	FragmentLost         // a fragment given up because a bound was reached
)

// String returns the verdict as it is shown in messages.
func (v Verdict) String() string {
	switch v {
	case TCP:
		return "tcp"
	case Other:
		return "other"
	case Held:
		return "held"
	case Short:
		return "short"
	case Malformed:
		return "malformed"
	case UnknownLink:
		return "unknown link"
	case FragmentLost:
		return "fragment lost"
	}
	return "invalid"
}
