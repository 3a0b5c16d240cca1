package tape

import (
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// The largest payload of a segment in an IPv4 and in an IPv6 packet of 65535 bytes, and
// so what Linux announces on its loopback interface, where the MTU is that.
const (
	mss4 = 65535 - 20 - 20
	mss6 = 65535 - 40 - 20
)

// window is what each end says it has room for, and windowShift what that is
// multiplied by (RFC 7323, section 2.2): the most there can be. It is never filled,
// for the ends of a world know no windows.
const (
	window      = 65535
	windowShift = 14
)

// header is what the frames of a connection differ in.
type header struct {
	src, dst                 netip.AddrPort
	id                       uint16
	seq, acks                uint32
	syn, ack, fin, rst, push bool
}

// framer makes frames. Its layers are reused.
type framer struct {
	buf     gopacket.SerializeBuffer
	link    layers.Ethernet
	ip4     layers.IPv4
	ip6     layers.IPv6
	tcp     layers.TCP
	payload gopacket.Payload
	src     [16]byte
	dst     [16]byte
	over4   []gopacket.SerializableLayer
	over6   []gopacket.SerializableLayer
	begin4  []layers.TCPOption // of a segment with SYN
	begin6  []layers.TCPOption
}

func (f *framer) init() {
	f.buf = gopacket.NewSerializeBuffer()
	f.link.SrcMAC, f.link.DstMAC = make([]byte, 6), make([]byte, 6) // as on Linux
	f.ip4 = layers.IPv4{Version: 4, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP}
	f.ip6 = layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP}
	f.over4 = []gopacket.SerializableLayer{&f.link, &f.ip4, &f.tcp, &f.payload}
	f.over6 = []gopacket.SerializableLayer{&f.link, &f.ip6, &f.tcp, &f.payload}
	f.begin4, f.begin6 = begin(mss4), begin(mss6)
}

// begin is the options of a segment with SYN.
func begin(mss uint16) []layers.TCPOption {
	return []layers.TCPOption{
		{OptionType: layers.TCPOptionKindMSS, OptionData: []byte{byte(mss >> 8), byte(mss)}},
		{OptionType: layers.TCPOptionKindNop},
		{OptionType: layers.TCPOptionKindWindowScale, OptionData: []byte{windowShift}},
	}
}

// isIPv4 tells whether frames between two addresses are IPv4.
func isIPv4(a, b netip.AddrPort) bool {
	return a.Addr().Unmap().Is4() && b.Addr().Unmap().Is4()
}

// frame makes a frame, which is valid until the next call.
func (f *framer) frame(h *header, data []byte) []byte {
	f.payload = data
	f.tcp = layers.TCP{
		SrcPort: layers.TCPPort(h.src.Port()), DstPort: layers.TCPPort(h.dst.Port()),
		Seq: h.seq, Window: window,
		SYN: h.syn, FIN: h.fin, RST: h.rst, PSH: h.push, ACK: h.ack,
	}
	if h.ack {
		f.tcp.Ack = h.acks
	}
	if h.rst {
		f.tcp.Window = 0
	}
	f.src, f.dst = h.src.Addr().As16(), h.dst.Addr().As16()
	over := f.over6
	if isIPv4(h.src, h.dst) {
		over = f.over4
		f.link.EthernetType = layers.EthernetTypeIPv4
		f.ip4.SrcIP, f.ip4.DstIP, f.ip4.Id = f.src[12:], f.dst[12:], h.id
		f.tcp.SetNetworkLayerForChecksum(&f.ip4)
		if h.syn {
			f.tcp.Options = f.begin4
		}
	} else {
		f.link.EthernetType = layers.EthernetTypeIPv6
		f.ip6.SrcIP, f.ip6.DstIP = f.src[:], f.dst[:]
		f.tcp.SetNetworkLayerForChecksum(&f.ip6)
		if h.syn {
			f.tcp.Options = f.begin6
		}
	}
	err := gopacket.SerializeLayers(f.buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, over...)
	if err != nil {
		panic("internal error: " + err.Error()) // lengths and addresses are what they must be
	}
	return f.buf.Bytes()
}
