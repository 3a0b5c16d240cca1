package align

import (
	"testing"

	"ricochet/decode/frame"
)

// fill offers a table n segments between two hosts, one a millisecond.
func fill(t *table, a, b, n int) {
	for i := range n {
		t.add(segment(a, b, 40000, 6379, uint32(i), 1, 1), start+int64(i)*milli)
	}
}

func (t *table) has(a, b, i int) bool {
	id := identify(segment(a, b, 40000, 6379, uint32(i), 1, 1))
	f := t.flows[id.flow]
	if f == nil {
		return false
	}
	_, ok := f.seen[id.segment]
	return ok
}

func TestTableIsBounded(t *testing.T) {
	x := newTable(2)
	fill(x, 1, 2, 20*MaxSegments)
	if x.n > MaxSegments || x.n < MaxSegments/4 {
		t.Errorf("%d of at most %d segments are remembered", x.n, MaxSegments)
	}
	// A sample is spread evenly: what is remembered stems from all of the capture.
	var tenths [10]int
	for i := range 20 * MaxSegments {
		if x.has(1, 2, i) {
			tenths[i*10/(20*MaxSegments)]++
		}
	}
	for i, n := range tenths {
		if n < x.n/20 || n > x.n/5 {
			t.Errorf("%d of %d segments are of the tenth %d", n, x.n, i)
		}
	}
	total := 0
	for _, f := range x.flows {
		total += len(f.seen)
	}
	if total != x.n {
		t.Errorf("%d segments counted, %d are there", x.n, total)
	}
}

func TestTableAmongManyIsSmall(t *testing.T) {
	for _, n := range []int{1, 2, 100, 1 << 20} {
		if got := newTable(n).most; got > MaxSegments || got*min(n, 1<<10) > MaxSegmentsInAll || got < minSegments {
			t.Errorf("of %d captures %d segments each are remembered", n, got)
		}
	}
}

// Two servers that say little to each other are not crowded out by clients.
func TestTableKeepsWhatIsRare(t *testing.T) {
	x := newTable(2)
	fill(x, 1, 2, 10)
	fill(x, 1, 3, 10*MaxSegments)
	fill(x, 1, 4, 10)
	for i := range 10 {
		if !x.has(1, 2, i) || !x.has(1, 4, i) {
			t.Errorf("segment %d of a rare flow is forgotten", i)
		}
	}
}

func TestTableBoundsFlows(t *testing.T) {
	x := newTable(2)
	for host := range 10 * MaxFlows {
		fill(x, 1, host+2, 3)
	}
	if len(x.flows) > MaxFlows || len(x.flows) < MaxFlows/4 || x.n > MaxSegments {
		t.Errorf("%d flows with %d segments", len(x.flows), x.n)
	}
}

// Captures that sample at different rates have the segments of the lower rate in
// common.
func TestSamplesAgree(t *testing.T) {
	few, many := newTable(2), newTable(2)
	fill(few, 1, 2, 4*MaxSegments)
	fill(many, 1, 2, 4*MaxSegments)
	fill(many, 1, 3, 4*MaxSegments)
	common := 0
	for _, f := range many.flows {
		for id := range f.seen {
			if g := few.flows[f.id]; g != nil {
				if _, ok := g.seen[id]; ok {
					common++
				}
			}
		}
	}
	if common < MaxSegments/8 {
		t.Errorf("only %d in common", common)
	}
}

