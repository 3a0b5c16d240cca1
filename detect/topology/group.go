package topology

import (
	"net/netip"

	"ricochet/detect"
)

// maxMembers bounds the addresses, replication IDs and names of Sentinels of which
// the group is known.
const maxMembers = 8192

// member stands for an address in the forest of groups: the members of one tree
// were tied by replication, directly or through others.
type member struct {
	up   *member
	why  Proof // why it is of the group of up
	rank uint8
}

func (g *member) root() *member {
	for g.up != nil {
		g = g.up
	}
	return g
}

func (m *Map) member(a netip.AddrPort) *member {
	g := m.members[a]
	if g == nil {
		if len(m.members) >= maxMembers {
			m.Forgotten++
			return nil
		}
		g = &member{}
		m.members[a] = g
	}
	return g
}

// tie notes that n is or was a replica of the server at address of.
func (m *Map) tie(n *Node, of netip.AddrPort, p Proof) {
	if !of.IsValid() || of == n.Addr || n.latest == of {
		return
	}
	n.latest, n.why = of, p
	if n.Mode != Cluster {
		m.join(n.Addr, of, p)
	}
}

// join makes one group of two. Trees are joined by rank and their paths not
// shortened, so that they keep the reasons.
func (m *Map) join(a, b netip.AddrPort, p Proof) {
	g, h := m.member(a), m.member(b)
	if g == nil || h == nil {
		return
	}
	g, h = g.root(), h.root()
	if g == h {
		return
	}
	if g.rank > h.rank {
		g, h = h, g
	}
	if g.rank == h.rank {
		h.rank++
	}
	g.up, g.why = h, p
}

// SameGroup reports whether two servers were ever tied by replication: a link, the
// word of one of them, replication IDs, a shard, or a Sentinel that watches them as
// one group. In a cluster, where replicas move from shard to shard, the latest
// primary of each counts: it is the same, or one of the two.
func (m *Map) SameGroup(a, b netip.AddrPort) bool {
	_, ok := m.Tied(a, b)
	return ok
}

// Tied returns a reason why two servers are of one group: a direct one if there is
// one, else one link of the chain that ties them. ok is false if they are not known
// to be of one group.
func (m *Map) Tied(a, b netip.AddrPort) (why Proof, ok bool) {
	a, b = m.Canonical(a), m.Canonical(b)
	x, y := m.nodes[a], m.nodes[b]
	if a == b {
		return Proof{}, x != nil
	}
	switch {
	case x != nil && x.latest == b:
		return x.why, true
	case y != nil && y.latest == a:
		return y.why, true
	case x != nil && y != nil && x.Mode == Cluster && y.Mode == Cluster:
		if x.latest.IsValid() && x.latest == y.latest {
			return x.why, true
		}
		return y.shardWhy, x.Shard != "" && x.Shard == y.Shard
	}
	g, h := m.members[a], m.members[b]
	if g == nil || h == nil || g.root() != h.root() {
		return Proof{}, false
	}
	depth := func(g *member) (d int) {
		for ; g.up != nil; g = g.up {
			d++
		}
		return d
	}
	for d, e := depth(g), depth(h); g != h; {
		if d >= e {
			why, g, d = g.why, g.up, d-1
		} else {
			why, h, e = h.why, h.up, e-1
		}
	}
	return why, true
}

// descend notes the replication ID that n has or had: servers with the same one
// have the same history.
func (m *Map) descend(n *Node, id string, p Proof) {
	if len(id) < 40 || allZero(id) {
		return
	}
	first, known := m.lineage[id]
	switch {
	case !known && len(m.lineage) >= maxMembers:
		m.Forgotten++
	case !known:
		m.lineage[id] = n.Addr
	case first != n.Addr && n.Mode != Cluster:
		m.join(n.Addr, first, p)
	}
}

// allZero: there is no replication ID (CONFIG_RUN_ID_SIZE zeros, replication.c,
// clearReplicationId2).
func allZero(id string) bool {
	for i := range len(id) {
		if id[i] != '0' {
			return false
		}
	}
	return true
}

// watch is a name that a Sentinel has for a group. Different Sentinels may have the
// same name for different groups.
type watch struct {
	by   netip.AddrPort
	name string
}

// watches notes that a Sentinel counts n to a group.
func (m *Map) watches(by netip.AddrPort, name string, n netip.AddrPort, p Proof) {
	if name == "" || !by.IsValid() {
		return
	}
	w := watch{by, name}
	first, known := m.watched[w]
	switch {
	case !known && len(m.watched) >= maxMembers:
		m.Forgotten++
	case !known:
		m.watched[w] = n
	case first != n:
		m.join(n, first, p)
	}
}

// proofOf makes a proof of what a piece of evidence shows.
func proofOf(e *detect.Evidence, kind, text string) Proof {
	return Proof{Place: e.Place, Kind: kind, Text: text}
}
