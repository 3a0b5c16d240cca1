package topology

import (
	"math"
	"net/netip"
	"slices"
)

// maxLive is how many levels of a node take statements that come late.
const maxLive = 8

// say takes what a node says of itself.
func (m *Map) say(n *Node, s statement) {
	s.own = true
	n.Seen = true
	if m.place(n, &s) {
		m.show(n)
	}
}

// place puts a statement on its level, and reports whether that changed more of
// the timeline than when a role was last seen.
func (m *Map) place(n *Node, s *statement) bool {
	k, changed := n.levelOf(s), false
	if s.own {
		changed = n.outvote(k, s)
	}
	if k == len(n.live) {
		n.live = append(n.live, level{})
		changed = true
	}
	c, ok := n.live[k].add(s)
	if !ok {
		m.Forgotten++
	}
	if len(n.live) > maxLive {
		n.freeze()
		changed = true
	}
	if changed = changed || c; !changed {
		changed = !n.extend(k, s)
	}
	return changed
}

// levelOf returns the level of a statement; the number of levels if it is a new one.
func (n *Node) levelOf(s *statement) int {
	for i := len(n.live) - 1; i >= 0; i-- {
		if after, contrary := n.live[i].after(s); contrary {
			return i + 1
		} else if after {
			return i
		}
	}
	return 0
}

// extend moves the end of the interval in force, if that is all that a statement on
// level k does.
func (n *Node) extend(k int, s *statement) bool {
	if k < len(n.live)-1 || len(n.Roles) <= n.frozen {
		return false
	}
	i := &n.Roles[len(n.Roles)-1]
	if !contradicts(i.Role, i.Of, s.role, s.of) && (s.own || !n.live[k].own()) {
		i.Until = max(i.Until, s.to)
	}
	return true
}

// outvote takes back levels that only others made, above the one on which the
// node itself says something that is not ordered to them.
func (n *Node) outvote(k int, s *statement) bool {
	top := len(n.live) - 1
	for ; top > k && !n.live[top].own(); top-- {
		for _, w := range n.live[top].words {
			if !contradicts(w.role, w.of, s.role, s.of) {
				continue
			}
			for _, p := range w.proofs {
				insertProof(&n.live[k].against, p)
			}
		}
	}
	changed := top < len(n.live)-1
	n.live = n.live[:top+1]
	return changed
}

// freeze makes the oldest level final.
func (n *Node) freeze() {
	l := &n.live[0]
	role, of := l.verdict()
	nextRole, nextOf := n.live[1].verdict()
	if contradicts(role, of, nextRole, nextOf) {
		n.build()
		n.frozen++
	} else { // shown as one interval, which goes on
		for i := range l.words {
			n.live[1].absorb(&l.words[i])
		}
		for _, p := range l.against {
			insertProof(&n.live[1].against, p)
		}
	}
	n.live = slices.Delete(n.live, 0, 1)
}

// absorb adds what was said on the level before.
func (l *level) absorb(o *word) {
	for i := range l.words {
		w := &l.words[i]
		if w.role != o.role || w.of != o.of || w.own != o.own {
			continue
		}
		w.strength, w.until = max(w.strength, o.strength), max(w.until, o.until)
		if o.first.to < w.first.to {
			w.first = o.first
		}
		if o.last.from > w.last.from {
			w.last = o.last
		}
		for _, p := range o.proofs {
			insertProof(&w.proofs, p)
		}
		return
	}
	if len(l.words) < maxWords {
		l.words = append(l.words, *o)
	}
}

// show makes the intervals of a node anew from its levels, and tells of what is
// new in them.
func (m *Map) show(n *Node) {
	n.build()
	for len(n.Roles) > MaxIntervals || m.roles+len(n.Roles)-n.shown > maxRoles && n.frozen > 0 {
		// What a node is matters more than what it was long ago.
		m.Forgotten++
		n.Roles = slices.Delete(n.Roles, 0, 1)
		n.frozen--
		n.shown--
		n.told--
		m.roles--
	}
	m.roles += len(n.Roles) - n.shown
	more := len(n.Roles) > n.told
	n.shown, n.told = len(n.Roles), len(n.Roles)
	n.settle()
	if n.shown == 0 {
		return
	}
	if last := n.Roles[n.shown-1].Role; more || last != n.role {
		n.role = last
		if m.Changed != nil {
			m.Changed(n)
		}
	}
}

