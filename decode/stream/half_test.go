package stream

import "testing"

// pushAll pushes each segment and drains the half; it returns the bytes that
// came out.
func pushAll(h *Half, b *Budget, segments []Segment) (n int) {
	var c Chunk
	for i := range segments {
		if h.Push(&segments[i], b) {
			for h.Next(&c) {
				n += len(c.Data)
			}
		}
	}
	return n
}

// The traffic of the allocation tests and benchmarks: ordinary segments,
// and the same with neighbours swapped. Both leave the half where it was.
const payload = 100

func inOrder(segments []Segment, seq uint32) {
	for i := range segments {
		segments[i].Seq = seq + uint32(i*payload)
	}
}

func swapped(segments []Segment, seq uint32) {
	inOrder(segments, seq)
	for i := 0; i+1 < len(segments); i += 2 {
		segments[i].Seq, segments[i+1].Seq = segments[i+1].Seq, segments[i].Seq
	}
}

func traffic(n int) []Segment {
	segments := make([]Segment, n)
	for i := range segments {
		segments[i] = Segment{Mark: Mark{Time: 1, Packet: int64(i + 1)}, Data: make([]byte, payload), Len: payload}
	}
	return segments
}

func TestAllocations(t *testing.T) {
	for _, test := range []struct {
		name    string
		arrange func([]Segment, uint32)
	}{
		{"in order", inOrder},
		{"neighbours swapped, with the queue from the budget", swapped},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h Half
			var b Budget
			h.Start(0)
			segments, seq := traffic(64), uint32(0)
			if got := testing.AllocsPerRun(100, func() {
				test.arrange(segments, seq)
				seq += uint32(pushAll(&h, &b, segments))
			}); got != 0 {
				t.Errorf("%v allocations for %d segments", got, len(segments))
			}
			if want := uint32(101 * len(segments) * payload); seq != want {
				t.Errorf("%d bytes came out of %d", seq, want)
			}
		})
	}
}

func TestInOrderDataIsNotCopied(t *testing.T) {
	var h Half
	var b Budget
	var c Chunk
	h.Start(100)
	s := Segment{Seq: 100, Data: []byte("abcd"), Len: 4}
	if !h.Push(&s, &b) || !h.Next(&c) || &c.Data[0] != &s.Data[0] {
		t.Error("the chunk does not alias the segment")
	}
	if h.ready.data != nil {
		t.Error("the half still refers to the packet")
	}
}

func TestHeldDataIsCopied(t *testing.T) {
	var h Half
	var b Budget
	var c Chunk
	h.Start(100)
	buf := []byte("efgh")
	h.Push(&Segment{Seq: 104, Data: buf, Len: 4}, &b)
	copy(buf, "XXXX")
	h.Push(&Segment{Seq: 100, Data: []byte("abcd"), Len: 4}, &b)
	for range 2 {
		if !h.Next(&c) {
			t.Fatal("there are two runs of bytes")
		}
	}
	if string(c.Data) != "efgh" {
		t.Errorf("got %q after the packet's buffer was reused", c.Data)
	}
	// Another half that takes the memory over must not do so while the chunk
	// is valid, which is until the next call of Next.
	var other Half
	other.Start(0)
	other.Push(&Segment{Seq: 1, Data: []byte("YYYY"), Len: 4}, &b)
	if string(c.Data) != "efgh" {
		t.Errorf("the chunk became %q", c.Data)
	}
}

// TestNothingLeaksOnClose closes many halves with several holes each, some by
// flushing and some by Reset.
func TestNothingLeaksOnClose(t *testing.T) {
	var b Budget
	var c Chunk
	halves := make([]Half, 1000)
	for i := range halves {
		h := &halves[i]
		h.Start(0)
		for k := range uint32(3) {
			h.Push(&Segment{Seq: 200 * (k + 1), Data: make([]byte, payload), Len: payload}, &b)
		}
	}
	if b.Held < 1000*3*payload {
		t.Errorf("%d bytes are said to be held, more are", b.Held)
	}
	for i := range halves {
		if i%2 == 0 {
			halves[i].Reset()
			continue
		}
		for halves[i].Flush(); halves[i].Next(&c); {
		}
	}
	if b.Held != 0 {
		t.Errorf("%d bytes held after all were closed", b.Held)
	}
	if len(b.spares) != maxSpares {
		t.Errorf("%d queues kept for reuse, want %d", len(b.spares), maxSpares)
	}
}

func TestLargeQueueIsNotKept(t *testing.T) {
	var h Half
	var b Budget
	h.Start(0)
	h.Push(&Segment{Seq: 1, Data: make([]byte, maxSpareBuffer), Len: maxSpareBuffer}, &b)
	h.Reset()
	if len(b.spares) != 0 {
		t.Errorf("kept %d bytes of buffer for reuse", cap(b.spares[0].buf))
	}
}

