package align

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// usual is a link with a delay of some milliseconds each way and twenty
// microseconds of jitter, over which a request goes each five milliseconds.
func usual(a, b int, there, back, length int64) link {
	return link{a: a, b: b, there: there, back: back, jitter: 20 * micro, every: 5 * milli, to: length}
}

func TestEstimate(t *testing.T) {
	const long = 20 * second
	for _, c := range []struct {
		name   string
		clocks []clockModel
		links  []link
		given  map[int]int64
		want   []State
		why    Reason // of those unaligned
		exact  int64  // how close to the truth estimates must come; 0: their error says
		ppm    []float64
	}{
		{
			name:   "one clock is ahead, and the ways are alike",
			clocks: []clockModel{{}, {offset: 350 * milli}},
			links:  []link{usual(0, 1, milli, milli, long)},
			want:   []State{Reference, Aligned}, exact: 50 * micro,
		},
		{
			name:   "the reference is behind by hours",
			clocks: []clockModel{{offset: -7200 * second}, {}},
			links:  []link{usual(1, 0, milli, milli, long)},
			want:   []State{Reference, Aligned}, exact: 50 * micro,
		},
		{
			name:   "the ways differ: off by half of that, and within the error",
			clocks: []clockModel{{}, {offset: -2 * second}},
			links:  []link{usual(0, 1, 100*micro, 25*milli, long)},
			want:   []State{Reference, Aligned},
		},
		{
			name:   "the clocks agree as far as can be told",
			clocks: []clockModel{{}, {offset: 3 * milli}},
			links:  []link{usual(0, 1, 25*milli, 25*milli, long)},
			want:   []State{Reference, Aligned}, exact: 3 * milli, ppm: []float64{0, 0},
		},
		{
			name:   "a drift of 50 ppm that makes up a millisecond",
			clocks: []clockModel{{}, {offset: 350 * milli, ppm: 50}},
			links:  []link{usual(0, 1, 25*milli, 25*milli, long)},
			want:   []State{Reference, Aligned}, exact: 100 * micro, ppm: []float64{0, 50},
		},
		{
			name:   "a drift of 200 ppm for ten minutes, which is many round trips",
			clocks: []clockModel{{}, {ppm: -200}},
			links:  []link{{a: 0, b: 1, there: milli, back: milli, jitter: 50 * micro, every: 50 * milli, to: 600 * second}},
			want:   []State{Reference, Aligned}, exact: 100 * micro, ppm: []float64{0, -200},
		},
		{
			name:   "through a third, two with clocks of their own",
			clocks: []clockModel{{}, {offset: second}, {offset: -second}},
			links:  []link{usual(0, 1, milli, milli, long), usual(1, 2, milli, milli, long)},
			want:   []State{Reference, Aligned, Aligned}, exact: 100 * micro,
		},
		{
			name:   "over the two good links, not over the bad one",
			clocks: []clockModel{{}, {offset: second}, {offset: -second}},
			links:  []link{usual(0, 1, milli, milli, long), usual(1, 2, milli, milli, long), usual(0, 2, milli, 100*milli, long)},
			want:   []State{Reference, Aligned, Aligned}, exact: 100 * micro,
		},
		{
			name:   "a chain with drifts that add up",
			clocks: []clockModel{{}, {offset: second, ppm: 100}, {offset: -second, ppm: -100}},
			links:  []link{usual(0, 1, milli, milli, 60*second), usual(1, 2, milli, milli, 60*second)},
			want:   []State{Reference, Aligned, Aligned}, exact: 200 * micro, ppm: []float64{0, 100, -100},
		},
		{
			name:   "two hosts of one network share the wrong clock",
			clocks: []clockModel{{}, {offset: second}, {offset: second}},
			links:  []link{usual(0, 1, milli, milli, long), usual(0, 2, 2*milli, 3*milli, long), usual(1, 2, 100*micro, 100*micro, long)},
			want:   []State{Reference, Aligned, Aligned}, exact: 50 * micro,
		},
		{
			name:   "nothing in common",
			clocks: []clockModel{{}, {offset: second}, {}, {}},
			links:  []link{usual(0, 2, milli, milli, long), {a: 1, b: 7, there: milli, back: milli, every: 5 * milli, to: long}},
			want:   []State{Reference, Unaligned, Aligned, Alone}, why: NotInCommon,
		},
		{
			name:   "one direction only",
			clocks: []clockModel{{}, {offset: second}},
			links:  []link{{a: 0, b: 1, there: milli, every: 5 * milli, to: long, oneWay: true}},
			want:   []State{Reference, Unaligned}, why: OneDirection,
		},
		{
			name:   "a clock was set ahead while capturing",
			clocks: []clockModel{{}, {setAt: 10 * second, set: 80 * milli}},
			links:  []link{usual(0, 1, milli, milli, long)},
			want:   []State{Reference, Unaligned}, why: ClockSet,
		},
		{
			name:   "a clock was set back by hours",
			clocks: []clockModel{{}, {setAt: 3 * second, set: -3600 * second}},
			links:  []link{usual(0, 1, milli, milli, long)},
			want:   []State{Reference, Unaligned}, why: ClockSet,
		},
		{
			name:   "a clock was set by less than a round trip: the error covers it",
			clocks: []clockModel{{}, {offset: second, setAt: 10 * second, set: 40 * milli}},
			links:  []link{usual(0, 1, 25*milli, 25*milli, long)},
			want:   []State{Reference, Aligned},
		},
		{
			name: "a clock wanders about by more than a round trip: the error covers it",
			clocks: []clockModel{{}, {offset: second, wander: func(since int64) int64 {
				return abs(since%(8*second)-4*second) / 10_000 // up and down by 400 us
			}}},
			links: []link{usual(0, 1, 100*micro, 100*micro, long)},
			want:  []State{Reference, Aligned},
		},
		{
			name:   "segments lost from either capture, and others sent twice",
			clocks: []clockModel{{}, {offset: 350 * milli}},
			links:  []link{{a: 0, b: 1, there: milli, back: milli, jitter: 20 * micro, every: 5 * milli, to: long, lost: 0.2, again: 0.05}},
			want:   []State{Reference, Aligned}, exact: 100 * micro,
		},
		{
			name:   "queues of a hundred times the delay",
			clocks: []clockModel{{}, {offset: 350 * milli}},
			links:  []link{{a: 0, b: 1, there: milli, back: milli, jitter: 30 * milli, every: 5 * milli, to: long}},
			want:   []State{Reference, Aligned}, exact: milli,
		},
		{
			name:   "rotated: what follows has the clock of what it follows",
			clocks: []clockModel{{}, {offset: second}, {offset: second}},
			links: []link{usual(0, 1, milli, milli, long), {a: 0, b: 2, there: milli, back: milli, jitter: 300 * micro,
				every: 5 * milli, from: long, to: 2 * long}},
			want: []State{Reference, Aligned, Aligned}, exact: 50 * micro,
		},
		{
			name:   "given beside estimated",
			clocks: []clockModel{{}, {offset: second}, {offset: 2 * second}},
			links:  []link{usual(0, 9, milli, milli, long), usual(1, 2, milli, milli, long)},
			given:  map[int]int64{1: second},
			want:   []State{Reference, Given, Aligned}, exact: 50 * micro,
		},
		{
			name:   "same captures at the same place",
			clocks: []clockModel{{}, {offset: second}},
			links:  []link{{a: 0, b: 1, every: 5 * milli, to: long}},
			want:   []State{Reference, Aligned}, exact: 50 * micro,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{clocks: c.clocks, links: c.links, seed: 3}
			got := w.clocksOf(c.given)
			for i := range got {
				g := &got[i]
				if g.State != c.want[i] || g.State == Unaligned && g.Why != c.why {
					t.Fatalf("capture %d: %v %v (%+v), want %v %v", i, g.State, g.Why, *g, c.want[i], c.why)
				}
				if g.State != Aligned {
					continue
				}
				check(t, w, i, g, c.exact)
				if c.ppm != nil && abs(g.Drift-int64(c.ppm[i]*1000)) > 5000 {
					t.Errorf("capture %d: a drift of %d ppb, want %v ppm", i, g.Drift, c.ppm[i])
				}
			}
		})
	}
}

