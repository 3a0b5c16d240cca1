package stream

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// dice turns fuzz input into choices; when it runs out every choice is 0.
type dice struct{ data []byte }

// roll returns a number below n, which is at most 256.
func (d *dice) roll(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	v := int(d.data[0]) % n
	d.data = d.data[1:]
	return v
}

// sent is a stream and the segments it was sent in, as a capture shows them.
type sent struct {
	isn      uint32 // sequence number of bytes[0]
	bytes    []byte
	segments []Segment
	// owner[i] is the index of the segment that was the first to cover byte i,
	// -1 if none did. shown[i] says that it still had that byte.
	owner []int
	shown []bool
}

// send cuts a stream into segments and mixes them as d says: other sizes,
// overlaps, repeats, a bounded disorder and, if cut is set, truncation. A
// segment that repeats bytes has them wrong wherever it is not the first.
func send(d *dice, cut bool) *sent {
	s := &sent{isn: -uint32(d.roll(256) * 4), bytes: make([]byte, 1+4*d.roll(256))}
	for i := range s.bytes {
		s.bytes[i] = byte(i*7 + i>>8)
	}
	type span struct{ at, n, kept int }
	var spans []span
	for at := 0; at < len(s.bytes); {
		n := min(1+d.roll(60), len(s.bytes)-at)
		spans = append(spans, span{at, n, n})
		if d.roll(8) == 1 { // a repeat that starts earlier and ends elsewhere
			from := max(0, at-d.roll(90))
			m := min(1+d.roll(150), len(s.bytes)-from)
			spans = append(spans, span{from, m, m})
		}
		at += n
	}
	for i := range spans {
		if j := i + d.roll(7); d.roll(3) == 1 && j < len(spans) {
			spans[i], spans[j] = spans[j], spans[i]
		}
		if cut && d.roll(4) == 1 {
			spans[i].kept = d.roll(spans[i].n + 1)
		}
	}
	s.owner, s.shown = make([]int, len(s.bytes)), make([]bool, len(s.bytes))
	for i := range s.owner {
		s.owner[i] = -1
	}
	for k, p := range spans {
		data := make([]byte, p.kept)
		for i := range p.n {
			at := p.at + i
			first := s.owner[at] < 0
			if first {
				s.owner[at], s.shown[at] = k, i < p.kept
			}
			if i < p.kept {
				data[i] = s.bytes[at]
				if !first {
					data[i] ^= 0xff
				}
			}
		}
		s.segments = append(s.segments, Segment{
			Mark: Mark{Packet: int64(k)},
			Seq:  s.isn + uint32(p.at),
			Ack:  uint32(k),
			Data: data,
			Len:  p.n,
			FIN:  p.at+p.n == len(s.bytes),
		})
	}
	return s
}

// receiver checks chunks against what was sent.
type receiver struct {
	t     *testing.T
	sent  *sent
	exact bool // nothing was dropped or given up: who was first is known
	pos   int  // next byte; -1 before the first chunk of a stream that is joined
	ended bool
	c     Chunk
}

func (r *receiver) drain(h *Half) (n int) {
	for h.Next(&r.c) {
		r.check()
		n++
	}
	return n
}

