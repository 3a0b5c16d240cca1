package align

import (
	"math/rand/v2"
	"testing"
)

func TestLine(t *testing.T) {
	l := line{origin: start, offset: 350 * milli, slope: 50e-6}
	for _, c := range []struct{ since, want int64 }{{0, 350 * milli}, {20 * second, 351 * milli}, {-20 * second, 349 * milli}} {
		if got := l.ahead(start + c.since); got != c.want {
			t.Errorf("ahead by %d after %d s, want %d", got, c.since/second, c.want)
		}
	}
}

// Clocks compared the other way round, and over a third, show the same times.
func TestLinesCompose(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() line {
		return line{start + rng.Int64N(1000*second), rng.Int64N(20*second) - 10*second, (rng.Float64() - 0.5) * 2e-3}
	}
	for range 1000 {
		l, m := random(), random()
		at := start + rng.Int64N(1000*second)
		if got := l.inverse().other(l.other(at)); abs(got-at) > 2 {
			t.Fatalf("there and back: %d becomes %d with %+v", at, got, l)
		}
		if got, want := l.after(m).other(at), m.other(l.other(at)); abs(got-want) > 2 {
			t.Fatalf("over a third: %d, want %d with %+v, %+v", got, want, l, m)
		}
	}
}

// A clock loses less than its unit over an hour.
func TestClockKeepsTheLine(t *testing.T) {
	l := line{start, 3 * second, 123.4567891e-6}
	c := newClock(Aligned, l, start+1800*second)
	for _, since := range []int64{0, 1800, 3600} {
		at := start + since*second
		if d := abs(c.line().ahead(at) - l.ahead(at)); d > 2*micro {
			t.Errorf("%d ns off after %d s", d, since)
		}
	}
}