// check holds an estimate against the truth, at times that its links span.
func check(t *testing.T, w *world, i int, c *Clock, exact int64) {
	t.Helper()
	from, to := int64(1<<62), int64(0)
	for _, l := range w.links {
		if l.a == i || l.b == i {
			from, to = min(from, l.from), max(to, l.to)
		}
	}
	for k := range int64(9) {
		since := from + (to-from)*k/8
		off := abs(w.off(i, c, since))
		if off > c.Error+resolution || exact != 0 && off > exact+resolution {
			t.Errorf("capture %d: %d ns off the truth after %d ms, with an error of %d ns (%+v)", i, off, since/milli, c.Error, *c)
		}
	}
}

// What is said of the error is true, whatever the delays, the drift and the loss.
func TestErrorHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	between := func(lo, hi int64) int64 { return lo + rng.Int64N(hi-lo+1) }
	drifts := []float64{0, 0, 50, -50, 200, -200}
	for n := range 120 {
		length := between(second, 40*second)
		model := func() clockModel {
			return clockModel{offset: between(-10*second, 10*second) * between(0, 1), ppm: drifts[rng.IntN(len(drifts))]}
		}
		way := func(a, b int) link {
			return link{a: a, b: b, there: between(100*micro, 25*milli), back: between(100*micro, 25*milli), jitter: between(0, 2*milli),
				every: between(2*milli, 200*milli), to: length, lost: rng.Float64() * 0.3}
		}
		w := &world{clocks: []clockModel{{}, model(), model()}, links: []link{way(0, 1), way(2, 1)}, seed: uint64(n)}
		if n%3 == 0 {
			w.links = append(w.links, way(2, 0))
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			for i, c := range w.clocksOf(nil) {
				if c.State != Aligned {
					if i > 0 {
						t.Errorf("capture %d: %+v", i, c)
					}
					continue
				}
				check(t, w, i, &c, 0)
				if c.Error > 60*milli {
					t.Errorf("capture %d: an error of %d ms is worth nothing", i, c.Error/milli)
				}
			}
		})
	}
}

