package failover

import (
	"net/netip"

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
		if !c.of.IsValid() {
			c.of = n.Roles[k-2].Of
		}
	}
	t.roles = append(t.roles, c)
}

// changes looks at the changes of role since the last evidence: a replica that is
// a primary now took over.
func (t *Tracker) changes() {
	for _, c := range t.roles {
		if c.role == topology.Primary && c.before == topology.Replica {
			t.tookOver(c)
		}
	}
	t.roles = t.roles[:0]
}

// tookOver follows that a replica became a primary.
func (t *Tracker) tookOver(c change) {
	node, from := t.node(c.node), netip.AddrPort{}
	if c.of.IsValid() {
		from = t.node(c.of)
	}
	for _, ep := range t.active {
		if ep.over != 0 && (ep.To == node || ep.From == node) && c.proof.At-ep.over < joins {
			return // known, or the old primary of one that was aborted
		}
		if ep.over == 0 && ep.From == node {
			return // seen to by the episode itself
		}
	}
	ep := t.towards(node)
	if ep == nil && from.IsValid() && from != node {
		n := t.o.Nodes.Find(node)
		old := t.role(from)
		switch {
		case n != nil && n.Mode == topology.Cluster:
			ep = t.begin(Cluster, from, node, c.proof.At, Likely, c.proof)
		case old != nil && old.Role == topology.Replica && old.Of.IsValid() && t.node(old.Of) == node:
			ep = t.inferred(from, node, c)
		default:
			return
		}
	}
	if ep == nil || ep.Kind == Failover && ep.linked {
		return
	}
	ep.promoted = c.proof
	ep.prove(c.proof)
	t.decide(ep, Done, c.proof.At)
}

// inferred opens an episode of which neither command nor link was captured: one
// node sent clients to another, which then took over. Clients that were held back
// before that are the mark of FAILOVER.
func (t *Tracker) inferred(from, to netip.AddrPort, c change) *Episode {
	s := t.servers[from]
	start, parked := c.proof.At, int64(0)
	var first *answer
	if s != nil {
		for i := range s.recent {
			a := &s.recent[i]
			if a.reply != detect.Redirect || a.target != to || c.proof.At-a.At > joins {
				continue
			}
			if first == nil {
				first = a
			}
			if a.held() && !a.blocking {
				parked++
				start = min(start, a.since)
			}
		}
	}
	if first == nil {
		return nil
	}
	start = min(start, first.At)
	confidence := Possible
	if parked >= minHeld {
		confidence = Likely
	}
	ep := t.begin(Failover, from, to, start, confidence, first.proof("redirect"))
	ep.missing(Requested, "the FAILOVER command was not captured")
	ep.missing(WaitingForSync, "its beginning was not captured")
	ep.alternative("REPLICAOF by hand")
	ep.alternative("a failover by Sentinels")
	return ep
}

// moved follows a MOVED: a primary that names its replica as the owner of a slot
// has been succeeded by it.
func (t *Tracker) moved(a *answer, e *detect.Evidence) {
	if !a.target.IsValid() {
		return
	}
	node := t.node(e.Conn.Server)
	for _, ep := range t.active {
		if ep.Kind == Cluster && ep.To == a.target && ep.over == 0 && (ep.From == node || !ep.From.IsValid()) {
			ep.From = node
			ep.prove(a.proof("moved"))
			ep.promoted = a.proof("moved")
			t.decide(ep, Done, a.At)
		}
	}
}
