package failover

import (
	"net/netip"
	"slices"
	"strings"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// ordered follows a command that changes roles, with its answer.
func (t *Tracker) ordered(e *detect.Evidence) {
	o := e.Detail.Order
	node := t.node(e.Conn.Server)
	g := Given{Place: e.Place, Node: node, By: e.Conn, Order: o}
	if !g.Accepted() {
		return
	}
	if len(t.orders) >= maxOrders {
		t.orders = t.orders[:copy(t.orders, t.orders[maxOrders/4:])]
	}
	t.orders = append(t.orders, g)
	p := proof(e, "command", o.Text+" on "+node.String()+" was answered +"+o.Line)
	switch {
	case o.Verb == "FAILOVER" && o.Abort:
		if ep := t.of(node); ep != nil {
			ep.prove(p)
			t.decide(ep, Aborted, e.Place)
		} else if ep := t.justAborted(node, e.At); ep != nil { // its effect was seen first
			ep.prove(p)
			ep.guessed, ep.Confidence, ep.Alternatives = false, Certain, nil
			t.tell(ep, e.At)
		}
	case o.Verb == "FAILOVER":
		t.failover(node, e, p)
	case o.Verb == "REPLICAOF" && o.NoOne:
		t.promote(node, t.means(e), e, p)
	case o.Verb == "REPLICAOF":
		t.demote(node, t.means(e), e, p)
	case o.Verb == "CLUSTER FAILOVER":
		t.clusterFailover(node, e, p)
	}
}

// justAborted returns the FAILOVER of a node that seems to have been given up just
// now.
func (t *Tracker) justAborted(node netip.AddrPort, at int64) *Episode {
	for _, ep := range slices.Backward(t.active) {
		if ep.From == node && ep.Kind == Failover && ep.Outcome == Aborted && ep.guessed && at-ep.over < swappedAbort {
			return ep
		}
	}
	return nil
}

// swappedAbort is how long after its first effect, in nanoseconds, the answer to
// FAILOVER ABORT may be seen.
const swappedAbort = 1_000_000_000

// means tells a Sentinel's REPLICAOF from an operator's: Sentinels greet each other
// on the connection, name it (sentinel.c, sentinelSetClientName), and send it in a
// transaction, by its old name (sentinelSendReplicaOf).
func (t *Tracker) means(e *detect.Evidence) Kind {
	o := e.Detail.Order
	if t.sentinels[e.Conn.ID] || strings.HasPrefix(e.Conn.Name, "sentinel-") || o.Answer == "QUEUED" && strings.HasPrefix(o.Text, "SLAVEOF ") {
		return Sentinel
	}
	return ReplicaOf
}

// failover begins an episode with the answer to FAILOVER: from then on the server
// holds writes back until a replica has everything.
func (t *Tracker) failover(node netip.AddrPort, e *detect.Evidence, p Proof) {
	o := e.Detail.Order
	asked := e.Since
	if asked == 0 {
		asked = e.At
	}
	ep := t.of(node)
	if ep == nil || ep.Kind != Failover || ep.ordered {
		ep = t.begin(Failover, node, netip.AddrPort{}, asked, Certain, p)
	} else {
		ep.prove(p) // its link came to light first
	}
	ep.Confidence, ep.Alternatives = Certain, nil
	ep.ordered, ep.force, ep.timeout = true, o.Force, o.Timeout*1_000_000
	ep.Start = min(ep.Start, asked)
	if o.Host != "" && !ep.linked {
		if to, ok := t.o.Nodes.Resolve(o.Host, o.Port, node); ok && to != node {
			ep.To = to
		}
	}
	accepted := e.At
	w, ip := ep.Phase(WaitingForSync), ep.Phase(InProgress)
	if ip.Seen() {
		accepted = min(accepted, ip.Start)
	}
	ep.phases[Requested] = Phase{Stage: Requested, Start: asked, End: max(asked, accepted), Proof: p}
	*w = Phase{Stage: WaitingForSync, Start: max(asked, accepted), End: w.End, Parked: w.Parked, MaxPark: w.MaxPark, Proof: p}
	if ip.Seen() {
		w.End = max(w.Start, ip.Start)
	}
	t.tell(ep, e.At)
}

// promote follows REPLICAOF NO ONE.
func (t *Tracker) promote(node netip.AddrPort, k Kind, e *detect.Evidence, p Proof) {
	if ep := t.of(node); ep != nil && ep.Kind == ReplicaOf {
		ep.prove(p) // it was told to follow another, and now is not
		t.decide(ep, Aborted, e.Place)
		return
	}
	ep := t.towards(node)
	if ep == nil {
		r := t.roleBefore(node, e)
		if r == nil || r.Role != topology.Replica || r.Of == node || ordered(r) {
			return
		}
		of := netip.AddrPort{}
		if r.Of.IsValid() {
			of = t.node(r.Of)
		}
		if ep = t.between(of, node, e.At); ep == nil || ep.over != 0 {
			ep = t.begin(k, of, node, e.At, Certain, p)
			if k == Sentinel {
				t.fell(ep)
			}
		}
	}
	if k == Sentinel || ep.Kind == Sentinel {
		ep.Kind, ep.Confidence = Sentinel, Certain
		ep.begin(Reconfigure, e.At, p)
	}
	ep.To = node
	t.since(ep, e.At)
	if len(ep.Proofs) == 0 || ep.Proofs[0] != p {
		ep.prove(p)
	}
	t.decide(ep, Done, e.Place)
}

// since moves the beginning of an episode to when the old primary was told to follow the
// new one, if that was before the new one was told to be a primary.
func (t *Tracker) since(ep *Episode, at int64) {
	for i := range t.orders {
		o := &t.orders[len(t.orders)-1-i]
		if o.Order.Verb != "REPLICAOF" || t.node(o.Node) != ep.From {
			continue
		}
		if o.Order.NoOne || at-o.At > joins || o.At >= ep.Start {
			return
		}
		if to, ok := t.o.Nodes.Resolve(o.Order.Host, o.Order.Port, o.Node); ok && t.node(to) == ep.To {
			ep.Start = o.At
			ep.prove(Proof{Place: o.Place, Kind: "command", Text: o.Order.Text + " on " + o.Node.String() + " was answered +" + o.Order.Line})
		}
		return
	}
}

// ordered reports whether a node is known as a replica only by having been told to be
// one in the captures: taking that back is no handover.
func ordered(r *topology.Interval) bool {
	told := false
	for _, p := range r.Proofs {
		switch p.Kind {
		case topology.KindOrder:
			told = true
		case topology.KindRedirect, topology.KindRefusal:
		default:
			return false
		}
	}
	return told
}

// roleBefore returns the role that a node had when a command was sent to it.
func (t *Tracker) roleBefore(node netip.AddrPort, e *detect.Evidence) *topology.Interval {
	n := t.o.Nodes.Find(node)
	if n == nil {
		return nil
	}
	at := e.Since
	if at == 0 {
		at = e.At - 1
	}
	return n.At(at)
}

// demote follows REPLICAOF host port on a node. One that was a replica before is
// only moved.
func (t *Tracker) demote(node netip.AddrPort, k Kind, e *detect.Evidence, p Proof) {
	to, ok := t.o.Nodes.Resolve(e.Detail.Order.Host, e.Detail.Order.Port, node)
	if !ok || to == node {
		return
	}
	if ep := t.between(node, to, e.At); ep != nil && ep.From == node && ep.Kind != Failover {
		ep.prove(p)
		if k == Sentinel {
			ep.Kind = Sentinel
		}
		ep.To = to
		ep.finish(Reconfigure, e.At)
		ep.End = max(ep.End, e.At)
		t.tell(ep, e.At)
		return
	}
	if r := t.roleBefore(node, e); r != nil && r.Role == topology.Replica || !t.downstream(to, node, e) {
		return
	}
	ep := t.begin(k, node, to, e.At, Certain, p)
	if r := t.role(to); r != nil && r.Role == topology.Primary {
		t.decide(ep, Done, e.Place) // the new one is told first, where that was not captured
		return
	}
	t.tell(ep, e.At)
}

// downstream reports whether a node replicated from another before a command was
// sent, be it through others.
func (t *Tracker) downstream(node, of netip.AddrPort, e *detect.Evidence) bool {
	for range maxChain {
		r := t.roleBefore(node, e)
		if r == nil || r.Role != topology.Replica || !r.Of.IsValid() {
			return t.replicated(node, of)
		}
		if node = t.node(r.Of); node == of {
			return true
		}
	}
	return false
}

// maxChain bounds how many replicas of replicas are looked at.
const maxChain = 8

// clusterFailover follows CLUSTER FAILOVER, which is sent to the replica that is
// to take over.
func (t *Tracker) clusterFailover(node netip.AddrPort, e *detect.Evidence, p Proof) {
	from := netip.AddrPort{}
	if r := t.role(node); r != nil && r.Role == topology.Replica && r.Of.IsValid() {
		from = t.node(r.Of)
	}
	at := e.Since
	if at == 0 {
		at = e.At
	}
	ep := t.towards(node)
	if ep == nil {
		ep = t.begin(Cluster, from, node, at, Certain, p)
	} else {
		ep.prove(p)
	}
	ep.Kind, ep.Confidence, ep.ordered = Cluster, Certain, true
	ep.phases[Requested] = Phase{Stage: Requested, Start: at, End: e.At, Proof: p}
	t.tell(ep, e.At)
}