func (r *receiver) check() {
	c := &r.c
	fail := func(format string, args ...any) {
		r.t.Helper()
		r.t.Fatalf("chunk %+v at %d: %s", *c, r.pos, fmt.Sprintf(format, args...))
	}
	if r.ended {
		fail("follows the end")
	}
	gap := int(c.Gap)
	if joined := r.pos < 0; joined != (c.Gap == Unknown) {
		fail("joined: %v", joined)
	} else if joined {
		r.pos, gap = int(c.Seq-r.sent.isn), 0
		if c.End { // nothing was seen, or nothing but the end
			r.ended = true
			return
		}
	}
	for i := r.pos; r.exact && i < r.pos+gap; i++ {
		if r.sent.shown[i] {
			fail("byte %d was captured", i)
		}
	}
	r.pos += gap
	if c.Seq != r.sent.isn+uint32(r.pos) {
		fail("the gap does not lead to the sequence number")
	}
	if r.pos+len(c.Data) > len(r.sent.bytes) {
		fail("more than was sent")
	}
	for i, b := range c.Data {
		at := r.pos + i
		if r.exact && b != r.sent.bytes[at] {
			fail("byte %d is not that of the first copy", at)
		}
		if b != r.sent.bytes[at] && b != r.sent.bytes[at]^0xff {
			fail("byte %d is another's", at)
		}
		if r.exact && r.sent.owner[at] != int(c.Mark.Packet) {
			fail("byte %d was first seen in packet %d", at, r.sent.owner[at])
		}
	}
	if s := r.sent.segments[c.Mark.Packet]; !c.End && (s.Ack != c.Ack || c.First != (s.Seq == c.Seq)) {
		fail("is not from %+v", s)
	}
	if c.End != (len(c.Data) == 0) {
		fail("empty, or the end has data")
	}
	r.pos += len(c.Data)
	r.ended = c.End
}

// FuzzHalf sends a stream in a disorder that stays within the patience of a
// half: every byte comes out once, in order, from the segment that had it first.
// When segments are dropped and acknowledgements pass holes, what comes out and
// the gaps account for every position once. Either way nothing stays held.
func FuzzHalf(f *testing.F) {
	f.Add([]byte{0, 2, 40, 10, 10, 10})
	f.Add([]byte{1, 3, 60, 59, 1, 80, 140, 20, 1, 30, 90, 6, 1, 5, 1, 4, 1, 3, 1, 2, 1, 1, 1})
	f.Add([]byte{2, 1, 90, 30, 30, 30, 30, 30, 30, 30, 2, 1, 3, 1, 4, 1, 0, 0, 5, 1, 2, 1, 9, 9, 9, 9})
	f.Add([]byte{7, 9, 255, 59, 1, 77, 149, 33, 1, 12, 88, 59, 0, 59, 0, 6, 1, 1, 9, 6, 1, 1, 30, 3, 1, 1, 2})
	f.Fuzz(checkStream)
}

// TestManyStreams is FuzzHalf on long inputs, which the fuzzer is slow to find.
func TestManyStreams(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 1500)
	for range 2000 {
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		checkStream(t, data)
	}
}

// checkStream sends the stream that data stands for through a half.
func checkStream(t *testing.T, data []byte) {
	d := &dice{data}
	mode := d.roll(8)
	drop, join, cut := mode&1 != 0, mode&2 != 0, mode&4 != 0
	s := send(d, cut)
	var h Half
	var b Budget
	r := &receiver{t: t, sent: s, exact: !drop && !join, pos: -1}
	if !join {
		h.Start(s.isn)
		r.pos = 0
	}
	fin := false
	for _, seg := range s.segments {
		if drop && d.roll(4) == 1 {
			continue
		}
		fin = fin || seg.FIN
		more := h.Push(&seg, &b)
		if n := r.drain(&h); more != (n > 0) {
			t.Fatalf("Push reported %v, then came %d chunks", more, n)
		}
		if drop && d.roll(3) == 1 {
			more := h.Acked(s.isn + uint32(d.roll(256)*4))
			if n := r.drain(&h); more != (n > 0) {
				t.Fatalf("Acked reported %v, then came %d chunks", more, n)
			}
		}
	}
	if r.exact && (!r.ended || r.pos != len(s.bytes)) {
		t.Fatalf("%d of %d bytes, end: %v", r.pos, len(s.bytes), r.ended)
	}
	if more, n := h.Flush(), r.drain(&h); more != (n > 0) {
		t.Fatalf("Flush reported %v, then came %d chunks", more, n)
	}
	if !r.ended || fin && r.pos != len(s.bytes) {
		t.Fatalf("stopped at %d of %d, end: %v", r.pos, len(s.bytes), r.ended)
	}
	if b.Held != 0 || h.queue != nil || h.ready.data != nil {
		t.Fatalf("%d bytes held after the end", b.Held)
	}
}

