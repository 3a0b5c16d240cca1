package failover

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// change is a change of role that was noticed while evidence was taken in.
type change struct {
	node   netip.AddrPort
	role   topology.Role
	before topology.Role
	of     netip.AddrPort // whose replica it was, or is
	proof  Proof
	served bool // before, it took writes
}

// maxChanges bounds the changes of role that one piece of evidence brings.
const maxChanges = 4096

// RoleChanged takes in that a node has a new role: the last of its intervals. It
// is for topology.Map.Changed.
func (t *Tracker) RoleChanged(n *topology.Node) {
	k := len(n.Roles)
	if k == 0 || len(t.roles) >= maxChanges {
		return
	}
	last := &n.Roles[k-1]
	c := change{node: n.Addr, role: last.Role, of: last.Of}
	if len(last.Proofs) > 0 {
		c.proof = last.Proofs[0]
	}
	if k > 1 {
		c.before = n.Roles[k-2].Role
		c.served = slices.ContainsFunc(n.Roles[k-2].Proofs, func(p Proof) bool { return p.Kind == topology.KindWrite })
		if !c.of.IsValid() {
			c.of = n.Roles[k-2].Of
		}
	}
	t.roles = append(t.roles, c)
}

// changes looks at the changes of role since the last evidence: a replica that is
// a primary now took over, and so did the node that a former primary sends its
// clients to.
func (t *Tracker) changes() {
	for _, c := range t.roles {
		switch node := t.node(c.node); {
		case c.role == topology.Primary:
			t.tookOver(node, c)
		case c.before == topology.Primary && c.of.IsValid():
			if to := t.node(c.of); to != node {
				if len(t.handed) >= maxServers {
					clear(t.handed)
				}
				t.handed[to] = node
				t.gaveUp(node, to, c)
			}
		}
	}
	t.roles = t.roles[:0]
}

// tookOver follows that a node became a primary, or was first seen as one.
func (t *Tracker) tookOver(node netip.AddrPort, c change) {
	for _, ep := range t.active {
		known := ep.To == node && ep.Outcome == Done || ep.From == node && ep.Outcome == Aborted
		if ep.over != 0 && known && c.proof.At-ep.over < joins {
			return
		}
		if ep.over == 0 && ep.From == node {
			return // seen to by the episode itself
		}
	}
	ep := t.towards(node)
	if ep == nil {
		ep = t.succession(node, c)
	}
	if ep != nil {
		t.seems(ep, c.proof)
	}
}

// gaveUp follows that a primary of a cluster that took writes is the replica of
// another primary now: that one has its slots.
func (t *Tracker) gaveUp(node, to netip.AddrPort, c change) {
	old, now := t.o.Nodes.Find(node), t.role(to)
	if old == nil || old.Mode != topology.Cluster || now == nil || now.Role != topology.Primary || !c.served {
		return
	}
	for _, ep := range slices.Backward(t.episodes) {
		if ep.To == to && alike(ep.From, node) && (ep.over == 0 || c.proof.At-ep.over < joins) {
			if ep.From = node; ep.over == 0 {
				t.seems(ep, c.proof)
			}
			return
		}
	}
	ep := t.begin(Cluster, node, to, c.proof.At, Likely, c.proof)
	ep.alternative("CLUSTER REPLICATE and slots moved by hand")
	t.decide(ep, Done, c.proof.Place)
}

// followed looks at a link that was accepted: a primary that follows its former
// replica has been succeeded by it. That they share a history shows in a partial
// resynchronisation, or in what is known of the roles.
func (t *Tracker) followed(l *link, e *detect.Evidence) {
	old, now := t.o.Nodes.Find(l.from), t.role(l.to)
	if old == nil || now == nil || now.Role != topology.Primary {
		return
	}
	was := old.At(l.opened - 1)
	if was == nil || was.Role != topology.Primary {
		return
	}
	if e.Detail.Sync.Answer != "CONTINUE" && !t.replicated(l.to, l.from) {
		return
	}
	for _, ep := range slices.Backward(t.episodes) {
		if ep.From == l.from && ep.To == l.to && (ep.over == 0 || e.At-ep.over < joins) {
			return
		}
	}
	k := ReplicaOf
	if old.Mode == topology.Cluster {
		k = Cluster
	}
	ep := t.begin(k, l.from, l.to, min(l.opened, max(now.Since, l.opened-joins)), Likely, l.proof)
	ep.linked = true
	if k == ReplicaOf {
		ep.alternative("a failover by Sentinels")
	} else {
		ep.alternative("CLUSTER REPLICATE and slots moved by hand")
	}
	t.decide(ep, Done, e.Place)
}

