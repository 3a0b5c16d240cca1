package align

import (
	"cmp"
	"slices"
)

// maxPoints is at how many points, by the order of captures, one segment is
// compared. Each is compared with each.
const maxPoints = 8

// sighting is a segment at one point.
type sighting struct {
	flow, segment uint64
	stamp         stamp
	capture       int32
}

// sample is a segment that was seen at both points of a pair.
type sample struct {
	at      int64 // when it passed the second, in its clock
	ahead   int64 // by how much that is later than when it passed the first
	reverse bool
}

// pairKey names two captures, the first below the second.
type pairKey struct{ first, second int }

// match collects the segments that two captures have in common, for all pairs of
// captures, and turns them into bounds.
func match(tables []*table) map[pairKey]*bounds {
	var all []sighting
	for i, t := range tables {
		if t == nil {
			continue
		}
		for _, f := range t.flows {
			for id, s := range f.seen {
				if s != ambiguous {
					all = append(all, sighting{f.id, id, s, int32(i)})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b sighting) int {
		return cmp.Or(cmp.Compare(a.flow, b.flow), cmp.Compare(a.segment, b.segment), cmp.Compare(a.capture, b.capture))
	})

	pairs := map[pairKey]*bounds{}
	common := map[pairKey][]sample{} // of the flow at hand
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].flow == all[0].flow && all[n].segment == all[0].segment {
			n++
		}
		same := all[:min(n, maxPoints)]
		for i, a := range same {
			for _, b := range same[i+1:] {
				k := pairKey{int(a.capture), int(b.capture)}
				common[k] = append(common[k], sample{b.stamp.time(), b.stamp.time() - a.stamp.time(), b.stamp.reverse()})
			}
		}
		endsFlow := n == len(all) || all[n].flow != all[0].flow
		all = all[n:]
		if !endsFlow {
			continue
		}
		for k, s := range common {
			if pairs[k] == nil {
				pairs[k] = &bounds{}
			}
			pairs[k].add(s)
		}
		clear(common)
	}
	return pairs
}
