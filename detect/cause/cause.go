// Package cause says why commands bounced, by what the wire shows: how sure that
// is, what else it could be, and what to do. docs/causes.md has the rules that the
// files of this package follow, one file a cause or a pair that excludes each
// other.
package cause

import (
	"cmp"
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// ID names a cause. The names are part of the output contract.
type ID string

// The causes.
const (
	RedirectDuringFailover ID = "redirect-during-failover"
	CircularReplication    ID = "circular-replication"
	SlotOwnershipConflict  ID = "slot-ownership-conflict"
	MissingAsking          ID = "missing-asking"
	StaleAnnouncement      ID = "stale-announcement"
	DeadPrimary            ID = "dead-primary"
	SelfReplication        ID = "self-replication"
	Unknown                ID = "unknown"
)

// IDs returns all causes, in the order of the documentation.
func IDs() []ID {
	return []ID{
		RedirectDuringFailover, CircularReplication, SlotOwnershipConflict, MissingAsking,
		StaleAnnouncement, DeadPrimary, SelfReplication, Unknown,
	}
}

// Confidence says how sure a cause is.
type Confidence = failover.Confidence

// Confidences, least first.
const (
	Possible = failover.Possible
	Likely   = failover.Likely
	Certain  = failover.Certain
)

// maxProofs bounds the evidence of a cause.
const maxProofs = 8

// Cause is why a finding came about.
type Cause struct {
	ID           ID
	Confidence   Confidence // zero for Unknown
	Summary      string
	Proofs       []topology.Proof
	Alternatives []string // what it could be instead
	Remedy       string   // what to do, in a sentence
	Commands     []string // that do it, for this very case; what follows # is a remark
	Settle       string   // what capture would make it sure; empty if it is, or if that is not known
	// Episode is the failover that the finding belongs to, nil if none.
	Episode *failover.Episode
}

// Facts are what causes are judged by.
type Facts struct {
	Nodes     *topology.Map
	Failovers *failover.Tracker
}

// Of returns the cause of a finding. Called before the end of the evidence it
// says what is known so far.
func (f *Facts) Of(g *chain.Finding) Cause {
	c := f.judge(g)
	if c.ID == "" {
		c.ID = Unknown
	}
	if c.ID == Unknown {
		c.Confidence = 0
	}
	if g.Partial && c.Confidence == Certain {
		// Half of what went round was not seen.
		c.Confidence = Likely
	}
	if c.Episode == nil {
		c.Episode = f.episode(g)
	}
	if c.Confidence != Certain && c.Settle == "" {
		c.Settle = settle(g.Unseen)
	}
	slices.SortStableFunc(c.Proofs, func(a, b topology.Proof) int { return cmp.Compare(a.At, b.At) })
	c.Proofs = slices.CompactFunc(c.Proofs, func(a, b topology.Proof) bool { return a.Place == b.Place })
	if c.Confidence == Possible {
		// Commands that change roles are not for a cause that may be another one.
		c.Remedy, c.Commands = "find out first which it is, by another capture or by asking the nodes", nil
		nodes := f.cycle(g)
		for _, n := range nodes[:min(len(nodes), maxProofs)] {
			ask := "ROLE"
			if g.Kinds[0] == 0 {
				ask = "CLUSTER NODES"
			}
			c.Commands = append(c.Commands, cli(n, ask))
		}
	}
	if len(c.Proofs) > maxProofs {
		c.Proofs = c.Proofs[:maxProofs]
	}
	return c
}

func (f *Facts) judge(g *chain.Finding) Cause {
	for _, n := range g.Unseen {
		if p, ok := f.Failovers.Down(n, g.Last); ok {
			return f.heldDown(g, f.Nodes.Canonical(n), p)
		}
	}
	switch g.Rule {
	case detect.SelfRedirect:
		return f.self(g)
	case detect.UnreachableTarget:
		return f.unreachable(g)
	case detect.ReadonlyLoop:
		return f.readonly(g)
	case detect.LongChain:
		return Cause{Summary: "each node sends its clients on to the next, and none came round"}
	case detect.Bounce:
		switch {
		case g.Kinds[0] == g.Redirects:
			return f.replication(g)
		case g.Kinds[0] == 0:
			return f.slots(g)
		}
	}
	return Cause{Summary: "redirects of a cluster and of standalone nodes are mixed"}
}

// cycle returns the nodes of a finding under the addresses by which they are known.
func (f *Facts) cycle(g *chain.Finding) []netip.AddrPort {
	var nodes []netip.AddrPort
	for _, a := range g.Cycle {
		if a = f.Nodes.Canonical(a); !slices.Contains(nodes, a) {
			nodes = append(nodes, a)
		}
	}
	return nodes
}

// episode returns the episode during which a finding came about, of which at least
// one node took part in it; the one that fits most of its nodes.
func (f *Facts) episode(g *chain.Finding) *failover.Episode {
	var best *failover.Episode
	most := 0
	nodes := f.cycle(g)
	for _, ep := range f.Failovers.Episodes() {
		end := ep.End
		if ep.Over() == 0 {
			end = g.Last
		}
		if g.First > end || g.Last < ep.Start {
			continue
		}
		n := 0
		for _, a := range nodes {
			if a == ep.From || a == ep.To {
				n++
			}
		}
		if n > most {
			best, most = ep, n
		}
	}
	return best
}

// slack is how far beyond an episode's end, in nanoseconds, its clients may be
// seen to bounce: what was sent before is still on its way.
const slack = 1_000_000_000

// settle names the nodes of which a capture would tell more.
func settle(nodes []netip.AddrPort) string {
	if len(nodes) == 0 {
		return ""
	}
	s := "capture on " + nodes[0].Addr().String()
	for _, n := range nodes[1:min(len(nodes), 3)] {
		s += " and " + n.Addr().String()
	}
	return s + " too"
}

// shown returns the hops of the finding's examples as evidence: the first of each
// node.
func shown(g *chain.Finding) []topology.Proof {
	var out []topology.Proof
	var seen []netip.AddrPort
	for _, c := range g.Examples {
		for _, h := range c.OrderedHops() {
			if !slices.Contains(seen, h.Node) && len(out) < maxProofs/2 {
				seen = append(seen, h.Node)
				out = append(out, topology.Proof{Place: h.Place, Kind: "redirect", Text: h.Node.String() + " answered -" + h.Line})
			}
		}
	}
	return out
}

// cli is a command for a node.
func cli(node netip.AddrPort, command string) string {
	return "valkey-cli -h " + node.Addr().String() + " -p " + itoa(int(node.Port())) + " " + command
}
