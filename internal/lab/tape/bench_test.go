package tape_test

import (
	"io"
	"testing"

	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
)

func begun(t testing.TB, f world.Flow) *tape.Tape {
	t.Helper()
	tp, err := tape.New(io.Discard, tape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range life(f)[:3] {
		tp.Segment(&s)
	}
	return tp
}

func TestSegmentsAllocateNothing(t *testing.T) {
	for _, f := range []world.Flow{four, six} {
		tp := begun(t, f)
		s := world.Segment{Flow: f, At: start, Data: make([]byte, 100)}
		if n := testing.AllocsPerRun(10_000, func() { tp.Segment(&s) }); n > 0 {
			t.Errorf("flow %d: %v allocations a segment", f.ID, n)
		}
	}
}

func BenchmarkSegment(b *testing.B) {
	tp := begun(b, four)
	s := world.Segment{Flow: four, At: start, Data: make([]byte, 100)}
	b.ReportAllocs()
	for b.Loop() {
		tp.Segment(&s)
	}
}

func BenchmarkSegment32KiB(b *testing.B) {
	tp := begun(b, four)
	s := world.Segment{Flow: four, At: start, Data: make([]byte, 32<<10)}
	b.ReportAllocs()
	b.SetBytes(int64(len(s.Data)))
	for b.Loop() {
		tp.Segment(&s)
	}
}