// TestBoundsOnOneHalf sends what is behind a hole for ever: the hole is given up
// when a bound is reached, not before, and memory stays bounded.
func TestBoundsOnOneHalf(t *testing.T) {
	for _, test := range []struct {
		name string
		size int // of a segment
		held int // segments that may wait
	}{
		{"tiny segments", 1, MaxHeldSegments},
		{"full-size segments", 1460, MaxHeld / 1460},
		{"offloaded segments", 65000, MaxHeld / 65000},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h Half
			var b Budget
			var c Chunk
			h.Start(0)
			data := make([]byte, test.size)
			seq, most := uint32(1), int64(0)
			for i := range test.held + 20 {
				more := h.Push(&Segment{Seq: seq, Data: data, Len: len(data)}, &b)
				if want := i >= test.held; more != want {
					t.Fatalf("segment %d: something to hand out: %v, want %v", i+1, more, want)
				}
				most = max(most, b.Held)
				for h.Next(&c) {
				}
				seq += uint32(test.size)
				if i >= test.held {
					seq++ // the next hole
					for range test.held {
						h.Push(&Segment{Seq: seq, Data: data, Len: len(data)}, &b)
						seq += uint32(test.size)
					}
				}
			}
			if b.Forced == 0 || b.Forced != b.Lost {
				t.Errorf("%d holes of one byte given up, %d bytes lost", b.Forced, b.Lost)
			}
			if limit := int64(4*MaxHeld + 4*MaxHeldSegments*pieceSize); most > limit {
				t.Errorf("one half took %d bytes, more than %d", most, limit)
			}
		})
	}
}

// TestQueueThatNeverEmpties keeps something behind a hole at all times, while
// far more than MaxHeld passes through.
func TestQueueThatNeverEmpties(t *testing.T) {
	var h Half
	var b Budget
	h.Start(0)
	data := make([]byte, 1000)
	total, most := 0, int64(0)
	for i := range 5000 {
		// 1 0 3 2 5 4 ..., where each filler comes only after the next one.
		ahead := uint32(2*i+3) * 1000
		if i == 0 {
			h.Push(&Segment{Seq: 1000, Data: data, Len: 1000}, &b)
		}
		h.Push(&Segment{Seq: ahead, Data: data, Len: 1000}, &b)
		total += pushAll(&h, &b, []Segment{{Seq: uint32(2*i) * 1000, Data: data, Len: 1000}})
		most = max(most, b.Held)
		if h.queue == nil {
			t.Fatal("the queue ran empty")
		}
		checkHeld(t, &h)
	}
	if want := 5000 * 2000; total != want || b.Lost != 0 {
		t.Errorf("%d bytes came out of %d, %d lost", total, want, b.Lost)
	}
	if most > 16<<10 {
		t.Errorf("took %d bytes to hold two segments", most)
	}
}

func benchmark(b *testing.B, arrange func([]Segment, uint32)) {
	var h Half
	var budget Budget
	h.Start(0)
	segments, seq := traffic(64), uint32(0)
	b.ReportAllocs()
	b.SetBytes(payload)
	for i := 0; i < b.N; i += len(segments) {
		arrange(segments, seq)
		seq += uint32(pushAll(&h, &budget, segments))
	}
}

// Each operation is one segment: Push, and Next until it returns false.
func BenchmarkInOrder(b *testing.B) { benchmark(b, inOrder) }
func BenchmarkSwapped(b *testing.B) { benchmark(b, swapped) }

// BenchmarkEmpty is the pure acknowledgement, as both directions see it.
func BenchmarkEmpty(b *testing.B) {
	var h, other Half
	var budget Budget
	h.Start(100)
	other.Start(100)
	s := Segment{Seq: 100, Ack: 100}
	b.ReportAllocs()
	for b.Loop() {
		other.Acked(s.Ack)
		h.Push(&s, &budget)
	}
}

// BenchmarkRetransmit is the packet seen a second time.
func BenchmarkRetransmit(b *testing.B) {
	var h Half
	var budget Budget
	h.Start(200)
	s := Segment{Seq: 100, Data: make([]byte, payload), Len: payload}
	b.ReportAllocs()
	for b.Loop() {
		h.Push(&s, &budget)
	}
}

// BenchmarkManyHeld pushes behind a hole with as much held as may be.
func BenchmarkManyHeld(b *testing.B) {
	var h Half
	var budget Budget
	var c Chunk
	h.Start(0)
	data := make([]byte, 1)
	seq := uint32(1)
	b.ReportAllocs()
	for b.Loop() {
		h.Push(&Segment{Seq: seq, Data: data, Len: 1}, &budget)
		for h.Next(&c) {
		}
		seq += 2
	}
}
