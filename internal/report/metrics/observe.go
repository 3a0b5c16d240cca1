package metrics

import (
	"cmp"
	"maps"
	"slices"

	"ricochet/internal/report"
)

// observe brings the series up to date with stats.
func (s *series) observe(o *report.Stats) {
	for _, c := range []struct {
		f family
		n int64
	}{
		{bouncedCommands, o.Totals.BouncedCommands},
		{redirectedCommands, o.Totals.RedirectedCommands},
		{commands, o.Totals.Commands},
		{replies, o.Totals.Replies},
		{connections, o.Totals.Connections},
		{parkedCommands, o.ParkedCommands},
		{capturePackets, o.Capture.Packets},
		{captureDropped, o.Capture.Dropped},
		{captureDroppedBytes, o.Capture.DroppedBytes},
	} {
		s.counter(c.f, float64(c.n))
	}
	s.counter(parkedSeconds, o.ParkedSeconds)
	s.counter(cpuSeconds, o.Process.CPUSeconds)
	s.gauge(memoryBytes, float64(o.Process.MemoryBytes))
	s.gauge(ringBytes, float64(o.Capture.RingBytes))
	s.gauge(ringUsed, float64(o.Capture.RingUsed))
	s.hops.observe(&o.Hops)

	s.findings(o)
	s.failoversOf(o)
	s.nodesOf(o)
	s.countersBy(errorReplies, s.errors, unnamed(o.Totals.Errors))
	s.blindness(o)
}

// tally adds up numbers by the values of up to two labels, because several
// words may share one value: a key that is there twice would fail the scrape.
type tally map[[2]string]float64

// counters raises the counters of a family to the sums of a tally.
func (s *series) counters(f family, sums tally) {
	for _, l := range slices.SortedFunc(maps.Keys(sums), compareLabels) {
		s.counter(f, sums[l], l[:]...)
	}
}

// gauges sets the gauges of a family to the sums of a tally, and those that it
// lacks to 0.
func (s *series) gauges(f family, sums tally) {
	for _, k := range s.order {
		if _, ok := sums[k.labels]; !ok && k.family == f {
			s.gauge(f, 0, k.labels[:]...)
		}
	}
	for _, l := range slices.SortedFunc(maps.Keys(sums), compareLabels) {
		s.gauge(f, sums[l], l[:]...)
	}
}

func compareLabels(a, b [2]string) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// byNumber returns the words of a map, the most frequent first: if not all of
// them get a name, these do.
func byNumber(n map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
	})
}

// sums adds up a map by the values that its words have as labels.
func sums(set *labelSet, n map[string]int64) tally {
	t := tally{}
	for _, w := range byNumber(n) {
		t[[2]string{set.name(w)}] += float64(n[w])
	}
	return t
}

func (s *series) countersBy(f family, set *labelSet, n map[string]int64) {
	s.counters(f, sums(set, n))
}

// unnamed renames the errors whose first word is no code to what stands for all
// that have no name.
func unnamed(errors map[string]int64) map[string]int64 {
	const word = "OTHER" // as package decode calls them
	n, ok := errors[word]
	if !ok {
		return errors
	}
	renamed := maps.Clone(errors)
	delete(renamed, word)
	renamed[other] += n
	return renamed
}

func (s *series) findings(o *report.Stats) {
	s.countersBy(bouncesTotal, s.rules, o.BouncesTotal)
	s.gauges(bouncesOpen, sums(s.rules, o.BouncesOpen))
}

// failoversOf brings what there is about failovers up to date.
func (s *series) failoversOf(o *report.Stats) {
	s.gauge(failoversOpen, float64(o.FailoversOpen))
	ended := tally{}
	for i := range o.FailoversTotal {
		f := &o.FailoversTotal[i]
		ended[[2]string{s.kinds.name(f.Kind), s.outcomes.name(f.Outcome)}] += float64(f.Count)
	}
	s.counters(failoversTotal, ended)
	s.countersBy(failoverViolations, s.checks, o.Violations)
}

// nodesOf brings what there is about nodes up to date. The busiest get a name
// before those that merely have a role.
func (s *series) nodesOf(o *report.Stats) {
	replies := tally{}
	busiest := slices.SortedStableFunc(slices.Values(o.Redirects), func(a, b report.NodeRedirects) int {
		return cmp.Compare(b.Sum(), a.Sum())
	})
	for i := range busiest {
		r := &busiest[i]
		node := s.nodes.name(r.Node)
		replies[[2]string{"REDIRECT", node}] += float64(r.Redirect)
		replies[[2]string{"MOVED", node}] += float64(r.Moved)
		replies[[2]string{"ASK", node}] += float64(r.Ask)
	}
	s.counters(redirects, replies)

	present := tally{}
	for i := range o.Roles {
		r := &o.Roles[i]
		node, role := s.nodes.name(r.Node), r.Role
		if role != "primary" && role != "replica" {
			role = "unknown"
		}
		for _, possible := range []string{"primary", "replica", "unknown"} {
			present[[2]string{node, possible}] += 0
		}
		if is := [2]string{node, role}; node == other {
			present[is]++
		} else {
			present[is] = 1
		}
	}
	s.gauges(nodeRole, present)
}

func (s *series) blindness(o *report.Stats) {
	things, bytes := tally{}, tally{}
	for i := range o.Blind {
		b := &o.Blind[i]
		cause := [2]string{s.causes.name(b.Cause)}
		things[cause] += float64(b.Count)
		bytes[cause] += float64(b.Bytes)
	}
	s.counters(blind, things)
	s.counters(blindBytes, bytes)
}
