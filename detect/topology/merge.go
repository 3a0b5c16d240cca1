package topology

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
)

// merge makes one node of two, and returns it. It is called by the address of the
// one that was seen, else of the first.
func (m *Map) merge(a, b *Node, p Proof) *Node {
	i, j := slices.Index(m.order, a), slices.Index(m.order, b)
	if j < i {
		a, b = b, a
	}
	old := b.Addr
	if b.Seen && !a.Seen {
		old, a.Addr = a.Addr, b.Addr
	}
	for _, x := range b.addrs {
		m.nodes[x] = a
		a.addrs = append(a.addrs, x)
	}
	m.alias(a, old.String(), p)
	for _, x := range b.Aliases {
		if x.Name != a.Addr.String() {
			m.alias(a, x.Name, x.How)
		}
	}
	a.uncall(a.Addr.String())
	a.Seen, a.spoke = a.Seen || b.Seen, a.spoke || b.spoke
	a.Mode = max(a.Mode, b.Mode)
	a.Software, a.Version = cmp.Or(a.Software, b.Software), cmp.Or(a.Version, b.Version)
	a.ReplID, a.Failover = cmp.Or(a.ReplID, b.ReplID), cmp.Or(a.Failover, b.Failover)
	if a.Shard == "" {
		a.Shard, a.shardWhy = b.Shard, b.shardWhy
	}
	if a.titled && b.ID != "" {
		a.ID, a.titled = b.ID, b.titled
	}
	for k := nodeID; k <= runID; k++ {
		*a.id(k) = cmp.Or(*a.id(k), *b.id(k))
		for _, x := range m.identities[k] {
			if x.self == b {
				x.self = a
			}
		}
	}
	if !a.latest.IsValid() || b.latest.IsValid() && b.why.At > a.why.At {
		a.latest, a.why = b.latest, b.why
	}
	m.join(a.Addr, old, p)
	m.rename(old, a.Addr)
	m.inherit(a, b)
	m.order = slices.Delete(m.order, max(i, j), max(i, j)+1)
	for _, l := range m.links {
		if l.sender == b {
			l.sender = nil // which one's it is matters only until the link ends
		}
	}
	if len(a.view.ranges) == 0 {
		a.view = b.view
	} else {
		m.ranges -= len(b.view.ranges)
	}
	m.lastNode = nil
	m.show(a)
	return a
}

// inherit joins the roles of b to those of a, in order of time.
func (m *Map) inherit(a, b *Node) {
	m.roles -= a.shown + b.shown
	final := append(slices.Clone(a.Roles[:a.frozen]), b.Roles[:b.frozen]...)
	slices.SortStableFunc(final, func(x, y Interval) int { return cmp.Compare(x.Since, y.Since) })
	for i := range final {
		if i+1 < len(final) {
			final[i].Until = min(final[i].Until, final[i+1].Since)
		}
	}
	var all []statement
	for _, n := range []*Node{a, b} {
		for k := range n.live {
			for j := range n.live[k].words {
				all = n.live[k].words[j].statements(all)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y statement) int { return cmp.Compare(x.to, y.to) })
	a.Roles, a.frozen, a.shown, a.live = final, len(final), len(final), nil
	a.told = math.MaxInt // the intervals of both were told of: only another role in force is news
	m.roles += a.shown
	for i := range all {
		m.place(a, &all[i])
	}
}

// statements returns statements that make the same word.
func (w *word) statements(to []statement) []statement {
	for i, p := range w.proofs {
		s := statement{role: w.role, of: w.of, own: w.own, span: w.first, proof: p}
		if i > 0 && w.last.to > w.first.to {
			s.span = w.last
		}
		to = append(to, s)
	}
	if len(w.proofs) > 0 {
		s := statement{role: w.role, of: w.of, own: w.own, span: w.last, proof: w.proofs[0]}
		s.to = max(s.to, w.until)
		to = append(to, s)
	}
	return to
}

// rename replaces the address by which a node is called.
func (m *Map) rename(from, to netip.AddrPort) {
	if from == to {
		return
	}
	for _, n := range m.order {
		if n.latest == from {
			n.latest = to
		}
		for i := range n.Roles {
			if n.Roles[i].Of == from {
				n.Roles[i].Of = to
			}
		}
		for k := range n.live {
			for j := range n.live[k].words {
				if w := &n.live[k].words[j]; w.of == from {
					w.of = to
				}
			}
		}
	}
}
