package failover

import (
	"net/netip"
	"strings"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// ordered follows a command that changes roles, with its answer.
func (t *Tracker) ordered(e *detect.Evidence) {
	o := e.Detail.Order
	node := t.node(e.Conn.Server)
	g := Given{Place: e.Place, Node: node, By: e.Conn, Order: o}
	if len(t.orders) < maxOrders {
		t.orders = append(t.orders, g)
	} else {
		t.Forgotten++
	}
	if !g.Accepted() {
		return
	}
	p := proof(e, "command", o.Text+" on "+node.String()+" was answered +"+o.Line)
	switch {
	case o.Verb == "FAILOVER" && o.Abort:
		if ep := t.of(node); ep != nil {
			ep.prove(p)
			t.decide(ep, Aborted, e.Place)
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
		if to, ok := t.o.Nodes.Resolve(o.Host, o.Port, node); ok {
			ep.To = to
		}
	}
	ep.phases[Requested] = Phase{Stage: Requested, Start: asked, End: e.At, Proof: p}
	w := ep.Phase(WaitingForSync)
	*w = Phase{Stage: WaitingForSync, Start: e.At, End: w.End, Parked: w.Parked, MaxPark: w.MaxPark, Proof: p}
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
		r := t.role(node)
		if r == nil || r.Role != topology.Replica || r.Of == node {
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
	ep.To, ep.promoted = node, p
	if len(ep.Proofs) == 0 || ep.Proofs[0] != p {
		ep.prove(p)
	}
	t.decide(ep, Done, e.Place)
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
	if r := t.role(node); r != nil && r.Role == topology.Replica && r.Since < e.Since {
		return
	}
	if !t.o.Nodes.SameGroup(node, to) {
		return
	}
	ep := t.begin(k, node, to, e.At, Certain, p)
	if r := t.role(to); r != nil && r.Role == topology.Primary {
		t.decide(ep, Done, e.Place) // the new one is told first, where that was not captured
		return
	}
	t.tell(ep, e.At)
}

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
