package align

// vertex is a bound in coordinates in which a float64 is exact enough: time since
// the middle of the bounds, and difference from the first of them, in nanoseconds.
type vertex struct{ x, y float64 }

// hull returns those bounds, sorted by time, that a line can touch: the lower
// convex hull of upper bounds (sign 1), or the upper one of lower bounds (sign -1),
// by Andrew's monotone chain.
func hull(of []bound, x0, y0, sign int64) []vertex {
	var h []vertex
	for _, b := range of {
		v := vertex{float64(b.at - x0), float64(b.ahead - y0)}
		for len(h) > 0 {
			last := h[len(h)-1]
			if last.x == v.x {
				if (v.y-last.y)*float64(sign) >= 0 {
					break
				}
			} else if len(h) == 1 || turnsUp(h[len(h)-2], last, v, float64(sign)) {
				break
			}
			h = h[:len(h)-1]
		}
		if len(h) > 0 && h[len(h)-1].x == v.x {
			continue // behind one that binds more
		}
		h = append(h, v)
	}
	return h
}

func turnsUp(a, b, c vertex, sign float64) bool {
	return ((b.x-a.x)*(c.y-a.y)-(b.y-a.y)*(c.x-a.x))*sign > 0
}

// corridor is where lines may run: below the vertices of upper, above those of
// lower.
type corridor struct{ upper, lower []vertex }

// ceiling returns how high, at x = 0, a line of this slope may run, and floor how
// low.
func (c *corridor) ceiling(slope float64) float64 {
	least := c.upper[0].y - slope*c.upper[0].x
	for _, v := range c.upper[1:] {
		least = min(least, v.y-slope*v.x)
	}
	return least
}

func (c *corridor) floor(slope float64) float64 {
	most := c.lower[0].y - slope*c.lower[0].x
	for _, v := range c.lower[1:] {
		most = max(most, v.y-slope*v.x)
	}
	return most
}

// width returns the width of the corridor at a slope: a concave function, negative
// where no line fits.
func (c *corridor) width(slope float64) float64 { return c.ceiling(slope) - c.floor(slope) }

// steps is how often an interval is narrowed by a third or a half: from 2e-3, the
// slopes that are looked at, to less than a nanosecond in a year.
const steps = 96

// highest returns where within [lo, hi] a concave function is largest.
func highest(lo, hi float64, f func(float64) float64) float64 {
	for range steps {
		third := (hi - lo) / 3
		if a, b := lo+third, hi-third; f(a) < f(b) {
			lo = a
		} else {
			hi = b
		}
	}
	return (lo + hi) / 2
}

// edge returns the last point on the way from in, where a concave function is not
// negative, to out at which it is so.
func edge(in, out float64, f func(float64) float64) float64 {
	if f(out) >= 0 {
		return out
	}
	for range steps {
		if mid := (in + out) / 2; f(mid) >= 0 {
			in = mid
		} else {
			out = mid
		}
	}
	return in
}

// reach returns the extremes at x of the lines that fit. Their slopes are those
// within [from, to].
func (c *corridor) reach(x, from, to float64) (low, high float64) {
	top := func(s float64) float64 { return c.ceiling(s) + s*x }
	bottom := func(s float64) float64 { return -c.floor(s) - s*x }
	return -bottom(highest(from, to, bottom)), top(highest(from, to, top))
}