// FuzzHostile makes any calls with any numbers, drained or not. The stream that
// comes out hangs together, and what is held stays in order and within bounds.
func FuzzHostile(f *testing.F) {
	f.Add([]byte{1, 0, 0, 4, 1, 0, 8, 4, 3, 0, 12, 0, 4, 0, 0, 0})
	f.Add([]byte{17, 0, 0, 4, 33, 9, 0, 0, 65, 200, 8, 4, 129, 255, 255, 9, 5, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		const maxHeld = 4000
		b := Budget{Max: maxHeld}
		halves := make([]Half, 3)
		type progress struct {
			begun, ended bool
			next         uint32
		}
		seen := make([]progress, len(halves))
		payload := make([]byte, 256)
		for i := 0; len(data) >= 4; i++ {
			op, hi, lo, n := data[0], data[1], data[2], int(data[3])
			data = data[4:]
			k := int(op>>3) % len(halves)
			h := &halves[k]
			seq := uint32(int8(hi))<<24 + uint32(lo)*3
			drain := op&0x80 == 0
			switch op & 7 {
			default:
				s := Segment{
					Mark: Mark{Time: int64(i) * 1e8, Packet: int64(i)}, Seq: seq, Data: payload[:n], Len: n,
					SYN: n == 3, FIN: n == 5, RST: n == 7,
				}
				if n == 11 {
					s.Len = int(seq) - 1<<20
				} else if n%8 == 6 {
					s.Len += int(lo)
				}
				h.Push(&s, &b)
			case 4:
				h.Acked(seq)
			case 5:
				h.Start(seq)
			case 6:
				h.Flush()
			case 7:
				h.Reset()
				seen[k] = progress{}
			}
			var c Chunk
			p := &seen[k]
			for drain && h.Next(&c) {
				if p.ended {
					t.Fatalf("%+v follows the end", c)
				}
				if c.Gap == Unknown && p.begun || c.Gap < Unknown {
					t.Fatalf("gap of %d, begun: %v", c.Gap, p.begun)
				}
				if p.begun && c.Seq != p.next+uint32(c.Gap) {
					t.Fatalf("%d follows %d with a gap of %d", c.Seq, p.next, c.Gap)
				}
				if c.End != (len(c.Data) == 0) {
					t.Fatalf("%+v", c)
				}
				p.begun, p.ended, p.next = true, c.End, c.Seq+uint32(len(c.Data))
			}
			checkHeld(t, h)
			// A queue that is not drained may be over; others may add a segment each.
			if limit := int64(maxHeld + len(halves)*4000); drain && b.Held > limit {
				t.Fatalf("%d bytes held", b.Held)
			}
		}
		for i := range halves {
			halves[i].Reset()
		}
		if b.Held != 0 {
			t.Fatalf("%d bytes held after Reset", b.Held)
		}
	})
}

// checkHeld checks that what h holds is in order, without overlaps, accounted
// for, and not before what was handed out.
func checkHeld(t *testing.T, h *Half) {
	t.Helper()
	if h.queue == nil {
		return
	}
	live := 0
	held := h.queue.held()
	for i := range held {
		live += len(held[i].data)
		if i > 0 && before(held[i].seq, held[i-1].end()) {
			t.Fatalf("held piece %d at %d overlaps what ends at %d", i, held[i].seq, held[i-1].end())
		}
	}
	if len(held) > 0 && h.phase != joining && before(held[0].seq, h.next) {
		t.Fatalf("held at %d, %d was handed out", held[0].seq, h.next)
	}
	if live != h.queue.live {
		t.Fatalf("%d bytes live, counted as %d", live, h.queue.live)
	}
}
