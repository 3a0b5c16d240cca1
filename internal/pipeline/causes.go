package pipeline

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/cause"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/internal/report"
)

// judged is a finding that comes with its cause.
type judged struct {
	finding *chain.Finding
	cause   cause.Cause
}

// byNodes returns the findings that are about nodes and not about chains.
func (r *run) byNodes() []judged {
	var out []judged
	for _, ep := range r.d.failovers.Episodes() {
		if g, c := r.d.facts.Violation(ep); g != nil {
			g.Serial = r.serials.episodes[ep]
			out = append(out, judged{g, c})
		}
	}
	for _, d := range r.d.failovers.Duals() {
		g, c := r.d.facts.Dual(d)
		g.Serial = r.serials.duals[d]
		out = append(out, judged{g, c})
	}
	findings, causes := r.d.facts.Doubled()
	for i, g := range findings {
		out = append(out, judged{g, causes[i]})
	}
	return out
}

// serials are the numbers under which findings about nodes were told.
type serials struct {
	episodes map[*failover.Episode]int
	duals    map[*failover.Dual]int
}

func newSerials() serials {
	return serials{map[*failover.Episode]int{}, map[*failover.Dual]int{}}
}

// all returns all findings, in order of time, and remembers the causes of those
// that come with them.
func (r *run) all() []*chain.Finding {
	out := slices.Concat(r.d.findings.All(), r.d.readonly.Findings())
	r.causes = map[*chain.Finding]cause.Cause{}
	for _, j := range r.byNodes() {
		r.causes[j.finding] = j.cause
		out = append(out, j.finding)
	}
	sortFindings(out)
	return out
}

// explain says why a finding came about.
func (r *run) explain(f *report.Finding, g *chain.Finding) {
	c, ok := r.causes[g]
	if !ok {
		c = r.d.facts.Of(g)
	}
	f.Cause = report.Cause{
		ID: string(c.ID), Summary: c.Summary, Evidence: byTime(c.Proofs), Alternatives: texts(c.Alternatives), Settle: c.Settle,
	}
	if c.Confidence != 0 {
		f.Cause.Confidence = c.Confidence.String()
	}
	f.Remedy, f.RemedyCommands = c.Remedy, texts(c.Commands)
	f.Failover = r.idOf(c.Episode)
	f.Explain = "ricochet explain " + string(c.ID)
	if c.ID == cause.Unknown {
		f.Explain = "ricochet explain " + string(g.Rule)
	}
}

// names returns the addresses by which nodes are known, each once.
func (r *run) names(nodes []netip.AddrPort) []string {
	var out []netip.AddrPort
	for _, n := range nodes {
		if n = r.d.nodes.Canonical(n); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return addrs(out)
}

// severities are those of all findings, shown or not: a filter narrows what is
// shown, it does not make clients happy.
func (r *run) severities() []detect.Severity {
	var out []detect.Severity
	for _, f := range r.all() {
		out = append(out, f.Severity)
	}
	return out
}
