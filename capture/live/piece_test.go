package live

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"ricochet/bpf"
	"ricochet/capture"
	decoder "ricochet/decode/frame"
)

// cut makes the record of a frame of which only spans were kept.
func cut(data []byte, net, tcp, payload int, spans ...bpf.Span) *bpf.Record {
	r := &bpf.Record{Wire: len(data), End: len(data), Net: net, TCP: tcp, Payload: payload, Spans: spans}
	r.Data = append(r.Data, data[:payload]...)
	for _, s := range spans {
		r.Data = append(r.Data, data[s.From:s.From+s.Keep]...)
	}
	return r
}

// carrier is what a segment with 24 bytes of TCP header is carried by.
type carrier struct {
	name    string
	link    capture.LinkType
	headers []byte // up to the TCP header; lengths are 0
	net     int
	length  int // where the IP length is
	minus   int // what it does not count of the IP header and what follows
}

func carriers() []carrier {
	ethernet := func(kind ...byte) []byte { return append(make([]byte, 12), kind...) }
	ipv4 := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	options := append([]byte{0x46, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, 1, 1, 1, 1)
	ipv6 := append([]byte{0x60, 0, 0, 0, 0, 0, 6, 64}, make([]byte, 32)...)
	extended := append(append([]byte{0x60, 0, 0, 0, 0, 0, 60, 64}, make([]byte, 32)...), 6, 0, 1, 4, 0, 0, 0, 0)
	return []carrier{
		{"ipv4", capture.LinkEthernet, append(ethernet(8, 0), ipv4...), 14, 2, 0},
		{"ipv4 with options and a tag", capture.LinkEthernet, append(ethernet(0x81, 0, 0, 42, 8, 0), options...), 18, 2, 0},
		{"ipv6", capture.LinkEthernet, append(ethernet(0x86, 0xdd), ipv6...), 14, 4, 40},
		{"ipv6 with an extension header, raw", capture.LinkRaw, extended, 0, 4, 40},
	}
}

// frame makes a frame with a payload.
func (c carrier) frame(seq uint32, flags byte, payload []byte) []byte {
	b := append(bytes.Clone(c.headers), 0x18, 0xeb, 0xc3, 0x50)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = append(b, 0, 0, 0, 1, 0x60, flags, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1)
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[c.net+c.length:], uint16(len(b)-c.net-c.minus))
	return b
}

func (c carrier) payload() int { return len(c.headers) + 24 }

// Each piece is a segment of its own, and together they say what the frame said.
func TestPieces(t *testing.T) {
	const finPush = 0x19
	random := rand.New(rand.NewPCG(3, 4))
	for _, c := range carriers() {
		t.Run(c.name, func(t *testing.T) {
			var p pieces
			var d decoder.Decoder
			for range 300 {
				payload := make([]byte, 1+random.IntN(20000))
				for i := range payload {
					payload[i] = byte(random.Uint32())
				}
				seq := random.Uint32()
				data := c.frame(seq, finPush, payload)
				var spans []bpf.Span
				for at := c.payload(); at < len(data) && len(spans) < bpf.MaxSpans; {
					n := 1 + random.IntN(len(data)-at)
					spans = append(spans, bpf.Span{From: at, Keep: random.IntN(n + 1)})
					at += n
				}
				p.reset(cut(data, c.net, len(c.headers), c.payload(), spans...))
				var pkt capture.Packet
				var seg decoder.Segment
				at := 0
				for i, s := range spans {
					if !p.next(&pkt) {
						t.Fatalf("%d pieces of %d", i, len(spans))
					}
					if v := d.Decode(c.link, pkt.Data, pkt.Len, 0, &seg); v != decoder.TCP {
						t.Fatalf("piece %d: %v", i, v)
					}
					if seg.Seq != seq+uint32(at) || !bytes.Equal(seg.Payload, payload[at:at+s.Keep]) {
						t.Fatalf("piece %d of %v: seq %d and %d bytes", i, spans, seg.Seq-seq, len(seg.Payload))
					}
					if last := i == len(spans)-1; last != (seg.Flags == finPush) || !last && seg.Flags != decoder.ACK {
						t.Fatalf("piece %d of %v: flags %#x", i, spans, seg.Flags)
					}
					if pkt.Len != c.payload()+seg.Len {
						t.Fatalf("piece %d of %v: length %d, of which payload %d", i, spans, pkt.Len, seg.Len)
					}
					at += seg.Len
				}
				if at != len(payload) || p.next(&pkt) {
					t.Fatalf("pieces of %d bytes in all, want %d", at, len(payload))
				}
			}
		})
	}
}

func TestPiecesOfOneFrame(t *testing.T) {
	var p pieces
	var pkt capture.Packet
	if p.next(&pkt) {
		t.Error("a piece of nothing")
	}
	r := &bpf.Record{Wire: 100, Data: []byte("frame")}
	p.reset(r)
	if !p.next(&pkt) || pkt.Len != 100 || &pkt.Data[0] != &r.Data[0] || p.next(&pkt) {
		t.Errorf("packet %+v", pkt)
	}
}

// A segment that is too large for the length field of IP stays without a length.
func TestPieceTooLargeForItsLength(t *testing.T) {
	c := carriers()[0]
	data := c.frame(1, 0x10, make([]byte, 100000))
	var p pieces
	p.reset(cut(data, c.net, len(c.headers), c.payload(), bpf.Span{From: c.payload(), Keep: 10}, bpf.Span{From: c.payload() + 99000, Keep: 1000}))
	var d decoder.Decoder
	var pkt capture.Packet
	var seg decoder.Segment
	for i, want := range []int{99000, 1000} {
		if !p.next(&pkt) || d.Decode(c.link, pkt.Data, pkt.Len, 0, &seg) != decoder.TCP || seg.Len != want {
			t.Errorf("piece %d has %d bytes, want %d", i, seg.Len, want)
		}
	}
}

func TestPiecesAllocateNothing(t *testing.T) {
	c := carriers()[0]
	data := c.frame(1, 0x10, []byte(strings.Repeat("x", 20000)))
	r := cut(data, c.net, len(c.headers), c.payload(), bpf.Span{From: c.payload(), Keep: 100}, bpf.Span{From: 16000, Keep: 100})
	var p pieces
	var pkt capture.Packet
	if n := testing.AllocsPerRun(100, func() {
		for p.reset(r); p.next(&pkt); {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPieces(b *testing.B) {
	c := carriers()[0]
	data := c.frame(1, 0x10, []byte(strings.Repeat("x", 20000)))
	r := cut(data, c.net, len(c.headers), c.payload(), bpf.Span{From: c.payload(), Keep: 100}, bpf.Span{From: 16000, Keep: 100})
	var p pieces
	var pkt capture.Packet
	b.ReportAllocs()
	for b.Loop() {
		for p.reset(r); p.next(&pkt); {
		}
	}
}
