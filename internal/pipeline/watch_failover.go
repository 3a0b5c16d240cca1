package pipeline

import (
	"cmp"
	"slices"

	"ricochet/detect/cause"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/internal/report"
)

// failover tells how an episode goes on, and that its servers broke a promise.
func (w *watch) failover(ep *failover.Episode, s failover.State, at int64) {
	w.o.Event(&report.FailoverEvent{Type: "failover", State: s.String(), At: stamp(at), Failover: failoverOf(ep, w.idOf(ep))})
	g, c := w.d.facts.Violation(ep)
	if g == nil {
		return
	}
	g.Serial = w.serials.episodes[ep]
	if g.Serial == 0 {
		g.Serial = w.d.live.Number()
		w.serials.episodes[ep] = g.Serial
		w.aboutNodes(g, c, chain.Opened, at)
		if s != failover.Closed {
			return
		}
	}
	state := chain.Updated
	if s == failover.Closed {
		state = chain.Closed
	}
	w.aboutNodes(g, c, state, at)
}

// told is what was told of a finding, and when.
type told struct {
	count, at int64
	open      bool
}

// dualQuiet is how long after its last write, in nanoseconds, a stretch with two
// primaries is over.
const dualQuiet = 10_000_000_000

// duals tells of two nodes that take writes, once a second while they do.
func (w *watch) duals(final bool) {
	for _, d := range w.d.failovers.Duals() {
		was := w.grown[d]
		state := chain.Updated
		switch {
		case was.count == 0:
			w.serials.duals[d] = w.d.live.Number()
			state = chain.Opened
		case was.open && (final || w.now-d.Last > dualQuiet):
			state = chain.Closed
		case d.Writes > was.count && w.now-was.at >= statsEvery:
			if !was.open {
				state = chain.Opened
			}
		default:
			continue
		}
		g, c := w.d.facts.Dual(d)
		g.Serial = w.serials.duals[d]
		w.grown[d] = told{d.Writes, w.now, state != chain.Closed}
		w.aboutNodes(g, c, state, w.now)
		if final && state == chain.Opened {
			w.aboutNodes(g, c, chain.Closed, w.now)
		}
	}
}

// aboutNodes tells a change of a finding that is about nodes.
func (w *watch) aboutNodes(g *chain.Finding, c cause.Cause, s chain.State, at int64) {
	switch s {
	case chain.Opened:
		w.bounces[string(g.Rule)]++
		w.open[string(g.Rule)]++
	case chain.Closed:
		w.open[string(g.Rule)]--
	}
	if !w.filter.finding(g) {
		return
	}
	w.causes = map[*chain.Finding]cause.Cause{g: c}
	w.o.Event(&report.BounceEvent{Type: "bounce", State: s.String(), At: stamp(at), Finding: w.findingOf(g, g.Serial)})
	w.causes = nil
}

// failoverCounts counts the episodes.
func (w *watch) failoverCounts(s *report.Stats) {
	counts := map[report.FailoverCount]int64{}
	for _, ep := range w.d.failovers.Episodes() {
		if w.d.failovers.Active(ep) {
			s.FailoversOpen++
			continue
		}
		counts[report.FailoverCount{Kind: ep.Kind.String(), Outcome: ep.Outcome.String()}]++
	}
	s.FailoversTotal = []report.FailoverCount{}
	for k, n := range counts {
		k.Count = n
		s.FailoversTotal = append(s.FailoversTotal, k)
	}
	slices.SortFunc(s.FailoversTotal, func(a, b report.FailoverCount) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Outcome, b.Outcome))
	})
	s.Violations = w.violations()
}
