package metrics

import "ricochet/internal/report"

// Bounds of the values of labels. Those who come first keep their name for as
// long as the process lives, since a value that moved to other and back would
// make counters jump; those who come later are counted together.
const (
	maxNodes  = 64
	maxErrors = 32
	maxRules  = 16 // beyond those known today
	maxCauses = 32 // beyond those known today
	// maxFailoverWords is for kinds, outcomes and checks of failovers each.
	maxFailoverWords = 4 // beyond those known today
)

// maxLabel is the length in bytes at which the value of a label is cut. A host
// name has at most 253 (RFC 1035 section 2.3.4), a port with its colon 6.
const maxLabel = 260

// other stands for all values beyond a bound.
const other = "other"

// labelSet is the values that a label has had.
type labelSet struct {
	max    int
	values map[string]struct{}
}

func newLabelSet(most int) *labelSet {
	return &labelSet{most, map[string]struct{}{}}
}

// name returns the value for a word from outside. It is printable ASCII, since
// one value that is no UTF-8 would fail a whole scrape. Two words may come out
// as one value.
func (s *labelSet) name(word string) string {
	v := safe(word)
	if v == other {
		return other
	}
	if _, ok := s.values[v]; !ok {
		if len(s.values) >= s.max {
			return other
		}
		s.values[v] = struct{}{}
	}
	return v
}

// safe makes a value for a label of any string.
func safe(word string) string {
	v := report.Clean(word[:min(len(word), maxLabel)])
	return v[:min(len(v), maxLabel)]
}