// A correction has no more digits than its error is worth.
func TestOffsetIsRounded(t *testing.T) {
	for _, ahead := range []int64{350 * milli, -2000 * milli, 12_340 * micro, -12_340 * micro} {
		w := &world{clocks: []clockModel{{}, {offset: ahead}}, links: []link{usual(0, 1, milli, milli+80*micro, 5*second)}, seed: 4}
		c := w.clocksOf(nil)[1]
		if c.Offset%(100*micro) != 0 || abs(c.Offset-ahead) > 100*micro || c.Error < milli || c.Error > 2*milli {
			t.Errorf("ahead by %d: %+v", ahead, c)
		}
	}
}

// One vantage point, rotated or not, is nothing to talk about.
func TestAlone(t *testing.T) {
	for _, c := range []struct {
		name  string
		links []link
		n     int
		want  State
	}{
		{"one file", []link{usual(0, 9, milli, milli, second)}, 1, Alone},
		{"no packets at all", nil, 3, Alone},
		{"files that follow each other", []link{usual(0, 9, milli, milli, second),
			{a: 1, b: 9, there: 1, back: 1, every: milli, from: second, to: 2 * second}}, 2, Alone},
		{"files of the same time, of different hosts", []link{usual(0, 9, milli, milli, second), usual(1, 8, milli, milli, second)}, 2, Unaligned},
		{"a clock so wrong that files seem to follow each other", []link{usual(0, 1, milli, milli, second)}, 2, Aligned},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{clocks: make([]clockModel, 10), links: c.links, seed: 5}
			w.clocks[1].offset = 0
			if c.want == Aligned {
				w.clocks[1].offset = 3600 * second
			}
			tables := w.tables()[:c.n]
			got := resolve(tables, match(tables), nil)
			if got[c.n-1].State != c.want {
				t.Errorf("got %+v, want %v", got, c.want)
			}
		})
	}
}

// The parts of a rotated capture have one clock, so that none of their packets
// change places.
func TestRotatedPartsHaveOneClock(t *testing.T) {
	w := &world{clocks: make([]clockModel, 9), seed: 8}
	for i := 1; i < len(w.clocks); i++ {
		w.clocks[i].offset = 350 * milli
		from := int64(i) * 5 * second
		w.links = append(w.links, link{a: 0, b: i, there: milli, back: milli, jitter: 200 * micro, every: 20 * milli, from: from, to: from + 5*second})
	}
	got := w.clocksOf(nil)
	for i := 2; i < len(got); i++ {
		if got[i].line() != got[1].line() {
			t.Errorf("part %d: %+v, and part 1: %+v", i, got[i], got[1])
		}
	}
}
