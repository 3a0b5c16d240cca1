package cause

import (
	"net/netip"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// A ring of REDIRECTs that lasts longer than this, in nanoseconds, is hardly that
// of a failover: both nodes answer, so that the handshake between them takes a
// few round trips (replication.c, syncWithPrimary).
const lasting = 1_000_000_000

// replication tells the two ways in which standalone nodes send clients round: the
// window of a FAILOVER on a server that redirects before it looks at its pause
// (valkey #821), and nodes that replicate from each other.
func (f *Facts) replication(g *chain.Finding) Cause {
	nodes := f.cycle(g)
	if len(nodes) < 2 {
		return Cause{Summary: "the other side of the bounce was not seen", Proofs: shown(g)}
	}
	ep := f.handover(nodes, g)
	edges, certain := f.edges(nodes, g)
	short := g.Last-g.First-longestStall(g) < lasting
	switch {
	case len(g.Unseen) > 0 && len(edges) < len(nodes):
		return Cause{
			Summary: "clients that " + list(g.Nodes) + " sends to " + list(g.Unseen) + " come back: they are sent back there, or get no answer",
			Proofs:  shown(g),
		}
	case ep != nil && ep.Linked() && f.inWindow(ep, g) && (broke(ep) || !f.fixed(ep.From)):
		c := f.duringFailover(g, ep, nodes)
		if ep.Confidence == failover.Certain && broke(ep) {
			c.Confidence = Certain
		}
		return c
	case certain:
		return f.circular(g, nodes, edges, Certain)
	case f.turning(nodes):
		c := f.circular(g, nodes, edges, Possible)
		c.Alternatives = []string{string(RedirectDuringFailover) + ": a FAILOVER begins like that"}
		return c
	case ep != nil && ep.Ordered() && f.inWindow(ep, g):
		return f.duringFailover(g, ep, nodes)
	case ep != nil && !ep.Linked() && f.fixed(ep.From):
		c := f.circular(g, nodes, edges, Likely)
		c.Proofs = append(c.Proofs, shown(g)...)
		c.Alternatives = []string{string(RedirectDuringFailover) + ", if " + ep.From.String() + " is not the " + f.Nodes.Find(ep.From).Version + " that it says it is"}
		return c
	case ep != nil && ep.Confidence >= Likely && short:
		return f.clientsOnly(g, ep, nodes)
	case len(nodes) > 2 || !short || f.asBefore(nodes, g):
		c := f.circular(g, nodes, edges, Likely)
		if len(nodes) == 2 {
			c.Alternatives = []string{string(RedirectDuringFailover) + ", with a new primary that takes long to answer"}
		}
		return c
	case ep != nil:
		return f.clientsOnly(g, ep, nodes)
	}
	c := f.circular(g, nodes, edges, Possible)
	c.Alternatives = []string{string(RedirectDuringFailover)}
	return c
}

// broke reports whether the old primary was seen to redirect too early.
func broke(ep *failover.Episode) bool {
	return ep.Checks[failover.NoRedirectWhileInProgress].Result == failover.Violated
}

// turning reports whether a node of the ring has only begun to ask the next one to
// replicate from it: what it is about to ask is not known.
func (f *Facts) turning(nodes []netip.AddrPort) bool {
	for i, n := range nodes {
		if _, open := f.Failovers.Turned(n, nodes[(i+1)%len(nodes)]); open {
			return true
		}
	}
	return false
}

// fixed reports whether a server says a version in which FAILOVER holds clients back:
// any but that of 8.0.0-rc1, which 8.0.0-rc2 has too.
func (f *Facts) fixed(a netip.AddrPort) bool {
	n := f.Nodes.Find(a)
	return n != nil && n.Version != "" && n.Version != "7.9.240"
}

// clientsOnly is the cause where a failover is inferred from what clients were
// answered, and nothing between the nodes was captured.
func (f *Facts) clientsOnly(g *chain.Finding, ep *failover.Episode, nodes []netip.AddrPort) Cause {
	c := f.duringFailover(g, ep, nodes)
	c.Confidence = Possible
	c.Alternatives = []string{string(CircularReplication) + ": REPLICAOF on both, soon corrected"}
	c.Settle = "capture on " + list(nodes) + ", where the replication between them is seen"
	return c
}

// asBefore reports whether the node that was the primary before is the primary again
// afterwards: no failover does that.
func (f *Facts) asBefore(nodes []netip.AddrPort, g *chain.Finding) bool {
	for _, a := range nodes {
		if f.wasPrimary(a, g.First) {
			return f.primaryAfter(a, g.Last)
		}
	}
	return false
}

// primaryAfter reports whether a node was seen as a primary after a time.
func (f *Facts) primaryAfter(a netip.AddrPort, at int64) bool {
	n := f.Nodes.Find(a)
	if n == nil || len(n.Roles) == 0 {
		return false
	}
	last := &n.Roles[len(n.Roles)-1]
	return last.Role == topology.Primary && last.Until > at
}

// longestStall returns the longest time between two redirects of one of the
// finding's examples: a node that is stopped sends nobody round.
func longestStall(g *chain.Finding) (longest int64) {
	for _, c := range g.Examples {
		hops := c.OrderedHops()
		for i := 1; i < min(len(hops), chain.MaxHopsHead); i++ {
			longest = max(longest, hops[i].At-hops[i-1].At)
		}
	}
	return longest
}

// handover returns the episode of FAILOVER between two nodes of the ring in which
// the finding lies.
func (f *Facts) handover(nodes []netip.AddrPort, g *chain.Finding) *failover.Episode {
	in := func(a netip.AddrPort) bool {
		for _, n := range nodes {
			if n == a {
				return true
			}
		}
		return false
	}
	for _, ep := range f.Failovers.Episodes() {
		// One by REPLICAOF of which no more than redirects was seen may be one, too.
		guess := ep.Kind == failover.ReplicaOf && ep.Confidence == Possible
		if (ep.Kind == failover.Failover || guess) && in(ep.From) && in(ep.To) && g.Last >= ep.Start && (ep.Over() == 0 || g.First <= ep.Over()) {
			return ep
		}
	}
	return nil
}

// inWindow reports whether a finding lies within the time in which the old
// primary of a FAILOVER already has the new one for its primary.
func (f *Facts) inWindow(ep *failover.Episode, g *chain.Finding) bool {
	from := ep.Start
	if p := ep.Phase(failover.InProgress); p.Seen() {
		from = p.Start
	}
	return g.First >= from-slack/10 && (ep.Over() == 0 || g.Last <= ep.Over()+slack)
}

func (f *Facts) duringFailover(g *chain.Finding, ep *failover.Episode, nodes []netip.AddrPort) Cause {
	a, b := ep.From, ep.To
	c := Cause{
		ID: RedirectDuringFailover, Confidence: Likely, Episode: ep,
		Summary: "during FAILOVER from " + a.String() + " to " + b.String() + " the old primary already sent its clients to the new one, which was still a replica and sent them back (valkey #821)",
	}
	if k := ep.Checks[failover.NoRedirectWhileInProgress]; k.Result == failover.Violated {
		c.Proofs = append(c.Proofs, k.Proofs[:min(len(k.Proofs), 2)]...)
	}
	c.Proofs = append(c.Proofs, ep.Proofs[:min(len(ep.Proofs), 4)]...)
	c.Proofs = append(c.Proofs, shown(g)...)
	version := ""
	if n := f.Nodes.Find(a); n != nil {
		version = n.Version
	}
	c.Remedy = "upgrade both servers: 8.0.0-rc1 has the bug; 8.0.0-rc2 and all later releases hold clients back until the failover is over"
	switch version {
	case "":
	case "7.9.240":
		c.Remedy += " (" + a.String() + " says 7.9.240, which is 8.0.0-rc1 or 8.0.0-rc2)"
	default:
		c.Remedy += " (" + a.String() + " says version " + version + ")"
	}
	if version == "" {
		c.Commands = append(c.Commands, cli(a, "INFO server")+"   # its version")
	}
	if ep.Over() == 0 {
		c.Commands = append(c.Commands, cli(a, "FAILOVER ABORT")+"   # ends a failover that hangs")
	} else {
		c.Commands = append(c.Commands,
			"# until then, to change roles without FAILOVER, promote first and demote second:",
			cli(a, "CLIENT PAUSE 10000 WRITE"),
			cli(b, "INFO replication")+"   # once its offset is that of "+a.String()+":",
			cli(b, "REPLICAOF NO ONE"),
			cli(a, "REPLICAOF "+b.Addr().String()+" "+itoa(int(b.Port()))),
			cli(a, "CLIENT UNPAUSE"))
	}
	if !ep.Linked() {
		c.Settle = "capture on " + a.Addr().String() + " or " + b.Addr().String() + " too, where the replication between them is seen"
	}
	return c
}

// edge is what shows that a node of a ring replicates from the next.
type edge struct {
	proof   topology.Proof
	strong  bool // something else than its redirects
	ordered bool // REPLICAOF
}

// edges looks at each node of a ring. certain says that the ring is no FAILOVER's: the
// nodes that were primaries before it were seen to become replicas by other means
// (a link without the word FAILOVER, REPLICAOF), or else all of them were, and the
// rest shows in their redirects.
func (f *Facts) edges(nodes []netip.AddrPort, g *chain.Finding) (out []edge, certain bool) {
	strong, turned := 0, 0 // nodes with strong evidence, and of these former primaries
	former := 0
	for i, n := range nodes {
		next := nodes[(i+1)%len(nodes)]
		e := f.edge(n, next, g)
		if e.proof.At != 0 {
			out = append(out, e)
		}
		was := f.wasPrimary(n, g.First)
		if was {
			former++
		}
		if handed, open := f.Failovers.Turned(n, next); e.strong && !e.ordered && (handed || open) {
			e.strong = false // the handshake of FAILOVER begins like any other
		}
		if e.strong {
			strong++
			if was {
				turned++
			}
		}
	}
	return out, strong == len(nodes) || len(out) == len(nodes) && former > 0 && turned == former
}

// wasPrimary reports whether a node was a primary at some time before.
func (f *Facts) wasPrimary(a netip.AddrPort, before int64) bool {
	n := f.Nodes.Find(a)
	if n == nil {
		return false
	}
	for i := range n.Roles {
		if r := &n.Roles[i]; r.Role == topology.Primary && r.Since < before {
			return true
		}
	}
	return false
}

func (f *Facts) edge(node, next netip.AddrPort, g *chain.Finding) edge {
	orders := f.Failovers.Orders()
	for i := len(orders) - 1; i >= 0; i-- {
		o := &orders[i]
		if o.Node != node || o.Order.Verb != "REPLICAOF" || !o.Accepted() || o.At > g.Last {
			continue
		}
		if o.Order.NoOne {
			break
		}
		if to, ok := f.Nodes.Resolve(o.Order.Host, o.Order.Port, node); ok && to == next {
			return edge{topology.Proof{Place: o.Place, Kind: "command", Text: o.Order.Text + " on " + node.String() + " was answered +" + o.Order.Line}, true, true}
		}
		break
	}
	n := f.Nodes.Find(node)
	if n == nil {
		return edge{}
	}
	found := edge{}
	for i := range n.Roles {
		r := &n.Roles[i]
		over := i+1 < len(n.Roles) && n.Roles[i+1].Since < g.First-slack
		if r.Role != topology.Replica || !r.Of.IsValid() || f.Nodes.Canonical(r.Of) != next || r.Since > g.Last || over {
			continue
		}
		for _, p := range r.Proofs {
			p.Text = node.String() + ": " + p.Text
			switch p.Kind {
			case "psync", "role", "info":
				return edge{p, true, false}
			case "redirect":
				found.proof = p
			}
		}
	}
	return found
}

func (f *Facts) circular(g *chain.Finding, nodes []netip.AddrPort, edges []edge, sure Confidence) Cause {
	c := Cause{ID: CircularReplication, Confidence: sure}
	if len(nodes) == 2 {
		c.Summary = list(nodes) + " have each other for their primary, so that each sends its clients to the other"
	} else {
		c.Summary = "the nodes replicate in a ring: " + ring(nodes)
	}
	for _, e := range edges {
		c.Proofs = append(c.Proofs, e.proof)
	}
	c.Proofs = append(c.Proofs, shown(g)...)
	if sure != Certain && len(g.Unseen) == 0 {
		c.Settle = "capture on " + list(nodes) + ", where the replication between them is seen"
	}
	c.Remedy = "make one of them a primary, and the others its replicas"
	keep, why := f.rightful(nodes, g)
	if f.primaryAfter(keep, g.Last) {
		c.Remedy, why = "it ended when "+keep.String()+" became a primary; let the others replicate from it", "it is one by now"
	}
	if over := f.primaryAfter(keep, g.Last); over {
		c.Commands = []string{"# nothing to do: REPLICAOF NO ONE or the like was done on " + keep.String()}
		return c
	}
	c.Commands = []string{cli(keep, "REPLICAOF NO ONE") + "   # " + why}
	for _, n := range nodes {
		if n != keep {
			c.Commands = append(c.Commands, cli(n, "REPLICAOF "+keep.Addr().String()+" "+itoa(int(keep.Port()))))
		}
	}
	return c
}

// rightful chooses which node of a ring is to be the primary: one that took writes
// in the end, else the one that did last before.
func (f *Facts) rightful(nodes []netip.AddrPort, g *chain.Finding) (netip.AddrPort, string) {
	best, at, why := nodes[0], int64(0), "the one that should be the primary"
	for _, a := range nodes {
		n := f.Nodes.Find(a)
		if n == nil {
			continue
		}
		for i := range n.Roles {
			if r := &n.Roles[i]; r.Role == topology.Primary && r.Until > at {
				best, at = a, r.Until
				why = "it was the primary last"
			}
		}
	}
	return best, why
}

// ask is the place of ASK in chain.Finding.Kinds.
const ask = detect.Ask - detect.Redirect
