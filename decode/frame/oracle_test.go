package frame

import (
	"encoding/binary"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ricochet/capture"
)

// oracleType returns gopacket's name of a link type.
func oracleType(link capture.LinkType) gopacket.Decoder {
	switch link {
	case capture.LinkNull:
		return layers.LayerTypeLoopback
	case capture.LinkIPv4:
		return layers.LayerTypeIPv4
	case capture.LinkIPv6:
		return layers.LayerTypeIPv6
	case capture.LinkLinuxSLL:
		return layers.LayerTypeLinuxSLL
	}
	return layers.LayerTypeEthernet
}

// ask returns the segment that gopacket sees in a packet. It returns false when
// there is none, when gopacket has objections of any kind, or when it let pass
// what it should have checked.
func ask(link capture.LinkType, data []byte) (Segment, bool) {
	p := gopacket.NewPacket(data, oracleType(link), gopacket.DecodeOptions{NoCopy: true})
	all := p.Layers()
	if p.ErrorLayer() != nil || p.Metadata().Truncated {
		return Segment{}, false
	}
	var s Segment
	for _, l := range all {
		if !sound(l) {
			return Segment{}, false
		}
		switch l := l.(type) {
		case *layers.IPv4:
			mapIPv4(&s.Src.Addr, l.SrcIP.To4())
			mapIPv4(&s.Dst.Addr, l.DstIP.To4())
		case *layers.IPv6:
			s.Src.Addr, s.Dst.Addr = [16]byte(l.SrcIP), [16]byte(l.DstIP)
		case *layers.TCP:
			s.Src.Port, s.Dst.Port = uint16(l.SrcPort), uint16(l.DstPort)
			s.Seq, s.Ack, s.Flags = l.Seq, l.Ack, Flags(l.Contents[13])
			s.Payload, s.Len = l.Payload, len(l.Payload)
			return s, true
		}
	}
	return Segment{}, false
}

// sound reports whether a layer is one that both sides know and is in order as
// to the fields that gopacket does not look at.
func sound(l gopacket.Layer) bool {
	switch l := l.(type) {
	case *layers.Ethernet:
		return l.EthernetType != layers.EthernetTypeLLC || l.Length <= maxLength
	case *layers.Dot1Q:
		return l.Type >= minEtherType
	case *layers.LLC:
		return l.DSAP == 0xaa && !l.IG && l.SSAP == 0xaa && !l.CR && l.Control == 3
	case *layers.SNAP:
		oui := l.OrganizationalCode
		return oui[0] == 0 && oui[1] == 0 && (oui[2] == 0 || oui[2] == 0xf8)
	case *layers.LinuxSLL:
		return l.AddrType == 1
	case *layers.IPv4:
		return l.Version == 4
	case *layers.IPv6:
		return l.Version == 6
	case *layers.UDP:
		return l.DstPort == portVXLAN || l.DstPort == portGeneve
	case *layers.VXLAN:
		return l.ValidIDFlag
	case *layers.Geneve:
		return l.Contents[0]>>6 == 0
	case *layers.GRE:
		return l.Version == 0 && !l.RoutingPresent && (l.Protocol != layers.EthernetTypeERSPAN || l.SeqPresent)
	case *layers.ERSPANII:
		return l.Version == 1
	case *layers.Loopback, *layers.IPv6HopByHop, *layers.IPv6Routing, *layers.IPv6Destination,
		*layers.IPSecAH, *layers.TCP:
		return true
	}
	return false
}

// agree reports whether two segments are the same in everything.
func agree(a, b *Segment) bool {
	return a.Src == b.Src && a.Dst == b.Dst && a.Seq == b.Seq && a.Ack == b.Ack &&
		a.Flags == b.Flags && string(a.Payload) == string(b.Payload) && a.Len == b.Len
}

func TestGopacketAgrees(t *testing.T) {
	for _, c := range carriers() {
		if c.alone {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			data := build(reply, c.layers...)
			want, ok := ask(c.link, data)
			if !ok {
				t.Fatal("gopacket sees no segment")
			}
			var d Decoder
			var got Segment
			if v := d.Decode(c.link, data, len(data), 0, &got); v != TCP {
				t.Fatalf("verdict %v", v)
			}
			if !agree(&got, &want) {
				t.Errorf("got %+v, gopacket %+v", got, want)
			}
		})
	}
}

// FuzzGopacketAgrees holds a segment that gopacket sees without objection
// against what the decoder sees.
func FuzzGopacketAgrees(f *testing.F) {
	for _, c := range carriers() {
		if !c.alone {
			f.Add(uint16(c.link), build(reply, c.layers...))
		}
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte) {
		switch l := capture.LinkType(link); l {
		case capture.LinkNull, capture.LinkEthernet, capture.LinkIPv4, capture.LinkIPv6, capture.LinkLinuxSLL:
		default:
			return
		}
		want, ok := ask(capture.LinkType(link), data)
		if !ok {
			return
		}
		var d Decoder
		var got Segment
		v := d.Decode(capture.LinkType(link), data, len(data), 0, &got)
		switch {
		case d.Counters().TooDeep > 0:
			// gopacket has no bounds.
		case v != TCP:
			t.Errorf("verdict %v, gopacket %+v", v, want)
		case !agree(&got, &want):
			t.Errorf("got %+v, gopacket %+v", got, want)
		}
	})
}

// BenchmarkGopacket is what BenchmarkDecode is to be compared with.
func BenchmarkGopacket(b *testing.B) {
	var (
		ether   layers.Ethernet
		ip      layers.IPv4
		tcp     layers.TCP
		decoded []gopacket.LayerType
	)
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ether, &ip, &tcp)
	parser.IgnoreUnsupported = true
	data := build(reply, eth(0x800), ip4(6), seg(timestamps...))
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := parser.DecodeLayers(data, &decoded); err != nil {
			b.Fatal(err)
		}
	}
	if binary.BigEndian.Uint16(data[34:]) != uint16(tcp.SrcPort) {
		b.Fatal("no segment")
	}
}
