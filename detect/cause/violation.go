package cause

import (
	"math"
	"net/netip"
	"strings"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// Violation returns the finding that an episode's servers broke what they promise,
// nil if they did not, with its cause.
func (f *Facts) Violation(ep *failover.Episode) (*chain.Finding, Cause) {
	g := &chain.Finding{Rule: detect.FailoverViolation, Severity: detect.Warning, Nodes: nodesOf(ep)}
	c := Cause{ID: Unknown, Episode: ep}
	var broken []string
	for i := range ep.Checks {
		k := &ep.Checks[i]
		if k.Result != failover.Violated {
			continue
		}
		broken = append(broken, failover.CheckID(i).String())
		g.Commands += k.Count
		if g.First == 0 || k.First < g.First {
			g.First = k.First
		}
		g.Last = max(g.Last, k.Last)
		if len(c.Proofs) < maxProofs {
			c.Proofs = append(c.Proofs, k.Proofs[:min(2, len(k.Proofs))]...)
		}
	}
	if len(broken) == 0 {
		return nil, c
	}
	if k := &ep.Checks[failover.NoRedirectWhileInProgress]; k.Result == failover.Violated {
		g.Redirects = k.Count
		g.Kinds[0] = k.Count
		c = f.duringFailover(g, ep, nodesOf(ep))
		if ep.Linked() && ep.Confidence == failover.Certain {
			c.Confidence = Certain
		}
	} else {
		c.Summary = "the failover from " + ep.From.String() + " to " + ep.To.String() + " did not keep what servers promise: " + strings.Join(broken, ", ")
		c.Remedy = "see what each of these checks means: ricochet explain " + broken[0]
	}
	return g, c
}

func nodesOf(ep *failover.Episode) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range []netip.AddrPort{ep.From, ep.To} {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// Dual returns the finding that two nodes of a group took writes, with its cause.
func (f *Facts) Dual(d *failover.Dual) (*chain.Finding, Cause) {
	g := &chain.Finding{
		Rule: detect.DualPrimary, Severity: detect.Critical, Nodes: d.Nodes[:], First: d.First, Last: d.Last, Commands: d.Writes,
	}
	c := Cause{
		ID: Unknown, Proofs: d.Proofs,
		Summary: list(d.Nodes[:]) + " took writes of clients at the same time; those of one of them are lost when it becomes the other's replica",
		Remedy:  "stop the writes to the one that is to be a replica, save what it took, and make it one",
	}
	keep := d.Nodes[0]
	for _, ep := range f.Failovers.Episodes() {
		if between(ep, d.Nodes) && ep.Start <= d.Last+slack && (ep.Over() == 0 || ep.Outcome == failover.Done) {
			c.Episode = ep
			keep = ep.To
			c.Summary += "; " + ep.From.String() + " goes on after the " + ep.Kind.String() + " that made " + ep.To.String() + " the primary"
		}
	}
	for _, n := range d.Nodes {
		if of := f.primaryOf(n, math.MaxInt64); of.IsValid() && (of == d.Nodes[0] || of == d.Nodes[1]) {
			c.Remedy = "it is over: " + n.String() + " is a replica of " + of.String() + " by now, and what it took in that time is lost"
			return g, c
		}
	}
	for _, n := range d.Nodes {
		if n != keep {
			c.Commands = append(c.Commands, cli(n, "REPLICAOF "+keep.Addr().String()+" "+itoa(int(keep.Port())))+"   # drops the writes that only "+n.String()+" has")
		}
	}
	return g, c
}

func between(ep *failover.Episode, nodes [2]netip.AddrPort) bool {
	return ep.From == nodes[0] && ep.To == nodes[1] || ep.From == nodes[1] && ep.To == nodes[0]
}

// Doubled returns the findings that two nodes of a group both said to be its
// primary at the same time, where no writes show it.
func (f *Facts) Doubled() (out []*chain.Finding, causes []Cause) {
	nodes := f.Nodes.Nodes()
	var primaries []*topology.Node
	for _, n := range nodes {
		for i := range n.Roles {
			if n.Roles[i].Role == topology.Primary {
				primaries = append(primaries, n)
				break
			}
		}
	}
	for i, a := range primaries[:min(len(primaries), maxPrimaries)] {
		for _, b := range primaries[i+1 : min(len(primaries), maxPrimaries)] {
			if f.took(a.Addr, b.Addr) || !f.Nodes.SameGroup(a.Addr, b.Addr) {
				continue
			}
			ra, rb := overlap(a, b)
			if ra == nil {
				continue
			}
			from, to := max(ra.Since, rb.Since), min(ra.Until, rb.Until)
			if to-from < slack && f.handedOver(a.Addr, b.Addr, from, to) {
				continue
			}
			g := &chain.Finding{
				Rule: detect.DualPrimary, Severity: detect.Info, Nodes: []netip.AddrPort{a.Addr, b.Addr},
				First: max(ra.Since, rb.Since), Last: min(ra.Until, rb.Until),
			}
			c := Cause{ID: Unknown, Summary: a.Addr.String() + " and " + b.Addr.String() + " both are primaries of one group, by their own word; writes that take turns were not seen"}
			c.Proofs = append(c.Proofs, ra.Proofs[:min(len(ra.Proofs), 1)]...)
			c.Proofs = append(c.Proofs, rb.Proofs[:min(len(rb.Proofs), 1)]...)
			out, causes = append(out, g), append(causes, c)
		}
	}
	return out, causes
}

// maxPrimaries bounds the nodes that are compared with each other.
const maxPrimaries = 256

// took reports whether two nodes were seen to take writes at the same time.
func (f *Facts) took(a, b netip.AddrPort) bool {
	for _, d := range f.Failovers.Duals() {
		if d.Nodes == [2]netip.AddrPort{a, b} || d.Nodes == [2]netip.AddrPort{b, a} {
			return true
		}
	}
	return false
}

// overlap returns intervals of two nodes in which both are primaries by what they
// said themselves, nil if there are none.
func overlap(a, b *topology.Node) (ra, rb *topology.Interval) {
	for i := range a.Roles {
		for j := range b.Roles {
			x, y := &a.Roles[i], &b.Roles[j]
			if x.Role == topology.Primary && y.Role == topology.Primary && x.Since < y.Until && y.Since < x.Until && says(x) && says(y) {
				return x, y
			}
		}
	}
	return nil, nil
}

// handedOver reports whether one of two nodes took over from the other about a stretch
// of time: others go on for a while to call the old one a primary.
func (f *Facts) handedOver(a, b netip.AddrPort, from, to int64) bool {
	for _, ep := range f.Failovers.Episodes() {
		if between(ep, [2]netip.AddrPort{a, b}) && ep.Outcome == failover.Done && ep.Start <= to+slack && ep.End >= from-slack {
			return true
		}
	}
	return false
}

func says(i *topology.Interval) bool {
	for _, p := range i.Proofs {
		if p.Kind == "role" || p.Kind == "info" || p.Kind == "hello" || p.Kind == "write-accepted" {
			return true
		}
	}
	return false
}
