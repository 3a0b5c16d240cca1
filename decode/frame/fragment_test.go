package frame

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"ricochet/capture"
)

const second = 1e9

// piece is a packet that holds a fragment.
type piece struct {
	data []byte
	wire int
}

// large is a payload whose bytes say where they are.
func large(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8)
	}
	return b
}

// split4 cuts an IPv4 payload into fragments of at most n bytes, outside of
// which it puts the given layers.
func split4(payload []byte, protocol byte, id, n int, outer ...layer) []piece {
	var all []piece
	for at := 0; at < len(payload); at += n {
		end, field := min(at+n, len(payload)), at/8
		if end < len(payload) {
			field |= ipv4More
		}
		data := build(payload[at:end], append(slices.Clone(outer), ip4Fragment(protocol, id, field))...)
		all = append(all, piece{data, len(data)})
	}
	return all
}

// split6 is split4 for IPv6.
func split6(payload []byte, next byte, id, n int, outer ...layer) []piece {
	var all []piece
	for at := 0; at < len(payload); at += n {
		end := min(at+n, len(payload))
		data := build(payload[at:end], append(slices.Clone(outer), ip6(44), ip6Fragment(next, id, at, end < len(payload)))...)
		all = append(all, piece{data, len(data)})
	}
	return all
}

// feed decodes packets and expects the verdict want of the last, Held of the
// others.
func feed(t *testing.T, d *Decoder, s *Segment, at int64, want Verdict, packets ...piece) {
	t.Helper()
	for i, p := range packets {
		w := Held
		if i == len(packets)-1 {
			w = want
		}
		if v := d.Decode(capture.LinkEthernet, p.data, p.wire, at, s); v != w {
			t.Fatalf("packet %d of %d: %v, want %v", i+1, len(packets), v, w)
		}
	}
}

func TestFragmentsInAnyOrder(t *testing.T) {
	tests := []struct {
		name  string
		size  int
		split func(segment []byte) []piece
	}{
		{"ipv4", 4000, func(b []byte) []piece { return split4(b, 6, 7, 1480, eth(0x800)) }},
		{"ipv4, tcp header split", 200, func(b []byte) []piece { return split4(b, 6, 7, 8, eth(0x800)) }},
		{"ipv4, longest datagram", 65535 - 32, func(b []byte) []piece { return split4(b, 6, 7, 1480, eth(0x800)) }},
		{"ipv6", 4000, func(b []byte) []piece { return split6(b, 6, 7, 1448, eth(0x86dd)) }},
		{"ipv6, extension behind the fragment header", 4000, func(b []byte) []piece {
			return split6(build(b, ext(6, 0)), 60, 7, 1448, eth(0x86dd))
		}},
		{"inside vxlan", 4000, func(b []byte) []piece {
			return split4(b, 6, 7, 1400, eth(0x800), ip4(17), udp(4789), vxlan(), eth(0x800))
		}},
		{"vxlan itself", 4000, func(b []byte) []piece {
			return split4(build(b, udp(4789), vxlan(), eth(0x800), ip4(6)), 17, 7, 1480, eth(0x800))
		}},
		{"6in4 itself", 4000, func(b []byte) []piece { return split4(build(b, ip6(6)), 41, 7, 1480, eth(0x800)) }},
		{"padding", 4000, func(b []byte) []piece { return split4(b, 6, 7, 1480, eth(0x800), trailer(9)) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			payload := large(test.size)
			pieces := test.split(build(payload, seg(timestamps...)))
			r := rand.New(rand.NewPCG(1, 2))
			for range 30 {
				var d Decoder
				var s Segment
				feed(t, &d, &s, 0, TCP, pieces...)
				check(t, &s, payload, len(payload))
				if c := d.Counters(); c != (Counters{Reassembled: 1}) {
					t.Fatalf("counters %+v", c)
				}
				r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
			}
		})
	}
}

func TestFragmentsInsideFragments(t *testing.T) {
	payload := large(3000)
	var outer []piece
	for i, p := range split4(build(payload, seg()), 6, 7, 1480) {
		outer = append(outer, split4(p.data, 4, 100+i, 800, eth(0x800))...)
	}
	var d Decoder
	var s Segment
	feed(t, &d, &s, 0, TCP, outer...)
	check(t, &s, payload, len(payload))
	if c := d.Counters(); c.Reassembled != 3 || c.Waiting != 0 {
		t.Errorf("counters %+v", c)
	}
}

func TestCopiesOfFragmentsChangeNothing(t *testing.T) {
	payload := large(2000)
	p := split4(build(payload, seg()), 6, 7, 800, eth(0x800))
	var d Decoder
	var s Segment
	feed(t, &d, &s, 0, TCP, p[0], p[0], p[1], p[0], p[1], p[2])
	check(t, &s, payload, len(payload))
	feed(t, &d, &s, second/2, Held, p[0], p[1], p[2], p[2])
	if c := d.Counters(); c != (Counters{Reassembled: 1}) {
		t.Errorf("counters %+v", c)
	}
	// Much later the identification is in use again.
	feed(t, &d, &s, 5*second, TCP, p...)
	check(t, &s, payload, len(payload))
}