// replicated reports whether a node was once seen to replicate from another.
func (t *Tracker) replicated(node, from netip.AddrPort) bool {
	n := t.o.Nodes.Find(node)
	return n != nil && slices.ContainsFunc(n.Roles, func(r topology.Interval) bool {
		return r.Role == topology.Replica && r.Of.IsValid() && t.node(r.Of) == from
	})
}

// succession opens an episode for a node that became a primary, if it is known of
// whom it took over: the node that it was a replica of, or one that sends its
// clients there since.
func (t *Tracker) succession(node netip.AddrPort, c change) *Episode {
	from, given := t.handed[node]
	delete(t.handed, node)
	if n := t.o.Nodes.Find(node); n != nil && n.Mode == topology.Cluster {
		if c.before == topology.Replica && c.of.IsValid() {
			from = t.node(c.of)
		}
		if !from.IsValid() || from == node {
			return nil
		}
		ep := t.begin(Cluster, from, node, c.proof.At, Likely, c.proof)
		ep.alternative("CLUSTER REPLICATE and slots moved by hand")
		return ep
	}
	if old := t.role(from); !given || old == nil || old.Role != topology.Replica || !old.Of.IsValid() || t.node(old.Of) != node {
		return nil
	}
	return t.inferred(from, node, c)
}

// inferred opens an episode of which the command was not captured: one node sent
// clients to another, which then took over. A link without the word FAILOVER is
// REPLICAOF's, or a Sentinel's. Without any link clients that were held back
// before are the mark of FAILOVER.
func (t *Tracker) inferred(from, to netip.AddrPort, c change) *Episode {
	start, first, parked := t.handing(from, to, c.proof.At)
	for _, l := range slices.Backward(t.asks) {
		if l.from == from && l.to == to && !l.failover && c.proof.At-l.opened < joins && t.primarySince(from, l.opened) {
			ep := t.begin(ReplicaOf, from, to, min(start, l.opened), Likely, l.proof)
			ep.linked = true
			ep.alternative("a failover by Sentinels")
			return ep
		}
	}
	switch {
	case first == nil:
		return nil
	case parked >= minHeld:
		ep := t.begin(Failover, from, to, start, Likely, first.proof("redirect"))
		t.waited(ep)
		ep.alternative("REPLICAOF by hand")
		ep.alternative("a failover by Sentinels")
		return ep
	}
	ep := t.begin(ReplicaOf, from, to, start, Possible, first.proof("redirect"))
	ep.alternative("FAILOVER, with clients that were not held back")
	ep.alternative("a failover by Sentinels")
	return ep
}

// primarySince reports whether a node was a primary last before a time: a link of it
// that is older tells of an earlier story.
func (t *Tracker) primarySince(node netip.AddrPort, at int64) bool {
	n := t.o.Nodes.Find(node)
	if n == nil {
		return false
	}
	last := topology.Role(0)
	for i := range n.Roles {
		if r := &n.Roles[i]; r.Role == topology.Primary {
			if r.Since > at {
				return false
			}
			last = r.Role
		}
	}
	return last == topology.Primary
}

// handing looks at the redirects of one node to another before a time: when the
// first of them was given or, earlier, the first command sent that was held back,
// and how many were.
func (t *Tracker) handing(from, to netip.AddrPort, before int64) (start int64, first *answer, parked int64) {
	start = before
	s := t.servers[from]
	if s == nil {
		return start, nil, 0
	}
	for i := range s.recent {
		a := &s.recent[i]
		if a.target != to || before-a.At > joins {
			continue
		}
		if first == nil {
			first = a
			start = min(start, a.At)
		}
		if a.held() && !a.blocking {
			parked++
			start = min(start, a.since)
		}
	}
	return start, first, parked
}

// moved follows a MOVED: a primary that names its replica as the owner of a slot
// has been succeeded by it.
func (t *Tracker) moved(node netip.AddrPort, a *answer) {
	if !a.target.IsValid() {
		return
	}
	for _, ep := range t.active {
		if ep.Kind == Cluster && ep.over == 0 && ep.From == node && ep.To == a.target {
			ep.prove(a.proof("moved"))
			t.decide(ep, Done, a.Place)
		}
	}
}
