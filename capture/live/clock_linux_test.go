package live

import (
	"testing"
	"time"
)

// clocks are clocks that a test sets.
type clocks struct {
	monotonic int64
	offset    int64
	widths    []int64 // how long each reading takes, in turn
	readings  int
}

func (c *clocks) sample() (before, wall, after int64) {
	width := c.widths[c.readings%len(c.widths)]
	c.readings++
	before = c.monotonic
	c.monotonic += width
	// Read at the very end, which is as wrong as it gets.
	return before, c.monotonic + c.offset, c.monotonic
}

func TestClock(t *testing.T) {
	const hour = int64(time.Hour)
	for _, c := range []struct {
		name  string
		step  int64 // of the Unix time
		after int64 // monotonic time that passes before the packet
		want  int64 // by how much the time of the packet moves
	}{
		{"nothing happens", 0, 10 * int64(time.Second), 0},
		{"a step that is not noticed yet", hour, clockInterval / 2, 0},
		{"a step forward", hour, 2 * clockInterval, hour},
		{"a step backward", -hour, 2 * clockInterval, -hour},
		{"a small step", int64(time.Millisecond), 2 * clockInterval, int64(time.Millisecond)},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := &clocks{monotonic: 5e9, offset: 1.7e18, widths: []int64{100}}
			clock := newClock(source.sample)
			first := clock.unix(source.monotonic)
			if off := first - (source.monotonic + source.offset); off < -100 || off > 100 {
				t.Fatalf("at first it is off by %d ns", off)
			}
			source.offset += c.step
			source.monotonic += c.after
			at := source.monotonic
			if got := clock.unix(at) - (at + 1.7e18); got < c.want-200 || got > c.want+200 {
				t.Errorf("moved by %d ns, want %d", got, c.want)
			}
		})
	}
}

func TestClockTakesBestMeasurement(t *testing.T) {
	// The reader loses the CPU in all readings but one.
	source := &clocks{offset: 1e18, widths: []int64{1e7, 1e6, 40, 1e7, 1e8}}
	clock := newClock(source.sample)
	if off := clock.offset - source.offset; off < 0 || off > 40 {
		t.Errorf("off by %d ns", off)
	}
}

// TestClockNoise holds times to the same offset while measurements vary.
func TestClockNoise(t *testing.T) {
	source := &clocks{offset: 1e18, widths: []int64{30, 500, 70, 2000, 90, 40, 60}}
	clock := newClock(source.sample)
	last := clock.unix(source.monotonic)
	for range 1000 {
		source.monotonic += clockInterval / 3
		now := clock.unix(source.monotonic)
		if now < last {
			t.Fatalf("time goes back by %d ns without a step", last-now)
		}
		last = now
	}
	if off := clock.offset - source.offset; off < -100 || off > 100 {
		t.Errorf("off by %d ns", off)
	}
}

func TestSystemClocks(t *testing.T) {
	clock := newClock(systemClocks)
	before := time.Now().UnixNano()
	now := clock.now()
	after := time.Now().UnixNano()
	// The machine may step its clock, but not by much.
	if slack := int64(time.Second); now < before-slack || now > after+slack {
		t.Errorf("%d is not between %d and %d", now, before, after)
	}
}
