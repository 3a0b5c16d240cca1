package live

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// clockInterval is how often the offset of the clock is measured.
	clockInterval = int64(time.Second)
	// clockTries is how often a measurement is repeated to find the best one.
	clockTries = 5
)

// clock turns times of CLOCK_MONOTONIC, which is what the kernel has for eBPF
// programs, into nanoseconds since the Unix epoch.
//
// The kernel derives both clocks from the same counter and lets NTP speed up and
// slow down both alike. So their offset is a constant but for steps: when
// somebody sets the time, at a leap second, and after the host was suspended. A
// step is followed within clockInterval. Packets from before the step that are
// read after it was noticed move with it, those from after it that are read
// before do not; so times jump once, by the size of the step, and go back by no
// more than that.
type clock struct {
	offset   int64 // Unix time minus monotonic time
	measured int64 // when, in monotonic time
	sample   func() (before, wall, after int64)
}

// newClock measures the offset by sample, which reads the monotonic clock before
// and after the Unix time.
func newClock(sample func() (before, wall, after int64)) *clock {
	c := &clock{sample: sample}
	offset, _, at := c.measure()
	c.offset, c.measured = offset, at
	return c
}

// unix returns the Unix time of a monotonic time.
func (c *clock) unix(monotonic int64) int64 {
	if monotonic-c.measured > clockInterval {
		c.follow()
	}
	return monotonic + c.offset
}

// now returns the Unix time that unix would return for this moment.
func (c *clock) now() int64 {
	now, _, _ := c.sample()
	return c.unix(now)
}

// follow measures the offset again. What differs by less than the measurement is
// sure of is no step.
func (c *clock) follow() {
	offset, width, at := c.measure()
	if diff := offset - c.offset; diff > width || -diff > width {
		c.offset = offset
	}
	c.measured = at
}

// measure returns the offset, how much it may be wrong by, and the monotonic
// time. A measurement is as good as its two readings of the monotonic clock are
// close: the best of some is taken, as the reader may lose the CPU in between.
func (c *clock) measure() (offset, width, at int64) {
	width = math.MaxInt64
	for range clockTries {
		before, wall, after := c.sample()
		if after-before < width {
			width = after - before
			offset = wall - (before + width/2)
		}
		at = after
	}
	return offset, width, at
}

// systemClocks reads the clocks of the kernel.
func systemClocks() (before, wall, after int64) {
	return readClock(unix.CLOCK_MONOTONIC), readClock(unix.CLOCK_REALTIME), readClock(unix.CLOCK_MONOTONIC)
}

func readClock(id int32) int64 {
	var t unix.Timespec
	// It cannot fail: both clocks exist everywhere, and t can be written to.
	_ = unix.ClockGettime(id, &t)
	return t.Nano()
}
