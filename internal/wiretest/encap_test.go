package wiretest

import (
	"bytes"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ricochet/capture"
)

const bothFamilies = `
host B [fd00::b]
host c2 [fd00::2]
0ms open c1.x>A
1ms c1.x>A *GET key:1
2ms A>c1.x -REDIRECT {B}
3ms open c2.y>B
4ms c2.y>B *GET key:1
5ms cut 3 B>c2.y $value
6ms B>c2.y $<3000>
`

// decodeElsewhere takes a packet apart with a library and returns what it finds
// after the innermost TCP header.
func decodeElsewhere(t *testing.T, p capture.Packet) []byte {
	t.Helper()
	data := p.Data
	var first gopacket.Decoder
	switch p.Link {
	case capture.LinkEthernet:
		first = layers.LinkTypeEthernet
	case capture.LinkNull:
		first = layers.LinkTypeNull
	case capture.LinkLinuxSLL:
		first = layers.LinkTypeLinuxSLL
	case capture.LinkLinuxSLL2: // the library does not know it
		data = data[20:]
		fallthrough
	case capture.LinkRaw:
		first = layers.LayerTypeIPv4
		if data[0]>>4 == 6 {
			first = layers.LayerTypeIPv6
		}
	}
	packet := gopacket.NewPacket(data, first, gopacket.NoCopy)
	tcp, ok := packet.TransportLayer().(*layers.TCP)
	for _, l := range packet.Layers() {
		if inner, is := l.(*layers.TCP); is {
			tcp, ok = inner, true
		}
	}
	if !ok {
		t.Fatalf("no TCP in %v", packet)
	}
	whole := len(p.Data) == p.Len
	if packet.ErrorLayer() != nil || whole && packet.Metadata().Truncated {
		t.Errorf("lengths do not agree: %v", packet)
	}
	return tcp.Payload
}

func TestEveryEncapsulationHoldsTheSameTraffic(t *testing.T) {
	c := mustParse(t, bothFamilies)
	overhead := map[Encap]int{Ethernet: 0, Tagged: 8, Raw: -14, Null: -10, Cooked1: 2, Cooked2: 6, InVXLAN: 50, InGeneve: 50, InGRE: 38, InIPIP: 20}
	for _, e := range Encaps() {
		t.Run(e.String(), func(t *testing.T) {
			got := c.As(e)
			if len(got.Packets) != len(c.Packets) {
				t.Fatalf("got %d packets, want %d", len(got.Packets), len(c.Packets))
			}
			for i, p := range got.Packets {
				was := c.Packets[i]
				want := was.Data[ethernetLen+ipv4Len+tcpLen:]
				if was.Data[12] != etherIPv4>>8 {
					want = was.Data[ethernetLen+ipv6Len+tcpLen:]
				}
				if payload := decodeElsewhere(t, p); !bytes.Equal(payload, want) {
					t.Errorf("packet %d: got payload %q, want %q", i+1, payload, want)
				}
				if n, ok := overhead[e]; ok && p.Len != was.Len+n {
					t.Errorf("packet %d: length %d, want %d more than %d", i+1, p.Len, n, was.Len)
				}
				if p.Len-len(p.Data) != was.Len-len(was.Data) || p.Time != was.Time || p.Number != was.Number {
					t.Errorf("packet %d changed: %+v, was %+v", i+1, p, was)
				}
			}
		})
	}
}

func TestPaddedFramesHaveTheMinimumLength(t *testing.T) {
	for _, p := range mustParse(t, "open c1.x>A").As(Padded).Packets {
		if p.Len != 60 || len(p.Data) != 60 {
			t.Errorf("got %d of %d bytes", len(p.Data), p.Len)
		}
	}
}

func TestEncapsulateLeavesOutWhatCannotBeCarried(t *testing.T) {
	arp := append(make([]byte, 12), 0x08, 0x06, 0, 1)
	packets := []capture.Packet{
		{Link: capture.LinkEthernet, Len: len(arp), Data: arp},
		{Link: capture.LinkEthernet, Len: 60, Data: arp[:13]},
		{Link: capture.LinkRaw, Len: len(arp), Data: arp},
	}
	for e, want := range map[Encap]int{Raw: 0, Null: 0, InIPIP: 0, InVXLAN: 1, Cooked2: 1, Tagged: 1} {
		if got := len(Encapsulate(packets, e)); got != want {
			t.Errorf("%v: got %d packets, want %d", e, got, want)
		}
	}
}

func TestFramesTooLargeForATunnelHaveLengthZero(t *testing.T) {
	frame := capture.Packet{Link: capture.LinkEthernet, Len: 65549, Data: append(make([]byte, 12), 8, 0, 0x45)}
	got := Encapsulate([]capture.Packet{frame}, InVXLAN)[0]
	if ip := got.Data[ethernetLen:]; ip[2] != 0 || ip[3] != 0 || ip[ipv4Len+4] != 0 || ip[ipv4Len+5] != 0 {
		t.Errorf("got headers % x", ip[:ipv4Len+8])
	}
}
