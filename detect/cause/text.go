package cause

import (
	"net/netip"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// list writes addresses as a sentence has them.
func list(nodes []netip.AddrPort) string {
	var each []string
	for _, n := range nodes {
		each = append(each, n.String())
	}
	switch k := len(each); k {
	case 0:
		return "an unknown node"
	case 1:
		return each[0]
	default:
		return strings.Join(each[:k-1], ", ") + " and " + each[k-1]
	}
}

// ring writes a cycle of nodes.
func ring(nodes []netip.AddrPort) string {
	s := ""
	for _, n := range nodes {
		s += n.String() + " -> "
	}
	return s + nodes[0].String()
}

// slotList writes slots, the first few of many.
func slotList(slots []int16) string {
	const most = 8
	var each []string
	for _, s := range slots[:min(len(slots), most)] {
		each = append(each, itoa(int(s)))
	}
	if n := len(slots) - most; n > 0 {
		return strings.Join(each, ", ") + " and " + itoa(n) + " more"
	}
	return strings.Join(each, ", ")
}
