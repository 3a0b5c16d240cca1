package align

import (
	"cmp"
	"slices"
)

const (
	// resolution is how much two times of one packet may be off for no other
	// reason than being written in microseconds, in nanoseconds.
	resolution = 2_000
	// maxSlope bounds how fast two clocks come apart, a thousandth: Linux slews by
	// 0.5 per mille at most (adjtimex, MAXFREQ), and crystals add a tenth of that.
	maxSlope = 1e-3
	// neighbours is how many bounds of the other kind, before and after it in time,
	// a bound is compared with.
	neighbours = 4
	// maxOdd is the share of bounds, one in so many, that may contradict their
	// neighbours.
	maxOdd = 8
)

// bound says that at some time the second clock was ahead of the first by no more,
// or no less, than so many nanoseconds.
type bound struct{ at, ahead int64 }

// bounds are what the common segments say about the clocks of two captures. The
// second clock lies below all upper bounds and above all lower ones.
type bounds struct {
	upper, lower []bound
	turns        []turn
	segments     int // in common, used or not
}

// turn is a segment of one direction and the next of the other: how long they are
// apart, and by how much their differences are, which is a round trip between the
// two points, all in nanoseconds.
type turn struct{ at, apart, trip int64 }

// add adds the common segments of two hosts.
//
// The segments of one direction pass the first point before the second and have
// differences that are too large by their delays; those of the other direction
// have differences that are too small. Which is which, the differences themselves
// tell: two segments close in time, one of each direction, differ by a round trip.
// The median of many such comparisons decides, so wrong samples do not, nor does
// a drift; a clock that is set in between spoils one comparison.
func (b *bounds) add(s []sample) {
	b.segments += len(s)
	slices.SortFunc(s, func(x, y sample) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.ahead, y.ahead))
	})
	var turns []turn
	for i := 1; i < len(s); i++ {
		if s[i].reverse == s[i-1].reverse {
			continue
		}
		trip := s[i].ahead - s[i-1].ahead
		if !s[i].reverse {
			trip = -trip
		}
		turns = append(turns, turn{s[i].at, s[i].at - s[i-1].at, trip})
	}
	if len(turns) == 0 {
		return // one direction alone tells nothing
	}
	slices.SortFunc(turns, func(x, y turn) int { return cmp.Compare(x.apart, y.apart) })
	turns = turns[:(len(turns)+1)/2] // where there are many, the closest
	slices.SortFunc(turns, func(x, y turn) int { return cmp.Compare(x.trip, y.trip) })
	reverseIsUpper := turns[len(turns)/2].trip > 0
	for _, x := range turns {
		if !reverseIsUpper {
			x.trip = -x.trip
		}
		b.turns = append(b.turns, x)
	}
	for _, x := range s {
		if x.reverse == reverseIsUpper {
			b.upper = append(b.upper, bound{x.at, x.ahead})
		} else {
			b.lower = append(b.lower, bound{x.at, x.ahead})
		}
	}
}

// settle sorts the bounds by time and drops those that most of their neighbours of
// the other kind contradict: a retransmission that was taken for its original, one
// of the two being missing from either capture. It reports false if that is more
// than a few.
func (b *bounds) settle() bool {
	order := func(x, y bound) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.ahead, y.ahead)) }
	slices.SortFunc(b.upper, order)
	slices.SortFunc(b.lower, order)
	n := len(b.upper) + len(b.lower)
	upper, lower := agreeing(b.upper, b.lower, 1), agreeing(b.lower, b.upper, -1)
	b.upper, b.lower = upper, lower
	odd := n - len(upper) - len(lower)
	return odd*maxOdd <= n && len(upper) > 0 && len(lower) > 0
}

// agreeing returns those bounds of one kind that at least half of their neighbours
// of the other do not contradict. Both are sorted by time; sign is 1 if the first
// are upper bounds and -1 if they are lower ones.
func agreeing(of, others []bound, sign int64) []bound {
	var kept []bound
	next := 0 // the first of others that is later
	for _, x := range of {
		for next < len(others) && others[next].at <= x.at {
			next++
		}
		near := others[max(0, next-neighbours):min(len(others), next+neighbours)]
		against := 0
		for _, o := range near {
			// What a drift of any size could explain is no contradiction.
			slack := resolution + int64(maxSlope*float64(max(x.at, o.at)-min(x.at, o.at)))
			if sign*(x.ahead-o.ahead) < -slack {
				against++
			}
		}
		if 2*against <= len(near) {
			kept = append(kept, x)
		}
	}
	return kept
}
