package align

import (
	"cmp"
	"math"
	"slices"
)

// resolver finds the clocks from what pairs of captures say.
type resolver struct {
	tables []*table
	fits   map[pairKey]*fit
	peers  [][]int  // by capture: those with which it has a fit, in order
	why    []Reason // by capture: why it has no fit with any
	clocks []Clock
	lines  []line // ahead of the reference, of captures that are done
	done   []bool
	known  []line // those lines, each once
}

// resolve finds the clocks. A table is nil where a capture could not be read.
func resolve(tables []*table, pairs map[pairKey]*bounds, given map[int]int64) []Clock {
	r := &resolver{
		tables: tables, fits: map[pairKey]*fit{}, peers: make([][]int, len(tables)), why: make([]Reason, len(tables)),
		clocks: make([]Clock, len(tables)), lines: make([]line, len(tables)), done: make([]bool, len(tables)),
	}
	for i, t := range tables {
		switch {
		case t == nil:
			r.why[i] = NotRepeated
		default:
			r.why[i] = NotInCommon
		}
	}
	r.fit(pairs)
	if len(given) == 0 && r.single(pairs) {
		for i := range r.clocks {
			r.clocks[i] = Clock{State: Alone, Via: -1}
		}
		return r.clocks
	}
	r.anchor(given)
	r.spread()
	for i := range r.clocks {
		switch t := r.tables[i]; {
		case r.done[i]:
		case t != nil && t.segments == 0:
			r.clocks[i] = Clock{State: Alone, Via: -1}
		default:
			r.clocks[i] = Clock{State: Unaligned, Via: -1, Why: r.why[i]}
		}
	}
	return r.clocks
}

// fit finds the lines of all pairs.
func (r *resolver) fit(pairs map[pairKey]*bounds) {
	for k, b := range pairs {
		why := OneDirection
		if len(b.upper) > 0 && len(b.lower) > 0 {
			if b.settle() {
				if f, ok := fitLine(b); ok {
					r.fits[k] = f
					r.peers[k.first] = append(r.peers[k.first], k.second)
					r.peers[k.second] = append(r.peers[k.second], k.first)
					continue
				}
			}
			why = ClockSet
		}
		r.why[k.first], r.why[k.second] = max(r.why[k.first], why), max(r.why[k.second], why)
	}
	for _, p := range r.peers {
		slices.Sort(p)
	}
}

// apart is by how much, in nanoseconds, captures that were rotated may overlap:
// packets of several queues trade places.
const apart = 100_000_000

// single reports whether the captures are of one vantage point, or nothing speaks
// against it: there is one at most, or none was taken while another was, nor has
// a packet in common with it.
func (r *resolver) single(pairs map[pairKey]*bounds) bool {
	if len(pairs) > 0 {
		return false
	}
	var spans []*table
	for _, t := range r.tables {
		if t == nil && len(r.tables) > 1 {
			return false
		}
		if t != nil && t.segments > 0 {
			spans = append(spans, t)
		}
	}
	slices.SortFunc(spans, func(a, b *table) int { return cmp.Compare(a.first, b.first) })
	end := int64(math.MinInt64) // of those before
	for _, t := range spans {
		if t.first+apart < end {
			return false
		}
		end = max(end, t.end)
	}
	return true
}

// anchor settles the clocks that need no estimate: those that were given, and the
// reference.
func (r *resolver) anchor(given map[int]int64) {
	i := slices.IndexFunc(r.tables, func(t *table) bool { return t != nil && t.segments > 0 })
	i = max(i, 0) // if none was read, the first is the reference of what was given
	if _, ok := given[i]; !ok {
		r.settle(i, Clock{State: Reference, Via: -1})
	}
	for i := range r.tables {
		if offset, ok := given[i]; ok {
			r.settle(i, Clock{State: Given, Offset: offset, Via: -1})
		}
	}
}

func (r *resolver) settle(i int, c Clock) {
	l := c.line()
	r.clocks[i], r.lines[i], r.done[i] = c, l, true
	if !slices.Contains(r.known, l) {
		r.known = append(r.known, l)
	}
}

// between returns what is known of how the clock of capture i goes against that of
// j, or nil.
func (r *resolver) between(i, j int) (*fit, line) {
	if i > j {
		if f := r.fits[pairKey{j, i}]; f != nil {
			return f, f.line
		}
		return nil, line{}
	}
	if f := r.fits[pairKey{i, j}]; f != nil {
		return f, f.inverse()
	}
	return nil, line{}
}

// path is a way to a capture from one whose clock is known.
type path struct {
	err    float64 // the sum of the errors on it
	untold float64 // the largest drift that could not be told on it
	via    int
	known  bool
}

// spread settles one clock after another, always the one that can be told with the
// smallest error (Dijkstra's algorithm).
func (r *resolver) spread() {
	paths := make([]path, len(r.tables))
	reach := func(from int) {
		for _, to := range r.peers[from] {
			f, _ := r.between(to, from)
			e := paths[from].err + f.err
			if p := &paths[to]; !r.done[to] && (!p.known || e < p.err) {
				*p = path{e, max(paths[from].untold, f.untold), from, true}
			}
		}
	}
	for i := range r.tables {
		if r.done[i] {
			reach(i)
		}
	}
	for {
		next := -1
		for i, p := range paths {
			if p.known && !r.done[i] && (next < 0 || p.err < paths[next].err) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		r.settle(next, r.choose(next, &paths[next]))
		reach(next)
	}
}

// middle returns the middle of a capture, by its own clock.
func (t *table) middle() int64 { return t.first + (t.end-t.first)/2 }
