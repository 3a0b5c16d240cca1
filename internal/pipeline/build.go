package pipeline

import (
	"net/netip"
	"strconv"
	"time"

	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/topology"
	"ricochet/internal/report"
)

// report puts together what the detectors found.
func (r *run) report() *report.Report {
	rep := &report.Report{
		Schema:    report.Schema,
		Captures:  r.captureList(),
		Nodes:     nodeList(r.d.nodes),
		Failovers: r.failoverList(),
		Findings:  r.findings(),
	}
	rep.Totals = r.totals()
	rep.Blind = r.blind()
	rep.Coverage = r.coverage(rep)
	rep.Verdict, rep.Reasons, rep.Coverage.Next = r.verdict(rep)
	return rep
}

func stamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

func (r *run) captureList() []report.Capture {
	out := []report.Capture{}
	for i, s := range r.captures {
		c := report.Capture{
			File: report.Clean(s.Name), Vantage: report.Clean(s.Vantage), Format: s.Format, Link: s.Link, Packets: s.Packets, Bytes: s.Bytes,
			First: stamp(s.First), Last: stamp(s.Last), Truncated: s.Truncated, Dropped: s.Dropped, Damage: s.Damage,
		}
		if i < len(r.o.Clocks) {
			showClock(&c, &r.o.Clocks[i])
		}
		out = append(out, c)
	}
	return out
}

func (r *run) totals() report.Totals {
	s, d := &r.stats, &r.d.sums
	errs := s.Errors
	if errs == nil {
		errs = map[string]int64{}
	}
	return report.Totals{
		Packets: r.in.packets, Duplicates: s.Duplicates, Connections: s.Connections,
		Commands: s.Commands, Replies: s.Replies, Pushes: s.Pushes,
		RedirectReplies:        report.RedirectReplies{Redirect: s.Redirects[0], Moved: s.Redirects[1], Ask: s.Redirects[2]},
		RedirectedCommands:     d.redirected,
		ReturnedCommands:       d.returned,
		BouncedCommands:        d.bounced,
		BouncedRedirectReplies: d.bouncedReplies,
		MaxHops:                d.maxHops,
		Errors:                 errs,
	}
}

// findings lists what the rules found, in order of time and numbered.
func (r *run) findings() []report.Finding {
	all := r.all()
	next := 1 // those that were told before the end keep their numbers
	for _, g := range all {
		next = max(next, g.Serial+1)
	}
	out := []report.Finding{}
	for _, g := range all { // numbered before they are filtered: F2 is F2 in every report
		number := g.Serial
		if number == 0 {
			number = next
			next++
		}
		if r.filter.finding(g) {
			out = append(out, r.findingOf(g, number))
		}
	}
	return out
}

func (r *run) findingOf(g *chain.Finding, number int) report.Finding {
	id := "F" + strconv.Itoa(number)
	f := report.Finding{
		ID: id, Rule: string(g.Rule), Severity: string(g.Severity), First: stamp(g.First), Last: stamp(g.Last),
		DurationMS: float64(g.Last-g.First) / 1e6,
		Nodes:      r.names(g.Nodes), Cycle: r.names(g.Cycle), Unreachable: addrs(g.Dead), Unseen: addrs(g.Unseen), Clients: []report.Client{}, ClientsOmitted: g.Omitted,
		Commands: g.Commands, RedirectReplies: g.Redirects, MaxHops: int64(g.MaxHops), Partial: g.Partial || r.d.blind.during(g.Nodes, g.First, g.Last),
		Outcomes: report.Outcomes{
			Served: g.Outcomes[chain.Served], Failed: g.Outcomes[chain.Failed],
			GivenUp: g.Outcomes[chain.GivenUp], Cut: g.Outcomes[chain.Cut],
		},
		Examples: []report.Example{},
	}
	for _, s := range g.Shares() {
		f.Clients = append(f.Clients, report.Client{
			Host: s.Client.Host.String(), Address: s.Client.First.String(), Name: s.Client.Name, Library: s.Client.Library,
			Connections: int64(len(s.Connections)), Commands: s.Commands, RedirectReplies: s.Redirects,
		})
	}
	if g.Rule == detect.ReadonlyLoop {
		for i := range f.Clients {
			f.Clients[i].RedirectReplies = 0
		}
	}
	for _, c := range g.Examples {
		f.Examples = append(f.Examples, report.Example{
			Client: c.Conn.Client.String(), Command: c.Text, Outcome: c.Outcome.String(),
			HopsOmitted: int64(c.HopCount - len(c.Hops)), Hops: hops(c),
		})
	}
	r.explain(&f, g)
	return f
}

