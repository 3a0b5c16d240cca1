package align

import "ricochet/decode/frame"

// Bounds of what is remembered of a capture.
const (
	// MaxSegments is how many segments of one capture are remembered, about 40
	// bytes each.
	MaxSegments = 1 << 15
	// MaxSegmentsInAll is how many are remembered of all captures together.
	MaxSegmentsInAll = 1 << 19
	// minSegments is how many are remembered of a capture among very many.
	minSegments = 1 << 8
	// MaxFlows is how many pairs of hosts are told apart in a capture.
	MaxFlows = 1 << 12
)

// cached is how many flows are found without looking into a map.
const cached = 64

// copyGap is how far apart, in nanoseconds, the same segment may appear in one
// capture to be one packet seen on two interfaces of a host, and not sent twice.
const copyGap = 1_000_000

// maxTime bounds the times that are taken, in nanoseconds since the Unix epoch:
// the difference of two differences must fit into an int64. It is in 2116.
const maxTime = 1 << 62

// table remembers when the segments of one capture passed.
//
// Of more segments than fit a sample is kept, chosen by bits of their identity, so
// that all captures choose the same ones. Each flow is sampled on its own, at half
// the rate whenever it is among the largest and the table is full: two servers
// that exchange a packet a second are remembered beside a thousand times that
// from clients.
type table struct {
	flows map[uint64]*flow
	cache [cached]*flow // flows met last, by bits of their identity
	skip  uint64        // flows with one of these bits are not looked at
	n     int           // segments remembered
	most  int           // the bound of n

	segments   int64 // segments that were offered, usable or not
	first, end int64 // times of the earliest and latest segment
}

// flow is what is remembered of the packets between two hosts.
type flow struct {
	id   uint64
	skip uint64           // segments with one of these bits are not remembered
	seen map[uint64]stamp // by identity
}

// stamp is when a segment passed, in nanoseconds times two, plus one for the
// reverse direction; or ambiguous.
type stamp int64

const ambiguous stamp = -1 // it passed more than once

func newStamp(at int64, reverse bool) stamp {
	if reverse {
		return stamp(at<<1 | 1)
	}
	return stamp(at << 1)
}

func (s stamp) time() int64   { return int64(s) >> 1 }
func (s stamp) reverse() bool { return s&1 == 1 }

// newTable returns a table for one of n captures.
func newTable(n int) *table {
	return &table{flows: map[uint64]*flow{}, most: min(MaxSegments, max(minSegments, MaxSegmentsInAll/max(n, 1)))}
}

// add remembers that a segment passed at a time.
func (t *table) add(s *frame.Segment, at int64) {
	if at < 0 || at >= maxTime {
		return
	}
	if t.segments == 0 {
		t.first, t.end = at, at
	}
	t.segments++
	t.first, t.end = min(t.first, at), max(t.end, at)
	if !useful(s) || s.Src.Addr == s.Dst.Addr {
		return
	}
	id := identify(s)
	f := t.cache[id.flow%cached]
	if f == nil || f.id != id.flow {
		if f = t.find(id.flow); f == nil {
			return
		}
	}
	if id.segment&f.skip != 0 {
		return
	}
	now := newStamp(at, id.reverse)
	before, again := f.seen[id.segment]
	switch {
	case !again:
		f.seen[id.segment] = now
		if t.n++; t.n > t.most {
			t.halve()
		}
	case before == ambiguous:
	case max(now, before)-min(now, before) > 2*copyGap:
		f.seen[id.segment] = ambiguous
	}
}

// find returns the flow with this identity, or nil if it is not looked at.
func (t *table) find(id uint64) *flow {
	if id&t.skip != 0 {
		return nil
	}
	f := t.flows[id]
	if f == nil {
		f = &flow{id: id, seen: map[uint64]stamp{}}
		t.flows[id] = f
		for len(t.flows) > MaxFlows {
			t.halveFlows()
		}
		if id&t.skip != 0 {
			return nil
		}
	}
	t.cache[id%cached] = f
	return f
}

// halve forgets half of the largest flows, again and again until a quarter of the
// table is free: the effort is then spread over many segments to come.
func (t *table) halve() {
	for t.n > t.most*3/4 {
		largest := 0
		for _, f := range t.flows {
			largest = max(largest, len(f.seen))
		}
		if largest <= 2 {
			t.halveFlows()
			continue
		}
		for _, f := range t.flows {
			if len(f.seen) <= largest/2 {
				continue
			}
			f.skip = f.skip<<1 | 1
			for id := range f.seen {
				if id&f.skip != 0 {
					delete(f.seen, id)
					t.n--
				}
			}
		}
	}
}

// halveFlows forgets half of the flows.
func (t *table) halveFlows() {
	t.skip = t.skip<<1 | 1
	clear(t.cache[:])
	for id, f := range t.flows {
		if id&t.skip != 0 {
			t.n -= len(f.seen)
			delete(t.flows, id)
		}
	}
}
