package pipeline

import "net/netip"

// maxSpots bounds the stretches remembered of a node; of more, those that follow
// become one with the last.
const maxSpots = 64

// spotGap is how far apart, in nanoseconds, losses are one stretch.
const spotGap = 1_000_000_000

// blindSpots remembers when something could not be seen, by node, so that a
// finding that overlaps with such a stretch is known to be partial.
type blindSpots struct {
	at map[netip.AddrPort][]spot
}

// spot is a stretch in nanoseconds since the Unix epoch, its ends included.
type spot struct{ from, to int64 }

// everywhere stands for losses of which the node is not known.
func everywhere() netip.AddrPort { return netip.AddrPort{} }

// add notes that something of a node was not seen at a time. The nodes are those
// of connections, of which there is a bound.
func (b *blindSpots) add(node netip.AddrPort, at int64) { b.stretch(node, at, at) }

func (b *blindSpots) stretch(node netip.AddrPort, from, to int64) {
	if b.at == nil {
		b.at = map[netip.AddrPort][]spot{}
	}
	spots := b.at[node]
	if spots == nil && len(b.at) >= maxSpotNodes {
		node = everywhere()
		spots = b.at[node]
	}
	if k := len(spots); k > 0 {
		last := &spots[k-1]
		if from <= last.to+spotGap && to >= last.from || k >= maxSpots {
			last.from, last.to = min(last.from, from), max(last.to, to)
			return
		}
	}
	b.at[node] = append(spots, spot{from, to})
}

// maxSpotNodes bounds the nodes remembered one by one.
const maxSpotNodes = 4096

// during reports whether something of one of the nodes was not seen in a stretch
// of time.
func (b *blindSpots) during(nodes []netip.AddrPort, first, last int64) bool {
	for _, s := range b.at[everywhere()] {
		if s.from <= last && s.to >= first {
			return true
		}
	}
	for _, n := range nodes {
		for _, s := range b.at[n] {
			if s.from <= last && s.to >= first {
				return true
			}
		}
	}
	return false
}
