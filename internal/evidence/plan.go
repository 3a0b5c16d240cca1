package evidence

import (
	"net/netip"
	"slices"
	"time"

	"ricochet/internal/report"
)

// busOffset is how far the cluster bus of a node is above its port unless it is told
// otherwise (CLUSTER_PORT_INCR of the servers' cluster_legacy.h).
const busOffset = 10000

// Plan says which packets prove the findings of a report.
type Plan struct {
	story         *Story
	stretches     []stretch
	cited         map[place]bool
	before, after int64
}

// stretch is a time in which connections matter.
type stretch struct {
	from, to int64
	nodes    map[netip.AddrPort]bool
	// hosts are whose connections to the nodes matter; nil stands for all.
	hosts map[netip.Addr]bool
}

// Plan makes the plan for a report of the analysis that told the story. The findings
// and failovers of the report are what matters: it may have been filtered.
//
// Of a finding, the connections of its clients' hosts with its nodes are kept, and
// those of the nodes among each other: an analysis has to see what else those hosts
// sent to tell a retry from another caller's command. Of a finding about nodes and of
// a failover, all connections with the nodes are. To these come the connections with
// packets that the report cites.
func (s *Story) Plan(r *report.Report, o Options) *Plan {
	p := &Plan{story: s, cited: map[place]bool{}, before: margin(o.Before), after: margin(o.After)}
	if len(r.Findings) == 0 {
		return p
	}
	aliases := map[string][]string{}
	for i := range r.Nodes {
		aliases[r.Nodes[i].Addr] = r.Nodes[i].Aliases
	}
	matter := map[string]bool{} // nodes
	for i := range r.Findings {
		f := &r.Findings[i]
		visited, end := p.chains(f)
		p.finding(f, visited, end, aliases)
		for _, n := range f.Nodes {
			matter[n] = true
		}
	}
	for i := range r.Failovers {
		if f := &r.Failovers[i]; matter[f.From] || matter[f.To] {
			p.failover(f, r.Nodes, aliases)
		}
	}
	for i := range r.Nodes {
		if n := &r.Nodes[i]; matter[n.Addr] {
			p.roles(n)
		}
	}
	return p
}

func margin(d time.Duration) int64 {
	if d <= 0 {
		d = Margin
	}
	return int64(d)
}

// Empty reports whether there is nothing to prove.
func (p *Plan) Empty() bool { return len(p.stretches) == 0 }

func (p *Plan) finding(f *report.Finding, visited []string, end int64, aliases map[string][]string) {
	var hosts map[netip.Addr]bool
	if len(f.Clients) > 0 && f.ClientsOmitted == 0 {
		hosts = map[netip.Addr]bool{}
		for i := range f.Clients {
			if a, err := netip.ParseAddr(f.Clients[i].Host); err == nil {
				hosts[a] = true
			}
		}
	}
	p.stretch(nanoseconds(f.First), max(nanoseconds(f.Last), end), slices.Concat(f.Nodes, f.Unreachable, f.Unseen, visited), hosts, aliases)
	for i := range f.Cause.Evidence {
		p.cite(f.ID+" "+f.Cause.ID, &f.Cause.Evidence[i])
	}
}

// chains says of the chains that they are those of a finding: they are in it by
// their time and their nodes. It returns the nodes where they were, and
// when the last of them ended.
func (p *Plan) chains(f *report.Finding) (visited []string, end int64) {
	first, last := nanoseconds(f.First), nanoseconds(f.Last)
	for _, t := range p.story.tellings {
		if t.finding == "" && (t.bounced || f.Rule == "long-chain") &&
			t.first >= first && t.last <= last && slices.ContainsFunc(t.nodes, func(n string) bool { return slices.Contains(f.Nodes, n) }) {
			t.finding = f.ID
			end = max(end, t.end)
			for _, n := range t.nodes {
				if !slices.Contains(visited, n) && len(visited) < maxVisited {
					visited = append(visited, n)
				}
			}
		}
	}
	return visited, end
}

// maxVisited bounds the nodes that the chains of a finding visited.
const maxVisited = 1 << 10

func (p *Plan) failover(f *report.Failover, all []report.Node, aliases map[string][]string) {
	p.stretch(nanoseconds(f.Start), nanoseconds(f.End), []string{f.From, f.To}, nil, aliases)
	if f.Kind == "cluster" { // the others have voted
		var nodes []string
		for i := range all {
			nodes = append(nodes, all[i].Addr)
		}
		p.stretch(nanoseconds(f.Start), nanoseconds(f.End), nodes, map[netip.Addr]bool{}, aliases)
	}
	for i := range f.Evidence {
		p.cite(f.ID, &f.Evidence[i])
	}
	for i := range f.Phases {
		for j := range f.Phases[i].Evidence {
			p.cite(f.ID+" "+f.Phases[i].Name, &f.Phases[i].Evidence[j])
		}
	}
	for i := range f.Conformance {
		c := &f.Conformance[i]
		for j := range c.Evidence {
			p.cite(f.ID+" "+c.Check+" "+c.Result, &c.Evidence[j])
		}
	}
}

func (p *Plan) roles(n *report.Node) {
	for i := range n.Roles {
		r := &n.Roles[i]
		for j := range r.Evidence {
			p.cite(n.Addr+" "+r.Role, &r.Evidence[j])
		}
		for j := range r.Conflicts {
			p.cite(n.Addr+" against "+r.Role, &r.Conflicts[j])
		}
	}
	for i := range n.AliasEvidence {
		p.cite(n.Addr+" is "+n.AliasEvidence[i].Alias, &n.AliasEvidence[i].Evidence)
	}
}

// cite keeps the connection of a packet around it, and says what it shows.
func (p *Plan) cite(what string, e *report.Evidence) {
	at := place{e.Capture, e.Packet}
	if e.Packet == 0 {
		return
	}
	p.cited[at] = true
	if e.Text != "" {
		what += ": " + e.Text
	}
	p.story.add(at, note{text: what})
}

// stretch adds a time in which connections with nodes matter. Of nodes that are no
// addresses there are none.
func (p *Plan) stretch(from, to int64, nodes []string, hosts map[netip.Addr]bool, aliases map[string][]string) {
	if from == 0 {
		return
	}
	s := stretch{from: from - p.before, to: max(from, to) + p.after, nodes: map[netip.AddrPort]bool{}, hosts: hosts}
	for _, n := range nodes {
		for _, name := range append([]string{n}, aliases[n]...) {
			a, err := netip.ParseAddrPort(name)
			if err != nil {
				continue
			}
			s.nodes[a] = true
			if bus := int(a.Port()) + busOffset; bus <= 0xffff {
				s.nodes[netip.AddrPortFrom(a.Addr(), uint16(bus))] = true
			}
			if hosts != nil {
				hosts[a.Addr()] = true
			}
		}
	}
	p.stretches = append(p.stretches, s)
}

// wants reports whether what two ends exchange at a time matters.
func (p *Plan) wants(a, b netip.AddrPort, at int64) bool {
	for i := range p.stretches {
		s := &p.stretches[i]
		if at < s.from || at > s.to {
			continue
		}
		if s.nodes[a] && (s.hosts == nil || s.hosts[b.Addr()]) || s.nodes[b] && (s.hosts == nil || s.hosts[a.Addr()]) {
			return true
		}
	}
	return false
}

// nanoseconds reads a time of a report; 0 if there is none.
func nanoseconds(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}
