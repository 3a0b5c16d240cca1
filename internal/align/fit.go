package align

import (
	"math"
	"slices"
)

const (
	// maxWander is by how much, in nanoseconds, bounds may contradict a line
	// without a clock having been set: clocks that are kept by NTP wander.
	maxWander = 1_000_000
	// windows is into how many stretches the bounds are cut to see their jitter.
	windows = 8
	// minWindows is how many of them must hold bounds of both kinds for a drift to
	// be told.
	minWindows = 4
	// driftOverJitter is how many times the jitter a drift must narrow the corridor
	// by to be told from it.
	driftOverJitter = 3
)

// fit is how the clocks of two captures go against each other.
type fit struct {
	line             // the second clock ahead of the first, by the second
	err      float64 // how far it may be wrong, anywhere between from and to, nanoseconds
	from, to int64   // the stretch that the bounds span, by the second clock
	untold   float64 // how much a drift may make up in that stretch and not be told
	yielding float64 // by how much bounds may be overstepped: not 0 if the clocks wander
	segments int     // in common
	x0, y0   int64   // what the corridor's coordinates are relative to
	corridor         // what it was found from
}

// fitLine finds the line that the bounds, which must be settled, leave room for.
// It reports false if there is none: a clock was set while capturing.
func fitLine(b *bounds) (*fit, bool) {
	f := &fit{segments: b.segments}
	f.from = min(b.upper[0].at, b.lower[0].at)
	f.to = max(b.upper[len(b.upper)-1].at, b.lower[len(b.lower)-1].at)
	f.x0, f.y0 = f.from+(f.to-f.from)/2, b.upper[0].ahead
	f.corridor = corridor{hull(b.upper, f.x0, f.y0, 1), hull(b.lower, f.x0, f.y0, -1)}

	best := highest(-maxSlope, maxSlope, f.width)
	widest := f.width(best)
	if widest < -2*maxWander {
		return nil, false
	}
	f.yielding = max(0, -widest/2)
	f.set(best)
	jitter, told := f.jitter(b)
	f.untold = driftOverJitter*jitter + 2*resolution
	if !told {
		f.untold = math.Inf(1)
	}
	if widest-f.width(0) <= f.untold {
		f.set(0)
		f.yielding = max(0, -f.width(0)/2)
	}
	f.err = f.uncertainty(b, best)
	return f, true
}

// set makes the line the middle of the corridor at a slope.
func (f *fit) set(slope float64) {
	mid := (f.ceiling(slope) + f.floor(slope)) / 2
	f.line = line{f.x0, f.y0 + int64(math.Round(mid)), slope}
}

// window returns in which window a time is.
func (f *fit) window(at int64) int {
	return max(0, min(windows-1, int(float64(at-f.from)/float64(f.to-f.from+1)*windows)))
}

// jitter returns by how much the best bounds of a window are usually worse than
// the best of all, both kinds together: that much of the shape of the corridor is
// chance. It reports false if there are too few windows to tell.
func (f *fit) jitter(b *bounds) (float64, bool) {
	upper, ok1 := f.worse(b.upper, 1)
	lower, ok2 := f.worse(b.lower, -1)
	return upper + lower, ok1 && ok2
}

func (f *fit) worse(of []bound, sign float64) (float64, bool) {
	best := slices.Repeat([]float64{math.Inf(1)}, windows)
	for _, x := range of {
		w := &best[f.window(x.at)]
		*w = min(*w, sign*float64(x.ahead-f.ahead(x.at)))
	}
	best = finite(best)
	if len(best) < minWindows {
		return 0, false
	}
	return best[len(best)/2] - best[0], true
}

// finite returns what is not infinite, in order.
func finite(x []float64) []float64 {
	x = slices.DeleteFunc(x, func(x float64) bool { return math.IsInf(x, 0) })
	slices.Sort(x)
	return x
}

// uncertainty returns how far the line may be off: as far as the farthest line that
// the bounds admit, whatever its drift, and not less than clocks allow that do not
// go like a line. At a turn both the truth and the line lie between the two bounds,
// which are a round trip apart, and the line half the width of the corridor from
// either. So the two are off each other by at most the round trip less that half.
func (f *fit) uncertainty(b *bounds, best float64) float64 {
	worst := max(0, f.trip(b)-f.width(f.slope)/2)
	if f.width(best) < 0 {
		return worst
	}
	least, most := edge(best, -maxSlope, f.width), edge(best, maxSlope, f.width)
	for _, t := range [...]int64{f.from, f.to} {
		low, high := f.reach(float64(t-f.x0), least, most)
		at := float64(f.ahead(t) - f.y0)
		worst = max(worst, high-at, at-low)
	}
	return worst
}

// trip returns the smallest round trip of a good window: in some windows there are
// too few packets to meet the smallest delays.
func (f *fit) trip(b *bounds) float64 {
	least := slices.Repeat([]float64{math.Inf(1)}, windows)
	for _, x := range b.turns {
		w := &least[f.window(x.at)]
		*w = min(*w, float64(x.trip))
	}
	least = finite(least)
	return least[len(least)/4]
}

// admits reports whether the bounds admit another line in the place of the one
// that was found.
func (f *fit) admits(l line) bool {
	slack := f.yielding + resolution
	within := func(v vertex, sign float64) bool {
		return sign*(v.y-float64(l.ahead(f.x0+int64(v.x))-f.y0)) >= -slack
	}
	for _, v := range f.upper {
		if !within(v, 1) {
			return false
		}
	}
	for _, v := range f.lower {
		if !within(v, -1) {
			return false
		}
	}
	return true
}
