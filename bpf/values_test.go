//go:build linux

package bpf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Constants of values.h.
const (
	small     = 1024
	long      = 2048
	valueHead = 64
	hole      = 2048
	patience  = 8
	forget    = 1 << 20
)

// stretch is a part of a stream, [from, to), in bytes.
type stretch struct{ from, to int }

// sender is one direction of a connection, whose segments pass the program.
type sender struct {
	*loopback
	segment
	layers []layer // around the segment
	start  uint32  // sequence number of the first byte of the stream
}

func newSender(l *loopback, start uint32) *sender {
	return &sender{
		loopback: l,
		segment:  segment{from: 40000, to: 6379, flags: ack | psh},
		layers:   []layer{ethernet(0x800), ipv4(6, 0)},
		start:    start,
	}
}

// send sends the part of the stream that starts at offset at, and returns which
// parts of it were left out. The rest has to be what was sent.
func (s *sender) send(t testing.TB, at int, payload string) (holes []stretch) {
	t.Helper()
	seg := s.segment
	seg.seq = s.start + uint32(at)
	frame := build([]byte(payload), append(slices.Clone(s.layers), seg.layer())...)
	r := s.loopback.send(t, frame)
	headers := len(frame) - len(payload)
	if r.Wire != len(frame) {
		t.Fatalf("%d bytes on the wire, want %d", r.Wire, len(frame))
	}
	if len(r.Spans) == 0 {
		if string(r.Data[1:]) != string(frame[1:]) {
			t.Fatalf("%d bytes became %d others", len(frame), len(r.Data))
		}
		return nil
	}
	if r.Payload != headers || r.TCP != headers-20 || r.End != len(frame) || !bytes.Equal(r.Data[:headers], frame[:headers]) {
		t.Fatalf("record %+v", r)
	}
	kept := r.Data[headers:]
	for i, span := range r.Spans {
		end := r.End
		if i+1 < len(r.Spans) {
			end = r.Spans[i+1].From
		}
		if !bytes.Equal(kept[:span.Keep], frame[span.From:span.From+span.Keep]) {
			t.Fatalf("span %d of %+v has other bytes", i, r.Spans)
		}
		kept = kept[span.Keep:]
		if span.From+span.Keep < end {
			holes = append(holes, stretch{at + span.From + span.Keep - headers, at + end - headers})
		}
	}
	return holes
}

// bulk is a bulk string of n bytes, with a body that looks like elements.
func bulk(n int) string {
	body := strings.Repeat("$9000\r\n*3\r\n+x\r\n", n/15+1)[:n]
	return fmt.Sprintf("$%d\r\n%s\r\n", n, body)
}

const set = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n"