func hops(c *chain.Chain) []report.Hop {
	out := []report.Hop{}
	for _, h := range c.OrderedHops() {
		out = append(out, report.Hop{
			At: stamp(h.At), Node: h.Node.String(), Reply: h.Line, Asking: h.Asking, Capture: int(h.Capture), Packet: h.Packet,
		})
	}
	return out
}

// chainOf returns the NDJSON form of a chain.
func chainOf(c *chain.Chain) *report.Chain {
	out := &report.Chain{
		Type: "chain", Client: c.Conn.Client.String(), Name: c.Client.Root().Name, Command: c.Text,
		Outcome: c.Outcome.String(), Bounced: c.Bounced(), Returned: c.Returned, Partial: c.Partial,
		Start: stamp(c.Start), End: stamp(c.End), HopCount: int64(c.HopCount), HopsOmitted: int64(c.HopCount - len(c.Hops)),
		Hops: hops(c),
	}
	if c.Final.IsValid() {
		out.Final = c.Final.String()
	}
	return out
}

func addrs(nodes []netip.AddrPort) []string {
	out := []string{}
	for _, n := range nodes {
		out = append(out, n.String())
	}
	return out
}

func nodeList(m *topology.Map) []report.Node {
	out := []report.Node{}
	for _, n := range m.Nodes() {
		rn := report.Node{
			Addr: n.Addr.String(), Aliases: []string{}, AliasEvidence: []report.Alias{},
			ID: n.ID, Version: n.Version, Mode: n.Mode.String(), Roles: []report.Role{},
		}
		for _, a := range n.Aliases {
			rn.Aliases = append(rn.Aliases, a.Name)
			rn.AliasEvidence = append(rn.AliasEvidence, report.Alias{Alias: a.Name, Evidence: proofs([]topology.Proof{a.How})[0]})
		}
		for i := range n.Roles {
			rn.Roles = append(rn.Roles, roleOf(&n.Roles[i]))
		}
		out = append(out, rn)
	}
	return out
}

func roleOf(i *topology.Interval) report.Role {
	role := report.Role{
		Role: i.Role.String(), Since: stamp(i.Since), Until: stamp(i.Until), Evidence: byTime(i.Proofs), Conflicts: byTime(i.Against),
	}
	if i.Of.IsValid() {
		role.Primary = i.Of.String()
	}
	return role
}

// blind lists what could not be seen, the causes in a fixed order.
func (r *run) blind() []report.Blind {
	b := r.blindness()
	out := []report.Blind{}
	for c := range b {
		if g := b[c]; g.Count > 0 || g.Bytes > 0 {
			out = append(out, report.Blind{
				Cause: decode.Cause(c).String(), Count: g.Count, Bytes: g.Bytes, First: stamp(g.First), Last: stamp(g.Last),
			})
		}
	}
	return out
}

// blindness sums up what could not be seen, by cause.
func (r *run) blindness() decode.Blindness {
	b := r.stats.Blind
	for v, c := range map[frame.Verdict]decode.Cause{
		frame.Short: decode.CauseHeaders, frame.Malformed: decode.CauseMalformed,
		frame.UnknownLink: decode.CauseLink, frame.FragmentLost: decode.CauseFragments,
	} {
		g := r.in.verdicts[v]
		b.Add(c, g.Count, g.Bytes, g.First)
		b.Add(c, 0, 0, g.Last)
	}
	b.Add(decode.CauseFragments, r.in.fragments, 0, 0)
	b.Add(decode.CauseChains, r.d.over(), 0, 0)
	for _, s := range r.captures {
		b.Add(decode.CauseDropped, s.Dropped, 0, 0)
	}
	b.Add(decode.CauseDropped, r.health.Dropped, r.health.DroppedBytes, 0)
	b.Add(decode.CauseUnjudged, r.health.Unparsed, 0, 0)
	return b
}
