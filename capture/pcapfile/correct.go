package pcapfile

import (
	"math"
	"time"
)

// Correction says by how much the clock of a file is wrong: by Offset nanoseconds
// ahead at Origin, and by Drift parts per billion more from then on. Origin is by
// the clock that is wrong. The zero value is a clock that is right.
type Correction struct{ Offset, Drift, Origin int64 }

// maxDrift bounds Drift, so that the order of packets cannot change: the right
// time then never goes back while the wrong one goes on.
const maxDrift = 100_000_000

// right returns the right time for what the clock shows. Times that do not fit
// become the nearest that do.
func (c Correction) right(t int64) int64 {
	if c == (Correction{}) {
		return t
	}
	// Seconds and the rest apart, for the product with all of it would not fit.
	since := minus(t, c.Origin)
	sec, rest := since/int64(time.Second), since%int64(time.Second)
	drift := max(-maxDrift, min(c.Drift, maxDrift))
	return minus(minus(t, c.Offset), sec*drift+rest*drift/int64(time.Second))
}

// minus returns a - b, or the nearest time that there is.
func minus(a, b int64) int64 {
	switch d := a - b; {
	case b > 0 && d > a:
		return math.MinInt64
	case b < 0 && d < a:
		return math.MaxInt64
	default:
		return d
	}
}

// Correct has the times of packets corrected before anything is done with them:
// the files are merged by the corrected times, and these are what Options.From and
// To choose by, and what Next and Stats report. Within a file packets keep their
// order. There is one correction a file, in the order of Stats; files beyond are
// right. It must be called before the first Next.
func (s *Source) Correct(by []Correction) {
	for i := range min(len(by), len(s.files)) {
		s.files[i].clock = by[i]
	}
}