func TestValues(t *testing.T) {
	l := newLoopback(t, Options{Ports: []PortRange{{6379, 6379}}})
	// h is the length of what announces a value of five digits.
	const h = len("$16384\r\n")
	tests := []struct {
		name string
		// pieces of the stream, one a segment
		send []string
		want []stretch
	}{
		{"short commands", []string{set + bulk(10)}, nil},
		{"many short commands", []string{strings.Repeat(set+bulk(10), 100)}, nil},
		{"value", []string{set + bulk(16384)}, []stretch{{len(set) + h + 64, len(set) + h + 16384 + 2}}},
		{"value that something follows", []string{bulk(16384) + "+OK\r\n"}, []stretch{{h + 64, h + 16384}}},
		{"three values", []string{bulk(16384) + bulk(16384) + bulk(16384)}, []stretch{
			{h + 64, h + 16384},
			{h + 16386 + h + 64, h + 16386 + h + 16384},
			{2*(h+16386) + h + 64, 3 * (h + 16386)},
		}},
		{"value that is not long", []string{bulk(long - 1)}, nil},
		{"value that is just long", []string{bulk(long)}, []stretch{{h - 1 + 64, h - 1 + long + 2}}},
		{"value with a hole that is not worth it", []string{bulk(hole+valueHead-1) + ":1\r\n"}, nil},
		{"value with a hole that is just worth it", []string{bulk(hole+valueHead) + ":1\r\n"}, []stretch{{h - 1 + 64, h - 1 + 64 + hole}}},
		{"elements of every kind", []string{"*12\r\n%1\r\n~1\r\n>1\r\n|1\r\n+a\r\n" + bulk(3000) + "-b\r\n:3\r\n_\r\n#t\r\n,1.5\r\n(12\r\n=5\r\ntxt:a\r\n" + bulk(3000)},
			[]stretch{{25 + 7 + 64, 25 + 7 + 3000}, {25 + 3009 + 37 + 7 + 64, 25 + 3009 + 37 + 3009}}},
		{"error and verbatim string that are long", []string{"!" + bulk(3000)[1:] + "=" + bulk(3000)[1:]}, []stretch{{71, 3007}, {3009 + 71, 3009 + 3009}}},

		{"value over three segments", []string{set + bulk(16384)[:h+1000], bulk(16384)[h+1000 : h+9000], bulk(16384)[h+9000:] + set + bulk(3)},
			[]stretch{{len(set) + h + 64, len(set) + h + 1000}, {len(set) + h + 1000, len(set) + h + 9000}, {len(set) + h + 9000, len(set) + h + 16384}}},
		{"head in the next segment", []string{bulk(1100) + bulk(16384)[:h+10], bulk(16384)[h+10 : 9000], bulk(16384)[9000:]},
			[]stretch{{1109 + h + 64, 1109 + 9000}, {1109 + 9000, 1109 + h + 16386}}},
		{"head over three segments", []string{bulk(1100) + bulk(16384)[:h+10], bulk(16384)[h+10 : h+20], bulk(16384)[h+20:]},
			[]stretch{{1109 + h + 64, 1109 + h + 16386}}},
		{"start of a value in a short segment", []string{set + bulk(16384)[:h+10], bulk(16384)[h+10:]}, nil},
		{"length at the end of a short segment", []string{set + "$16384\r\n", bulk(16384)[h:]}, []stretch{{len(set) + h + 64, len(set) + h + 16386}}},
		{"length by itself", []string{"$16384\r\n", bulk(16384)[h:]}, []stretch{{h + 64, h + 16386}}},
		{"length at the end of a long segment", []string{strings.Repeat("*1\r\n$900\r\n"+bulk(900)[6:], 2) + set + "$16384\r\n", bulk(16384)[h:]}, []stretch{{1824 + len(set) + h + 64, 1824 + len(set) + h + 16386}}},
		{"length over two segments", []string{set + "$163", "84\r\n" + bulk(16384)[h:]}, nil},
		{"line break over two segments", []string{bulk(16384)[:h+16385], "\n" + bulk(16384)[:9000]}, []stretch{{h + 64, h + 16385}, {h + 16386 + h + 64, h + 16386 + 9000}}},
		{"line break in the next segment", []string{bulk(16384)[:h+16384], "\r\n" + bulk(16384)}, []stretch{{h + 64, h + 16384}, {h + 16386 + h + 64, 2 * (h + 16386)}}},
		{"value behind one that ends in the segment", []string{set + bulk(16384)[:9000], bulk(16384)[9000:] + set + bulk(16384)[:h+100], bulk(16384)[h+100:]},
			[]stretch{{len(set) + h + 64, len(set) + 9000}, {len(set) + 9000, len(set) + h + 16384},
				{2*len(set) + h + 16386 + h + 64, 2*len(set) + h + 16386 + h + 100}, {2*len(set) + h + 16386 + h + 100, 2 * (len(set) + h + 16386)}}},
		{"last bytes of a value in a short segment", []string{bulk(16384)[:16000], bulk(16384)[16000:] + "+OK\r\n"}, []stretch{{h + 64, 16000}}},
		{"middle of a value in short segments", []string{bulk(16384)[:15000], bulk(16384)[15000:15100], bulk(16384)[15100:15101]}, []stretch{{h + 64, 15000}, {15000, 15100}, {15100, 15101}}},

		{"text that looks like a length", []string{"*2\r\n$3\r\nGET\r\n$5\r\n$9999\r\n", strings.Repeat(set+bulk(10), 300)}, nil},
		{"number at the end", []string{":123456\r\n", strings.Repeat(set+bulk(10), 300)}, nil},
		{"inline command", []string{"SET key " + strings.Repeat("x", 5000) + "\r\n" + bulk(5000)}, nil},
		{"nulls", []string{"$-1\r\n*-1\r\n" + bulk(5000)}, []stretch{{10 + 7 + 64, 10 + 7 + 5002}}},
		{"length that is negative", []string{"$-2\r\n" + bulk(5000)}, nil},
		{"short value over two segments", []string{bulk(1100) + bulk(1100)[:500], bulk(1100)[500:] + bulk(5000)}, []stretch{{2218 + 7 + 64, 2218 + 7 + 5002}}},
		{"text in an unknown value that looks like a length", []string{bulk(20000)[8:11000], bulk(20000)[11000:]}, []stretch{{7 + 64, 7 + 9000}}},
		{"streamed string", []string{"$?\r\n;5000\r\n" + bulk(5000)}, nil},
		{"line that is long", []string{"+" + strings.Repeat("x", 20) + "\r\n" + bulk(5000)}, nil},
		{"length without digits", []string{"$\r\n" + bulk(5000)}, nil},
		{"length with a sign", []string{"$+5000\r\n" + bulk(5000)}, nil},
		{"length without line feed", []string{"$5000\r" + bulk(5000)}, nil},
		{"length of eleven digits", []string{"$00000005000\r\n" + bulk(5000)}, nil},
		{"longest value", []string{"$536870912\r\n" + strings.Repeat("x", 5000)}, []stretch{{12 + 64, 12 + 5000}}},
		{"value that is too long", []string{"$536870913\r\n" + strings.Repeat("x", 5000)}, nil},
		{"empty strings", []string{"*3\r\n$0\r\n\r\n$0\r\n\r\n" + bulk(5000)}, []stretch{{16 + 7 + 64, 16 + 7 + 5002}}},

		{"long value behind a few elements", []string{strings.Repeat(":1\r\n", patience-1) + bulk(5000)}, []stretch{{28 + 7 + 64, 28 + 7 + 5002}}},
		{"long value behind too many elements", []string{strings.Repeat(":1\r\n", patience) + bulk(5000)}, nil},
		{"more values than spans", []string{strings.Repeat(bulk(3000), MaxSpans+3)}, func() (want []stretch) {
			for i := range MaxSpans - 1 {
				want = append(want, stretch{i*3009 + 7 + 64, i*3009 + 7 + 3000})
			}
			return want
		}()},
		{"too much to keep besides", []string{bulk(5000) + strings.Repeat(set+bulk(10), 1000)}, nil},
		{"as much to keep besides as there may be", []string{bulk(5000) + strings.Repeat(":1\r\n", 8150)}, []stretch{{71, 5007}}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, start := range []uint32{1, 0xffffffff - 9000, 0x7fffffff - 100} {
				s := newSender(l, start)
				s.segment.from += 3*i + int(start%3)
				at := 0
				var got []stretch
				for _, payload := range test.send {
					got = append(got, s.send(t, at, payload)...)
					at += len(payload)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("from %d on, left out %v, want %v", start, got, test.want)
				}
			}
		})
	}
}

