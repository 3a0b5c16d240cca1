package failover

import (
	"net/netip"
	"slices"

	"ricochet/detect"
)

// claimed follows what servers and Sentinels say.
func (t *Tracker) claimed(e *detect.Evidence) {
	claims := e.Detail.Claims
	if len(claims) == 0 {
		return
	}
	switch c := &claims[0]; c.Source {
	case "info":
		if c.Self && c.Failover != "" {
			t.says(c, e)
		}
	case "cluster-bus":
		t.bus(c, e)
	case "sentinel-hello":
		if e.Detail.FromClient {
			t.greets(e.Conn)
		}
		if len(claims) > 1 {
			t.names(&claims[0], &claims[1], e)
		}
	case "sentinel-switch":
		if len(claims) > 1 {
			t.switched(&claims[0], &claims[1], e)
		}
	case "sentinel", "sentinel-event":
		for i := range claims {
			t.down(&claims[i], e)
		}
	}
}

// speaker returns the end of the connection that made a claim.
func speaker(e *detect.Evidence) netip.AddrPort {
	if e.Detail.FromClient {
		return e.Conn.Client
	}
	return e.Conn.Server
}

// named returns the node that a claim is about.
func (t *Tracker) named(c *detect.Claim, by netip.AddrPort) netip.AddrPort {
	if c.ID != "" {
		if n := t.o.Nodes.ByID(c.ID); n != nil {
			return n.Addr
		}
	}
	if c.Port == 0 {
		return netip.AddrPort{}
	}
	a, ok := t.o.Nodes.Resolve(c.Host, c.Port, by)
	if !ok {
		return netip.AddrPort{}
	}
	return t.node(a)
}

// says follows master_failover_state of INFO (replication.c, getFailoverStateString).
func (t *Tracker) says(c *detect.Claim, e *detect.Evidence) {
	node := t.node(e.Conn.Server)
	ep := t.of(node)
	p := proof(e, "info", node.String()+" says master_failover_state:"+c.Failover)
	switch c.Failover {
	case "waiting-for-sync", "failover-in-progress":
		if t.justOver(node, e) {
			return
		}
		if ep == nil {
			ep = t.begin(Failover, node, netip.AddrPort{}, e.At, Certain, p)
			t.waited(ep)
			t.tell(ep, e.At)
		} else if ep.Kind != Failover {
			return
		}
		ep.said = true
		s := WaitingForSync
		if c.Failover != "waiting-for-sync" {
			s = InProgress
			if c.PrimaryPort != 0 && !ep.To.IsValid() {
				if to, ok := t.o.Nodes.Resolve(c.PrimaryHost, c.PrimaryPort, node); ok && t.node(to) != node {
					ep.To = t.node(to)
				}
			}
		}
		if !ep.Phase(s).Seen() {
			ep.begin(s, e.At, p)
			ep.prove(p)
			t.tell(ep, e.At)
		}
	case "no-failover":
		// It is given up if the node is a primary still, after it had begun.
		if ep != nil && ep.Kind == Failover && c.Role == "primary" && ep.Phase(WaitingForSync).Seen() && e.Since > ep.Phase(WaitingForSync).Start+t.skew(ep.Phase(WaitingForSync).Proof.Capture, e.SentIn) {
			ep.prove(p)
			t.decide(ep, Aborted, e.Place)
		}
	}
}

// justOver reports whether a reply may have been given before an episode of a node was
// decided.
func (t *Tracker) justOver(node netip.AddrPort, e *detect.Evidence) bool {
	return slices.ContainsFunc(t.active, func(ep *Episode) bool {
		return ep.From == node && ep.over != 0 && e.Since <= ep.over+t.skew(ep.overIn, e.SentIn)
	})
}

// bus follows the messages of a cluster's nodes.
func (t *Tracker) bus(c *detect.Claim, e *detect.Evidence) {
	node := t.named(c, speaker(e))
	if !node.IsValid() {
		return
	}
	primary := netip.AddrPort{}
	if n := t.o.Nodes.ByID(c.PrimaryID); n != nil && c.PrimaryID != "" {
		primary = n.Addr
	}
	switch e.Detail.Bus {
	case "mfstart", "failover-auth-request":
		ep := t.towards(node)
		if ep == nil {
			ep = t.begin(Cluster, primary, node, e.At, Certain, proof(e, "cluster-bus", node.String()+" sent "+e.Detail.Bus))
			if at, ok := t.downs[primary]; ok && e.At-at.At < joins {
				ep.begin(Down, at.At, at)
				ep.finish(Down, e.At)
				ep.Start = min(ep.Start, at.At)
			}
		}
		ep.Kind, ep.Confidence = Cluster, Certain
		if !ep.From.IsValid() && primary != node {
			ep.From = primary
		}
		s := InProgress
		if e.Detail.Bus == "mfstart" {
			s = WaitingForSync
		}
		p := proof(e, "cluster-bus", node.String()+" sent "+e.Detail.Bus)
		if !ep.Phase(s).Seen() {
			ep.finish(WaitingForSync, e.At)
			ep.begin(s, e.At, p)
			ep.prove(p)
			t.tell(ep, e.At)
		}
	case "fail":
		for i := range e.Detail.Claims {
			t.down(&e.Detail.Claims[i], e)
		}
	}
	if ep := t.towards(node); ep != nil && ep.Kind == Cluster && c.Role == "primary" {
		ep.prove(proof(e, "cluster-bus", node.String()+" announced that it is the primary"))
		t.decide(ep, Done, e.Place)
	}
}

