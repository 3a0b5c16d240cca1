package frame

import (
	"testing"

	"ricochet/capture"
)

// rounds are packets that a decoder is fed over and over, the last of which
// yields a segment.
func rounds() []struct {
	name    string
	packets []piece
} {
	one := func(layers ...layer) []piece {
		data := build(reply, layers...)
		return []piece{{data, len(data)}}
	}
	return []struct {
		name    string
		packets []piece
	}{
		{"ipv4", one(eth(0x800), ip4(6), seg(timestamps...))},
		{"ipv6", one(eth(0x86dd), ip6(6), seg(timestamps...))},
		{"tag", one(eth(0x8100), tag(0x800), ip4(6), seg(timestamps...))},
		{"vxlan", one(eth(0x800), ip4(17), udp(4789), vxlan(), eth(0x800), ip4(6), seg(timestamps...))},
		{"fragments", split4(build(large(1500), seg(timestamps...)), 6, 7, 1480, eth(0x800))},
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	for _, r := range rounds() {
		t.Run(r.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			at := int64(0)
			run := func() {
				at += rememberAge + 1
				for _, p := range r.packets {
					if v := d.Decode(capture.LinkEthernet, p.data, p.wire, at, &s); v != TCP && v != Held {
						t.Fatalf("verdict %v", v)
					}
				}
				if s.Len == 0 {
					t.Fatal("no segment")
				}
			}
			// Places for fragments are made when they are first needed.
			for range 2 * MaxDatagrams {
				run()
			}
			if n := testing.AllocsPerRun(100, run); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, r := range rounds() {
		b.Run(r.name, func(b *testing.B) {
			var d Decoder
			var s Segment
			at, size := int64(0), 0
			for _, p := range r.packets {
				size += len(p.data)
			}
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				at += rememberAge + 1
				for _, p := range r.packets {
					d.Decode(capture.LinkEthernet, p.data, p.wire, at, &s)
				}
			}
			if s.Len == 0 {
				b.Fatal("no segment")
			}
		})
	}
}