func TestValueHeaders(t *testing.T) {
	l := newLoopback(t, Options{Tunnels: true})
	for i, test := range []struct {
		name   string
		layers []layer
		want   bool
	}{
		{"options", []layer{ethernet(0x800), ipv4(6, 0, 1, 1, 1, 1)}, true},
		{"ipv6, extension headers", []layer{ethernet(0x86dd), ipv6(60), extension(44, 1), fragment(6, 0)}, true},
		{"vxlan", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x86dd), ipv6(6)}, true},
		{"first fragment", []layer{ethernet(0x800), ipv4(6, 0x2000)}, false},
		{"longest headers", []layer{ethernet(0x86dd), ipv6(60), extension(60, 31), extension(6, 18)}, true},
		{"headers that are too long", []layer{ethernet(0x86dd), ipv6(60), extension(60, 31), extension(6, 25)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSender(l, 1)
			s.segment.from += i
			s.layers = test.layers
			if got := s.send(t, 0, bulk(5000)); (got != nil) != test.want {
				t.Errorf("left out %v", got)
			}
		})
	}
}

// A segment that starts in a value is judged by its sequence number alone,
// whatever comes in between.
func TestValueOrder(t *testing.T) {
	l := newLoopback(t, Options{})
	stream := bulk(100000)
	s := newSender(l, 1000)
	other := newSender(l, 1000)
	other.segment.to++
	back := newSender(l, 1000)
	back.segment.from, back.segment.to = s.segment.to, s.segment.from
	back.layers = []layer{ethernet(0x800), change(func(b []byte) { b[15], b[19] = b[19], b[15] }), ipv4(6, 0)}
	short := strings.Repeat(set+bulk(10), 100)

	step := func(s *sender, what string, at int, payload string, want ...stretch) {
		t.Helper()
		if got := s.send(t, at, payload); !slices.Equal(got, want) {
			t.Errorf("%s: left out %v, want %v", what, got, want)
		}
	}
	step(s, "start", 0, stream[:50000], stretch{9 + 64, 50000})
	step(s, "middle", 60000, stream[60000:70000], stretch{60000, 70000})
	step(s, "late", 50000, stream[50000:60000], stretch{50000, 60000})
	step(s, "again", 60000, stream[60000:70000], stretch{60000, 70000})
	step(s, "start again", 0, stream[:50000], stretch{9 + 64, 50000})
	step(other, "another connection", 60000, short)
	step(back, "other direction", 60000, short)
	step(s, "end", 70000, stream[70000:]+short, stretch{70000, 100009})
	step(s, "behind the end", len(stream)+len(short), short)
	step(s, "end again", 70000, stream[70000:]+short, stretch{70000, 100009})
	step(s, "long behind the end", len(stream)+forget+1, short)
	step(s, "end once more", 70000, stream[70000:90000])

	step(s, "next", 0, stream[:50000], stretch{9 + 64, 50000})
	s.flags = syn
	step(s, "new connection", 0, "")
	s.flags = ack
	step(s, "what would be the middle", 60000, short)
}

func TestValuesKept(t *testing.T) {
	for _, o := range []Options{{Values: true}, {Snaplen: MaxSnaplen}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			l := newLoopback(t, o)
			if got := newSender(l, 1).send(t, 0, bulk(60000)); got != nil {
				t.Errorf("left out %v", got)
			}
		})
	}
}

func TestCutCounters(t *testing.T) {
	l := newLoopback(t, Options{})
	s := newSender(l, 1)
	s.send(t, 0, bulk(10000)+":1\r\n")
	s.send(t, 20000, ":1\r\n")
	want := Counters{Seen: 2, Matched: 2, MatchedBytes: 54 + 10014 + 54 + 4, Records: 2, Cut: 1, CutBytes: 10000 - 64}
	if got := counters(t, l.tap); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
