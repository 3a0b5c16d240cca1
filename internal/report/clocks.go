package report

import (
	"fmt"
	"strings"
)

// textClocks is how many clocks the text has a word about.
const textClocks = 6

// clocks says how far the clocks of the captures are from that of the reference.
// It is empty if all went alike, or there is nothing to compare.
func (t *text) clocks() string {
	reference := ""
	var apart, unaligned []string
	for i := range t.r.Captures {
		c := &t.r.Captures[i]
		switch c.Clock {
		case "reference":
			reference = " against " + t.file(i)
		case "unaligned":
			s := t.file(i) + " not aligned"
			if c.ClockNote != "" {
				s += ": " + c.ClockNote
			}
			unaligned = append(unaligned, s)
		case "given":
			apart = append(apart, fmt.Sprintf("%s %+.1f ms (given)", t.file(i), c.ClockOffsetMS))
		case "aligned":
			if c.ClockOffsetMS != 0 || c.ClockDriftPPM != 0 {
				apart = append(apart, fmt.Sprintf("%s %+.1f ms%s", t.file(i), c.ClockOffsetMS, precision(c)))
			}
		}
	}
	var parts []string
	if len(apart) > 0 {
		parts = append(parts, list(apart, textClocks, "captures")+reference)
	}
	if len(unaligned) > 0 {
		parts = append(parts, list(unaligned, textClocks, "captures"))
	}
	return strings.Join(parts, "; ")
}

// precision says how far an estimate may be off, and how it grows.
func precision(c *Capture) string {
	s := fmt.Sprintf(" (+-%.1f", c.ClockErrorMS)
	if c.ClockDriftPPM != 0 {
		s += fmt.Sprintf(", %+.0f ppm", c.ClockDriftPPM)
	}
	return s + ")"
}
