package align

// line says how far one clock is ahead of another, as a function of its own time:
// by offset nanoseconds at origin, and by slope more for each nanosecond since.
type line struct {
	origin, offset int64
	slope          float64
}

// ahead returns how far the clock is ahead when it shows t.
func (l line) ahead(t int64) int64 {
	return l.offset + int64(l.slope*float64(t-l.origin))
}

// other returns what the other clock shows then.
func (l line) other(t int64) int64 { return t - l.ahead(t) }

// inverse returns how far the other clock is ahead of this one.
func (l line) inverse() line {
	return line{origin: l.origin - l.offset, offset: -l.offset, slope: -l.slope / (1 - l.slope)}
}

// after returns how far this clock is ahead of a third if the other clock is ahead
// of the third by m.
func (l line) after(m line) line {
	return line{
		origin: l.origin,
		offset: l.offset + m.ahead(l.origin-l.offset),
		slope:  l.slope + m.slope*(1-l.slope),
	}
}
