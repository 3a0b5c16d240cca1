package confine

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestUnitGrantsWhatIsKept compares what Start keeps with what the unit of
// systemd gives: a capability more is one too many, and one less is missing.
func TestUnitGrantsWhatIsKept(t *testing.T) {
	text, err := os.ReadFile("../../deploy/ricochet.service")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, v := range kept() {
		want = append(want, strings.ToUpper(v.String()))
	}
	slices.Sort(want)
	for _, name := range []string{"AmbientCapabilities", "CapabilityBoundingSet"} {
		_, after, ok := strings.Cut(string(text), "\n"+name+"=")
		if !ok {
			t.Errorf("no %s", name)
			continue
		}
		line, _, _ := strings.Cut(after, "\n")
		got := strings.Fields(line)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