func TestOverlapIsWonByTheFirst(t *testing.T) {
	segment := build(large(204), seg()) // 224 bytes
	other := bytes.Repeat([]byte{'x'}, 224)
	part := func(b []byte, from, to int) piece {
		field := from / 8
		if to < len(b) {
			field |= ipv4More
		}
		data := build(b[from:to], eth(0x800), ip4Fragment(6, 7, field))
		return piece{data, len(data)}
	}
	tests := []struct {
		name   string
		pieces []piece
	}{
		{"behind", []piece{part(segment, 0, 120), part(other, 40, 120), part(segment, 80, 224)}},
		{"in front", []piece{part(segment, 80, 224), part(segment, 0, 120)}},
		{"around", []piece{part(segment, 80, 160), part(segment, 0, 200), part(segment, 160, 224)}},
		{"over several", []piece{part(segment, 40, 80), part(segment, 120, 160), part(segment, 0, 200), part(other, 0, 200), part(segment, 200, 224)}},
		{"in the gap only", []piece{part(segment, 0, 80), part(segment, 120, 224), part(segment, 40, 160)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			feed(t, &d, &s, 0, TCP, test.pieces...)
			check(t, &s, large(204), 204)
		})
	}
	t.Run("a copy with other bytes does not get in", func(t *testing.T) {
		var d Decoder
		var s Segment
		feed(t, &d, &s, 0, TCP, part(segment, 0, 80), part(other, 0, 160), part(segment, 80, 224))
		if want := slices.Concat(segment[20:80], other[80:160], segment[160:]); string(s.Payload) != string(want) {
			t.Errorf("payload %q", s.Payload)
		}
	})
}