// Bounds of what is remembered of Sentinels and of nodes that are down.
const (
	maxSentinels = 4096
	maxDowns     = 1024
)

// greets notes that the client of a connection is a Sentinel: it says so in a
// greeting on that very connection.
func (t *Tracker) greets(c *detect.Conn) {
	if len(t.sentinels) < maxSentinels {
		t.sentinels[c.ID] = true
	} else if !t.sentinels[c.ID] {
		t.Forgotten++
	}
}

// watcher is a Sentinel, by its run ID, and a name under which it watches a
// primary.
type watcher struct{ id, group string }

// greeting is what it said last.
type greeting struct {
	primary netip.AddrPort
	epoch   uint64
}

// names follows which primary a Sentinel names in its greetings: another one, under
// a later epoch, is the outcome of a failover (sentinel.c,
// sentinelProcessHelloMessage).
func (t *Tracker) names(s, p *detect.Claim, e *detect.Evidence) {
	primary := t.named(p, speaker(e))
	k := watcher{s.ID, p.Group}
	was, known := t.greeted[k]
	switch {
	case !primary.IsValid() || known && p.Epoch < was.epoch:
		return
	case !known && len(t.greeted) >= maxSentinels:
		t.Forgotten++
		return
	}
	t.greeted[k] = greeting{primary, p.Epoch}
	if known && t.node(was.primary) != primary && p.Epoch > was.epoch {
		t.succeeded(was.primary, primary, proof(e, "sentinel-hello", "a Sentinel names "+primary.String()+" as the primary and "+was.primary.String()+" no more"))
	}
}

// down notes since when a node is held to be down.
func (t *Tracker) down(c *detect.Claim, e *detect.Evidence) {
	bad := slices.ContainsFunc(c.Flags, func(f string) bool {
		return f == "s_down" || f == "o_down" || f == "+sdown" || f == "+odown" || f == "fail"
	})
	if !bad {
		return
	}
	node := t.named(c, speaker(e))
	if !node.IsValid() {
		return
	}
	if was, ok := t.downs[node]; ok && e.At-was.At < joins {
		return
	} else if !ok && len(t.downs) >= maxDowns {
		t.Forgotten++
		return
	}
	t.downs[node] = proof(e, c.Source, node.String()+" is held to be down")
}

// Down returns what shows that Sentinels or the nodes of a cluster held a node to be
// down, lately before a time.
func (t *Tracker) Down(node netip.AddrPort, at int64) (Proof, bool) {
	p, ok := t.downs[t.node(node)]
	return p, ok && p.At <= at && at-p.At < joins
}

// switched follows +switch-master: Sentinels have made another node the primary.
func (t *Tracker) switched(now, was *detect.Claim, e *detect.Evidence) {
	from, to := t.named(was, speaker(e)), t.named(now, speaker(e))
	if !from.IsValid() || !to.IsValid() || from == to {
		return
	}
	t.succeeded(from, to, proof(e, "sentinel-switch", "a Sentinel says that "+to.String()+" is the primary and not "+from.String()))
}

// succeeded follows that Sentinels have made another node the primary.
func (t *Tracker) succeeded(from, to netip.AddrPort, p Proof) {
	ep := t.between(from, to, p.At)
	if ep == nil {
		ep = t.begin(Sentinel, from, to, p.At, Certain, p)
		t.fell(ep)
	} else {
		if ep.Kind == Sentinel {
			return // known
		}
		ep.prove(p)
		if ep.Kind != Failover || ep.Confidence != Certain { // Sentinels of 9.0 may use FAILOVER
			ep.Kind, ep.Confidence, ep.Alternatives = Sentinel, Certain, nil
		}
	}
	t.decide(ep, Done, p.Place)
}

// fell notes since when the old primary was held to be down.
func (t *Tracker) fell(ep *Episode) {
	if p, ok := t.downs[ep.From]; ok && ep.Start-p.At < joins && p.At <= ep.Start {
		ep.begin(Down, p.At, p)
		ep.finish(Down, ep.Start)
		ep.Start = p.At
	}
}
