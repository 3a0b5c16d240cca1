package live

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNewPorts(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []PortRange
		want ports
	}{
		{"none", nil, nil},
		{"one", []PortRange{{6379, 6379}}, ports{{6379, 6379}}},
		{"out of order", []PortRange{{7000, 7010}, {6379, 6380}}, ports{{6379, 6380}, {7000, 7010}}},
		{"overlapping", []PortRange{{1, 5}, {3, 9}, {4, 4}}, ports{{1, 9}}},
		{"touching", []PortRange{{1, 5}, {6, 9}}, ports{{1, 9}}},
		{"up to the last port", []PortRange{{1, 65535}, {65535, 65535}}, ports{{1, 65535}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := newPorts(c.in); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestPortsHas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var ranges []PortRange
		for range 1 + random.IntN(8) {
			from := random.IntN(65536)
			ranges = append(ranges, PortRange{uint16(from), uint16(min(from+random.IntN(300), 65535))})
		}
		set := newPorts(ranges)
		for _, r := range ranges {
			for _, port := range []uint16{r.From - 1, r.From, r.To, r.To + 1, uint16(random.IntN(65536))} {
				want := slices.ContainsFunc(ranges, func(r PortRange) bool { return r.From <= port && port <= r.To })
				if got := set.has(port); got != want {
					t.Fatalf("%v has %d: %v, want %v", ranges, port, got, want)
				}
			}
		}
	}
}