func TestContradictingFragmentsAreMalformed(t *testing.T) {
	at := func(from, n int, more bool) piece {
		field := from / 8
		if more {
			field |= ipv4More
		}
		data := build(make([]byte, n), eth(0x800), ip4Fragment(6, 7, field))
		return piece{data, len(data)}
	}
	tests := []struct {
		name   string
		pieces []piece
	}{
		{"no bytes", []piece{at(8, 0, false)}},
		{"not a multiple of 8", []piece{at(0, 81, true)}},
		{"beyond the longest datagram", []piece{at(65528, 8, false)}},
		{"behind the end", []piece{at(80, 80, false), at(160, 80, true)}},
		{"two ends", []piece{at(80, 80, false), at(80, 90, false)}},
		{"end in front of what is held", []piece{at(160, 80, true), at(80, 80, false)}},
		{"end where more was announced", []piece{at(80, 80, true), at(120, 40, false)}},
		{"more announced at the end", []piece{at(80, 80, false), at(120, 40, true)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			feed(t, &d, &s, 0, Malformed, test.pieces...)
			if c := d.Counters(); c.Waiting != int64(len(test.pieces)-1) {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

// The payload ends at the first byte that was not captured, the length does not.
func TestFragmentsCutByTheCapture(t *testing.T) {
	payload := large(2000)
	whole := split4(build(payload, seg()), 6, 7, 800, eth(0x800))
	cut := func(i, n int) piece { return piece{whole[i].data[:34+n], whole[i].wire} }
	tests := []struct {
		name   string
		pieces []piece
		want   Verdict
		keep   int
	}{
		{"first", []piece{cut(0, 100), whole[1], whole[2]}, TCP, 80},
		{"second", []piece{whole[0], cut(1, 100), whole[2]}, TCP, 880},
		{"second to nothing", []piece{whole[2], cut(1, 0), whole[0]}, TCP, 780},
		{"last", []piece{whole[2], whole[1], cut(0, 20)}, TCP, 0},
		{"all", []piece{cut(2, 8), cut(1, 8), cut(0, 28)}, TCP, 8},
		{"in the tcp header", []piece{cut(0, 19), whole[1], whole[2]}, Short, 0},
		{"a copy that was cut less", []piece{cut(0, 100), whole[0], whole[1], whole[2]}, TCP, 80},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			feed(t, &d, &s, 0, test.want, test.pieces...)
			if test.want == TCP {
				check(t, &s, payload[:test.keep], len(payload))
			}
		})
	}
}

func TestFragmentsOfDistinctDatagramsAreKeptApart(t *testing.T) {
	a := split4(build(large(2000), seg()), 6, 7, 1480, eth(0x800))
	swap := change(func(b []byte) { b[15], b[19] = b[19], b[15] })
	tests := []struct {
		name  string
		other []piece
	}{
		{"identification", split4(make([]byte, 2020), 6, 8, 1480, eth(0x800))},
		{"protocol", split4(make([]byte, 2020), 17, 7, 1480, eth(0x800))},
		{"addresses", split4(make([]byte, 2020), 6, 7, 1480, eth(0x800), swap)},
		{"version", split6(make([]byte, 2020), 6, 7, 1480, eth(0x86dd))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			feed(t, &d, &s, 0, TCP, a[0], test.other[1], a[1])
			check(t, &s, large(2000), 2000)
			if c := d.Counters(); c.Waiting != 1 {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

func TestFragmentsExpire(t *testing.T) {
	p := split4(build(large(2000), seg()), 6, 7, 1480, eth(0x800))
	for _, at := range []int64{FragmentAge + 1, -FragmentAge - 1, -1 << 63, 1<<63 - 1} {
		var d Decoder
		var s Segment
		feed(t, &d, &s, 0, Held, p[0])
		feed(t, &d, &s, at, Held, p[1])
		if c := d.Counters(); c != (Counters{Expired: 1, Waiting: 1}) {
			t.Errorf("at %d: counters %+v", at, c)
		}
	}
	var d Decoder
	var s Segment
	feed(t, &d, &s, 0, Held, p[0])
	feed(t, &d, &s, FragmentAge, TCP, p[1])
}

// At high rates the identification comes round before the fragments expire.
func TestHeadDoesNotMeetTheTailOfALaterDatagram(t *testing.T) {
	lost := split4(build(large(2000), seg()), 6, 7, 1480, eth(0x800))
	var d Decoder
	var s Segment
	feed(t, &d, &s, 0, Held, lost[0])
	for id := range FragmentDistance + 1 {
		feed(t, &d, &s, 0, TCP, split4(build(large(2000), seg()), 6, 1000+id, 1480, eth(0x800))...)
	}
	feed(t, &d, &s, 0, Held, lost[1])
	if c := d.Counters(); c.Expired != 1 || c.Waiting != 1 {
		t.Errorf("counters %+v", c)
	}
}

func TestOldestDatagramMakesRoom(t *testing.T) {
	var d Decoder
	var s Segment
	datagram := func(id int) []piece {
		return split4(build(large(2000), seg()), 6, id, 800, eth(0x800))
	}
	for id := range MaxDatagrams {
		p := datagram(id)
		feed(t, &d, &s, int64(id), Held, p[0], p[1])
	}
	if c := d.Counters(); c != (Counters{Waiting: 2 * MaxDatagrams}) {
		t.Fatalf("counters %+v", c)
	}
	feed(t, &d, &s, 1000, Held, datagram(1000)[0])
	if c := d.Counters(); c != (Counters{Evicted: 2, Waiting: 2*MaxDatagrams - 1}) {
		t.Errorf("counters %+v", c)
	}
	for id := 1; id < MaxDatagrams; id++ {
		feed(t, &d, &s, 1000, TCP, datagram(id)[2])
		check(t, &s, large(2000), 2000)
	}
	if c := d.Counters(); c != (Counters{Evicted: 2, Waiting: 1, Reassembled: MaxDatagrams - 1}) {
		t.Errorf("counters %+v", c)
	}
}

func TestDatagramInTooManyStretches(t *testing.T) {
	p := split4(build(large(1000), seg()), 6, 7, 8, eth(0x800))
	var d Decoder
	var s Segment
	for i := range MaxStretches {
		feed(t, &d, &s, 0, Held, p[2*i])
	}
	feed(t, &d, &s, 0, FragmentLost, p[2*MaxStretches])
	if c := d.Counters(); c != (Counters{Refused: 1, Waiting: MaxStretches}) {
		t.Errorf("counters %+v", c)
	}
	// One that closes a gap is welcome.
	feed(t, &d, &s, 0, Held, p[1], p[2*MaxStretches])
}

// A packet may complete a datagram that completes another inside it, and so on.
// However far that goes, there must be places left.
func TestChainOfCompletedDatagrams(t *testing.T) {
	const chain = MaxDatagrams + 1
	tests := []struct {
		name  string
		start []byte // what is innermost: a first fragment
		first func(id int, inner []byte) []byte
		rest  func(id, offset int) []byte
		outer layer
		want  int64 // datagrams completed until a bound ends it
	}{
		{
			"tunnels",
			build(large(64), ip4Fragment(6, 9999, ipv4More)),
			func(id int, inner []byte) []byte { return build(inner, ip4Fragment(4, id, ipv4More)) },
			func(id, offset int) []byte { return build(large(4), ip4Fragment(4, id, offset/8)) },
			header(),
			MaxDepth + 1,
		},
		{
			"fragment headers",
			build(large(64), ip6Fragment(6, 9999, 0, true)),
			func(id int, inner []byte) []byte { return build(inner, ip6Fragment(44, id, 0, true)) },
			func(id, offset int) []byte { return build(large(4), ip6(44), ip6Fragment(44, id, offset, false)) },
			ip6(44),
			1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			data := test.start
			for id := range chain {
				data = append(data, make([]byte, -len(data)&7)...)
				last := test.rest(id, len(data))
				d.Decode(capture.LinkRaw, last, len(last), 0, &s)
				data = test.first(id, data)
			}
			data = build(data, test.outer)
			if v := d.Decode(capture.LinkRaw, data, len(data), 0, &s); v != Malformed {
				t.Errorf("verdict %v", v)
			}
			if c := d.Counters(); c.Reassembled != test.want {
				t.Errorf("counters %+v, want %d reassembled", c, test.want)
			}
		})
	}
}
