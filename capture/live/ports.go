package live

import (
	"cmp"
	"slices"
)

// PortRange is the TCP ports from From to To, both included.
type PortRange struct{ From, To uint16 }

// ports is a set of ports, in the order of the ports, without overlap. Empty
// means all.
type ports []PortRange

// newPorts orders ranges and joins those that overlap or touch.
func newPorts(ranges []PortRange) ports {
	sorted := slices.SortedFunc(slices.Values(ranges), func(a, b PortRange) int { return cmp.Compare(a.From, b.From) })
	var set ports
	for _, r := range sorted {
		// In int: the port after 65535 is none.
		if n := len(set); n > 0 && int(r.From) <= int(set[n-1].To)+1 {
			set[n-1].To = max(set[n-1].To, r.To)
			continue
		}
		set = append(set, r)
	}
	return set
}

// all reports whether every port is in the set.
func (p ports) all() bool {
	return len(p) == 0 || p[0] == PortRange{0, 65535}
}

// has reports whether a port is in the set.
func (p ports) has(port uint16) bool {
	if p.all() {
		return true
	}
	i, _ := slices.BinarySearchFunc(p, port, func(r PortRange, port uint16) int { return cmp.Compare(r.To, port) })
	return i < len(p) && p[i].From <= port
}
