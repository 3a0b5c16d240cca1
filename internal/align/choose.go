package align

import "math"

// choose returns the clock of capture i, which is reached over a path.
//
// The clocks of captures that are known already come first, beginning with the
// reference: if the packets admit that i has the same clock, it has. Hosts are kept
// by NTP, and captures of one host share a clock; an estimate, on the other hand, is
// off by as much as the ways there and back differ. A correction smaller than its
// own error could so turn around what two clocks had in the right order; and the
// parts of a rotated capture, each with an estimate of its own, would no longer fit
// together. Only where no known clock will do the estimate is used, in no more
// digits than its error is worth.
func (r *resolver) choose(i int, p *path) Clock {
	f, against := r.between(i, p.via)
	estimate := against.after(r.lines[p.via])
	middle := r.tables[i].middle()
	chosen, off, ok := r.same(i, p, estimate)
	if !ok {
		chosen, off, ok = r.rounded(i, p, estimate, middle)
	}
	if !ok {
		chosen, off = estimate, 0
	}
	c := newClock(Aligned, chosen, middle)
	c.Error = int64(math.Ceil(p.err + off))
	c.Via, c.Packets = p.via, f.segments
	return c
}

// rounded returns the estimate in units of a power of ten that is a tenth to a
// hundredth of its error, and how far that is off; false if the packets do not
// admit it, or there is a drift.
func (r *resolver) rounded(i int, p *path, estimate line, middle int64) (line, float64, bool) {
	if estimate.slope != 0 {
		return line{}, 0, false
	}
	digit := int64(1)
	for float64(digit)*100 <= p.err {
		digit *= 10
	}
	offset := estimate.ahead(middle)
	near := offset + digit/2
	if near < 0 {
		near -= digit - 1 // division rounds towards zero
	}
	l := line{offset: near / digit * digit}
	return l, math.Abs(float64(l.offset - offset)), r.admitted(i, l)
}

// same returns the first known clock that capture i may have, and how far that is
// at most from the estimate; false if there is none.
func (r *resolver) same(i int, p *path, estimate line) (line, float64, bool) {
	t := r.tables[i]
	for _, l := range r.known {
		from := float64(l.ahead(t.first) - estimate.ahead(t.first))
		to := float64(l.ahead(t.end) - estimate.ahead(t.end))
		off := max(from, -from, to, -to)
		// A drift that could be told makes them two clocks.
		if off <= p.err && max(to-from, from-to) <= p.untold && r.admitted(i, l) {
			return l, off, true
		}
	}
	return line{}, 0, false
}

// admitted reports whether all that captures of known clock have in common with i
// admits that i is ahead of the reference by l.
func (r *resolver) admitted(i int, l line) bool {
	for _, j := range r.peers[i] {
		if !r.done[j] {
			continue
		}
		f, _ := r.between(i, j)
		// The fit says how far the second of the two is ahead of the first.
		ahead := l.after(r.lines[j].inverse())
		if i < j {
			ahead = r.lines[j].after(l.inverse())
		}
		if !f.admits(ahead) {
			return false
		}
	}
	return true
}