func TestSegmentsThatAreNotUsed(t *testing.T) {
	ack := segment(1, 2, 40000, 6379, 5, 6, 0)
	ack.Flags = frame.ACK
	self := segment(1, 1, 40000, 6379, 5, 6, 1)
	for _, c := range []struct {
		name    string
		segment *frame.Segment
		at      []int64
		want    stamp
	}{
		{"once", segment(1, 2, 1, 2, 3, 4, 5), []int64{start}, newStamp(start, false)},
		{"again at once, as on a second interface", segment(1, 2, 1, 2, 3, 4, 5), []int64{start, start + 20*micro}, newStamp(start, false)},
		{"sent again", segment(1, 2, 1, 2, 3, 4, 5), []int64{start, start + 200*milli}, ambiguous},
		{"sent again, and later at once", segment(1, 2, 1, 2, 3, 4, 5), []int64{start, start + 200*milli, start + 200*milli + 1}, ambiguous},
		{"an acknowledgement", ack, []int64{start}, 0},
		{"of a host to itself", self, []int64{start}, 0},
		{"before the epoch", segment(1, 2, 1, 2, 3, 4, 5), []int64{-1}, 0},
		{"in the far future", segment(1, 2, 1, 2, 3, 4, 5), []int64{maxTime}, 0},
	} {
		x := newTable(2)
		for _, at := range c.at {
			x.add(c.segment, at)
		}
		id := identify(c.segment)
		got := stamp(0)
		if f := x.flows[id.flow]; f != nil {
			got = f.seen[id.segment] &^ 1
			if f.seen[id.segment] == ambiguous {
				got = ambiguous
			}
		}
		if got != c.want {
			t.Errorf("%s: remembered as %d, want %d", c.name, got, c.want)
		}
	}
}

// Each part of a segment's identity tells it from others, in each direction.
func TestIdentity(t *testing.T) {
	base := segment(1, 2, 40000, 6379, 5, 6, 7)
	id := identify(base)
	answer := segment(2, 1, 6379, 40000, 5, 6, 7)
	if back := identify(answer); back.flow != id.flow || back.reverse == id.reverse || back.segment == id.segment {
		t.Errorf("the other direction: %+v, and %+v", back, id)
	}
	pushed := *base
	pushed.Flags ^= frame.PSH
	pushed.Payload = []byte("what the snap length left")
	if identify(&pushed) != id {
		t.Error("what the way changes is part of the identity")
	}
	seen := map[uint64]bool{id.segment: true}
	for i, s := range []*frame.Segment{
		segment(1, 3, 40000, 6379, 5, 6, 7), segment(3, 2, 40000, 6379, 5, 6, 7), segment(1, 2, 40001, 6379, 5, 6, 7),
		segment(1, 2, 40000, 6380, 5, 6, 7), segment(1, 2, 40000, 6379, 6, 6, 7), segment(1, 2, 40000, 6379, 5, 7, 7),
		segment(1, 2, 40000, 6379, 5, 6, 8), segment(1, 2, 6379, 40000, 5, 6, 7), segment(1, 2, 40000, 6379, 6, 5, 7),
		{Src: base.Src, Dst: base.Dst, Seq: 5, Ack: 6, Len: 7, Flags: frame.SYN},
	} {
		if got := identify(s).segment; seen[got] {
			t.Errorf("segment %d is taken for another", i)
		} else {
			seen[got] = true
		}
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	x := newTable(2)
	fill(x, 1, 2, 4*MaxSegments)
	s := segment(1, 2, 40000, 6379, 0, 1, 1)
	if n := testing.AllocsPerRun(5, func() {
		for range 10_000 {
			s.Seq++
			x.add(s, start)
		}
	}); n != 0 {
		t.Errorf("%v allocations in 10,000 segments", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	x := newTable(2)
	s := segment(1, 2, 40000, 6379, 0, 1, 1)
	b.ReportAllocs()
	for i := range b.N {
		s.Seq++
		x.add(s, start+int64(i)*micro)
	}
}

func BenchmarkResolve(b *testing.B) {
	w := &world{clocks: []clockModel{{}, {offset: second, ppm: 50}, {}}, seed: 1}
	w.links = []link{usual(0, 1, milli, milli, 600*second), usual(1, 2, milli, milli, 600*second), usual(0, 2, milli, milli, 600*second)}
	tables := w.tables()
	b.ReportAllocs()
	for b.Loop() {
		resolve(tables, match(tables), nil)
	}
}
