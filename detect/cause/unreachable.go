package cause

import (
	"math"
	"net/netip"
	"slices"

	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// unreachable tells a primary that died from an address at which there never was
// one, or not for these clients.
func (f *Facts) unreachable(g *chain.Finding) Cause {
	if len(g.Dead) == 0 {
		return Cause{Summary: "clients were sent to a node that did not answer"}
	}
	target := f.Nodes.Canonical(g.Dead[0])
	if target != g.Dead[0] {
		return f.announced(g, g.Dead[0], target)
	}
	from := f.sender(g, target)
	c := Cause{Proofs: shown(g)}
	life, primary, proof := f.life(target)
	live := f.livePrimary(from, g.Last, target, from)
	known := f.primaryByRole(from, target, g)
	fed, ended, ok := f.Failovers.Fed(target, g.Last)
	feeds := ok && !ended && fed.At >= g.First
	if ok && life == 0 {
		life, primary, proof = fed.At, true, fed
	}
	served, serves := f.served(target, g)
	switch {
	case feeds:
		c.ID, c.Confidence = StaleAnnouncement, Certain
		c.Summary = target.String() + " did not answer these clients, though it feeds a replica meanwhile: " + from.String() + " names an address that not all can reach"
		c.Proofs = append(c.Proofs, fed)
		c.Remedy = "let " + from.String() + " name an address that all clients can reach: REPLICAOF with such an address, or a route to " + target.String()
	case serves:
		c.ID, c.Confidence = StaleAnnouncement, Certain
		c.Summary = target.String() + " did not answer these clients, though it was seen to serve others meanwhile: " + from.String() + " names an address that not all clients can reach"
		c.Proofs = append(c.Proofs, served)
		c.Remedy = "let " + from.String() + " name an address that all clients can reach: REPLICAOF with such an address, cluster-announce-ip in a cluster, or a route to " + target.String()
	case ok && !ended:
		c.ID, c.Confidence = DeadPrimary, Likely
		c.Summary = target.String() + " does not answer any more; " + from.String() + " still sends its clients there"
		c.Proofs = append(c.Proofs, proof, fed)
		c.Alternatives = []string{"stale-announcement: the link of a replica to it was not seen to end, so that it may live and be out of these clients' reach"}
	case primary:
		c.ID, c.Confidence = DeadPrimary, Certain
		c.Summary = target.String() + " was the primary, and does not answer any more; " + from.String() + " still sends its clients there"
		c.Proofs = append(c.Proofs, proof)
	case life != 0:
		c.ID, c.Confidence = DeadPrimary, Certain
		c.Summary = target.String() + " served before, and does not answer any more; " + from.String() + " still sends its clients there"
		c.Proofs = append(c.Proofs, proof)
	case known != nil:
		c.ID, c.Confidence = DeadPrimary, Likely
		c.Summary = from.String() + " has " + target.String() + " for its primary, which does not answer"
		c.Proofs = append(c.Proofs, *known)
		c.Alternatives = []string{"stale-announcement: no traffic of that address was captured"}
	case live.IsValid():
		c.ID, c.Confidence = StaleAnnouncement, Likely
		c.Summary = "nobody was ever seen at " + target.String() + ", where " + from.String() + " sends its clients, and " + live.String() + " is a primary of its group"
		c.Alternatives = []string{"dead-primary: a primary that died before the capture began"}
	default:
		c.ID, c.Confidence = StaleAnnouncement, Possible
		c.Summary = "nobody was ever seen at " + target.String() + ", where " + from.String() + " sends its clients"
		c.Alternatives = []string{"dead-primary: a primary that died before the capture began"}
	}
	if c.Confidence != Certain {
		c.Settle = "capture on " + target.Addr().String() + " too, and see whether a server listens there: " + cli(target, "ROLE")
	}
	if next := f.successor(target, from, g); c.Remedy == "" && next.IsValid() {
		c.Remedy = "it is over: " + next.String() + " took over; before " + target.String() + " comes back, see that it comes as a replica of it"
	} else if c.Remedy == "" {
		c.Remedy = "give " + from.String() + " a primary that is alive, or make it one"
		c.Commands = f.follow(from, target, live)
	}
	for _, o := range f.Failovers.Orders() {
		if o.Node == f.Nodes.Canonical(from) && o.Order.Verb == "REPLICAOF" && !o.Order.NoOne && o.Accepted() {
			if to, ok := f.Nodes.Resolve(o.Order.Host, o.Order.Port, o.Node); ok && to == target {
				c.Proofs = append(c.Proofs, topology.Proof{Place: o.Place, Kind: "command", Text: o.Order.Text + " was answered +" + o.Order.Line})
			}
		}
	}
	return c
}

// announced: the address is one under which a node makes itself known, and at which
// clients do not get to it; the node itself is seen at another.
func (f *Facts) announced(g *chain.Finding, named, node netip.AddrPort) Cause {
	c := Cause{
		ID: StaleAnnouncement, Confidence: Certain, Proofs: shown(g),
		Summary: "clients are sent to " + named.String() + ", where they get no answer; the node that goes by that address is at " + node.String(),
		Remedy:  "let " + node.String() + " announce an address that all clients can reach",
	}
	n := f.Nodes.Find(node)
	for _, a := range n.Aliases {
		if a.Name == named.String() {
			c.Proofs = append(c.Proofs, a.How)
		}
	}
	if n.Mode == topology.Cluster {
		c.Commands = []string{
			cli(node, "CONFIG SET cluster-announce-ip "+node.Addr().String()),
			cli(node, "CONFIG SET cluster-announce-port "+itoa(int(node.Port()))),
		}
	} else {
		c.Commands = []string{
			cli(node, "CONFIG SET replica-announce-ip "+node.Addr().String()),
			cli(node, "CONFIG SET replica-announce-port "+itoa(int(node.Port()))),
		}
		for _, r := range g.Nodes {
			if r != node {
				c.Commands = append(c.Commands, cli(r, "REPLICAOF "+node.Addr().String()+" "+itoa(int(node.Port()))))
			}
		}
	}
	return c
}

// successor returns the node that took over from one that is gone, by an episode or by
// what was seen since; the zero AddrPort if none did.
func (f *Facts) successor(gone, from netip.AddrPort, g *chain.Finding) netip.AddrPort {
	for _, ep := range f.Failovers.Episodes() {
		if ep.From == gone && ep.To.IsValid() && ep.Outcome == failover.Done && ep.Over() >= g.First {
			return ep.To
		}
	}
	if f.primaryAfter(from, g.Last) {
		return from
	}
	return netip.AddrPort{}
}

// sender returns the node that sends clients to another.
func (f *Facts) sender(g *chain.Finding, target netip.AddrPort) netip.AddrPort {
	for _, c := range g.Examples {
		for _, h := range c.OrderedHops() {
			if to := h.Target(); to.IsValid() && f.Nodes.Canonical(to) == target && f.Nodes.Canonical(h.Node) != target {
				return f.Nodes.Canonical(h.Node)
			}
		}
	}
	for _, n := range g.Nodes {
		if n != target {
			return n
		}
	}
	return netip.AddrPort{}
}

// heldDown is the cause of half a bounce whose other half lies at a node that others
// held to be down.
func (f *Facts) heldDown(g *chain.Finding, target netip.AddrPort, p topology.Proof) Cause {
	c := Cause{
		ID: DeadPrimary, Confidence: Likely, Proofs: append(shown(g), p),
		Summary: target.String() + ", where " + list(g.Nodes) + " sends its clients, is held to be down",
		Remedy:  "give the clients a primary that is alive",
	}
	if len(g.Nodes) > 0 {
		c.Commands = f.follow(g.Nodes[0], target, f.livePrimary(g.Nodes[0], g.Last, target))
	}
	return c
}

// follow is what to tell a node whose primary, or the owner of whose clients' slots,
// is gone.
func (f *Facts) follow(node, gone, live netip.AddrPort) []string {
	if !node.IsValid() {
		return nil
	}
	if n := f.Nodes.Find(node); n != nil && n.Mode == topology.Cluster {
		again := "# start " + gone.String() + " again, or let its replica take over"
		for _, r := range f.Nodes.Nodes() {
			if f.primaryOf(r.Addr, math.MaxInt64) == gone {
				return []string{again + ":", cli(r.Addr, "CLUSTER FAILOVER FORCE") + "   # TAKEOVER if most primaries are gone"}
			}
		}
		return []string{again + ": CLUSTER FAILOVER FORCE on it"}
	}
	if live.IsValid() && live != node {
		return []string{cli(node, "REPLICAOF "+live.Addr().String()+" "+itoa(int(live.Port())))}
	}
	return []string{
		"# if " + gone.String() + " is to be the primary: start it again, or make a way to it; else, on the node that is to take over:",
		cli(node, "REPLICAOF NO ONE"),
	}
}

// life returns the latest sign that a node gave of itself, 0 if it gave none, and
// whether it was a primary.
func (f *Facts) life(a netip.AddrPort) (last int64, primary bool, proof topology.Proof) {
	n := f.Nodes.Find(a)
	if n == nil {
		return 0, false, proof
	}
	for i := range n.Roles {
		r := &n.Roles[i]
		own := slices.IndexFunc(r.Proofs, func(p topology.Proof) bool { return ownWord(p.Kind) })
		if own < 0 {
			continue
		}
		if r.Role == topology.Primary {
			primary = true
		}
		if r.Until >= last {
			last, proof = r.Until, r.Proofs[own]
			proof.Text = a.String() + ": " + proof.Text
		}
	}
	return last, primary, proof
}

// ownWord reports whether evidence of a kind comes from the node itself.
func ownWord(kind string) bool {
	switch kind {
	case "write-accepted", "psync", "role", "info", "hello", "cluster-bus", "redirect", "refusal":
		return true
	}
	return false
}

// primaryByRole returns what shows that a node has another for its primary, apart
// from the redirects themselves.
func (f *Facts) primaryByRole(node, primary netip.AddrPort, g *chain.Finding) *topology.Proof {
	n := f.Nodes.Find(node)
	if n == nil {
		return nil
	}
	for i := range n.Roles {
		r := &n.Roles[i]
		if r.Role != topology.Replica || !r.Of.IsValid() || f.Nodes.Canonical(r.Of) != primary || r.Since > g.Last {
			continue
		}
		for _, p := range r.Proofs {
			if p.Kind == "role" || p.Kind == "info" {
				return &p
			}
		}
	}
	return nil
}

// served returns what shows that a node answered others while these clients could not
// reach it.
func (f *Facts) served(target netip.AddrPort, g *chain.Finding) (p topology.Proof, ok bool) {
	n := f.Nodes.Find(target)
	if n == nil {
		return p, false
	}
	for i := range n.Roles {
		r := &n.Roles[i]
		for _, p := range r.Proofs {
			during := p.At > g.First && p.At < g.Last+slack
			switch p.Kind {
			case "write-accepted":
				// The first of its writes is kept, and when the role was last confirmed; in a
				// cluster others confirm it, too.
				during = during || n.Mode != topology.Cluster && r.Since < g.Last+slack && r.Until > g.First
			case "role", "info", "hello", "redirect", "refusal":
			default:
				continue
			}
			if during {
				p.Text = target.String() + ": " + p.Text
				return p, true
			}
		}
	}
	return p, false
}