// build replaces the intervals that are not final.
func (n *Node) build() {
	n.Roles = n.Roles[:n.frozen]
	for k := range n.live {
		l := &n.live[k]
		role, of := l.verdict()
		var i *Interval
		if len(n.Roles) > n.frozen {
			i = &n.Roles[len(n.Roles)-1]
		}
		if i == nil || contradicts(role, of, i.Role, i.Of) {
			n.Roles = append(n.Roles, Interval{Role: role, Of: of, Since: math.MaxInt64, Until: math.MinInt64})
			i = &n.Roles[len(n.Roles)-1]
		} else if of.IsValid() {
			i.Of = of
		}
		for _, p := range l.against {
			insertProof(&i.Against, p)
		}
	}
	n.fill()
}

// fill gives the intervals that are not final their times and proofs: to each what
// was said on its levels, and what was said on the neighbouring ones without
// prevailing there.
func (n *Node) fill() {
	at := n.frozen
	for k := range n.live {
		l := &n.live[k]
		role, of := l.verdict()
		if contradicts(role, of, n.Roles[at].Role, n.Roles[at].Of) {
			at++
		}
		for j := range l.words {
			w := &l.words[j]
			to := at
			if w.own || !l.own() {
				fits := func(i int) bool {
					return i >= n.frozen && i < len(n.Roles) && !contradicts(w.role, w.of, n.Roles[i].Role, n.Roles[i].Of)
				}
				switch {
				case fits(at):
				case fits(at - 1):
					to = at - 1
				case fits(at + 1):
					to = at + 1
				}
			}
			n.Roles[to].take(w, w.own || !l.own())
		}
	}
	for i := len(n.Roles) - 1; i >= n.frozen; i-- {
		r := &n.Roles[i]
		if i+1 < len(n.Roles) {
			r.Since = min(r.Since, n.Roles[i+1].Since)
			r.Until = min(r.Until, n.Roles[i+1].Since)
		}
		if i > 0 && i == n.frozen { // late evidence does not reach into what is final
			r.Since = max(r.Since, n.Roles[i-1].Until)
		}
		r.Until = max(r.Until, r.Since)
	}
}

// take adds what was said to an interval: to its proofs if it says the same. counts
// says that the interval is as long as that was said.
func (i *Interval) take(w *word, counts bool) {
	list := &i.Proofs
	if contradicts(w.role, w.of, i.Role, i.Of) {
		list = &i.Against
	} else if counts {
		i.Since, i.Until = min(i.Since, w.first.to), max(i.Until, w.until)
	}
	for _, p := range w.proofs {
		insertProof(list, p)
	}
}

// settle finds out whether a further accepted write can change anything.
func (n *Node) settle() {
	n.steady = false
	if len(n.live) == 0 || n.links > 0 || n.writable {
		return
	}
	l := &n.live[len(n.live)-1]
	if len(l.words) == 1 {
		w := &l.words[0]
		n.steady = w.own && w.role == Primary && w.strength == strength(KindWrite) && len(n.Roles) > n.frozen
	}
}

// confirm notes one more accepted write of a node that is steady, and reports
// whether that is all there is to it.
func (n *Node) confirm(s span) bool {
	w := &n.live[len(n.live)-1].words[0]
	if !w.first.before(s) {
		return false
	}
	if s.from > w.last.from {
		w.last = s
	}
	if s.to > w.until {
		w.until = s.to
		n.Roles[len(n.Roles)-1].Until = s.to
	}
	return true
}

// top returns the level in force, nil if nothing is known of the node.
func (n *Node) top() *level {
	if len(n.live) == 0 {
		return nil
	}
	return &n.live[len(n.live)-1]
}

// until returns when the role in force was last confirmed.
func (l *level) until() int64 {
	role, of := l.verdict()
	own, until := l.own(), int64(0)
	for i := range l.words {
		if w := &l.words[i]; w.own == own && !contradicts(w.role, w.of, role, of) {
			until = max(until, w.until)
		}
	}
	return until
}

func replicaOf(of netip.AddrPort, s span, p Proof) statement {
	return statement{role: Replica, of: of, span: s, proof: p}
}

func primary(s span, p Proof) statement { return statement{role: Primary, span: s, proof: p} }
