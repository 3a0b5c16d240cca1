package metrics

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"ricochet/decode"
	"ricochet/detect"
)

// series is what scrapes are told: every value that there ever was, with its
// labels. A counter never goes down here, although the stats may: of what later
// evidence took back, Prometheus would take a lower number for a restart, and
// count all that was before once more.
type series struct {
	families [families]described
	nodes    *labelSet
	errors   *labelSet
	rules    *labelSet
	causes   *labelSet
	checks   *labelSet
	kinds    *labelSet // of failovers
	outcomes *labelSet // of failovers
	values   map[key]float64
	order    []key // of values, oldest first
	hops     histogram
}

// key is a family with the values of its labels; what it has less than two of
// is empty.
type key struct {
	family family
	labels [2]string
}

// newSeries returns the series before anything was seen. The rules and causes
// there are begin with 0: Prometheus does not see that a counter rose which was
// not there before.
func newSeries(version string) *series {
	s := &series{families: describe(), values: map[key]float64{},
		nodes: newLabelSet(maxNodes), errors: newLabelSet(maxErrors)}
	known := detect.Rules()
	s.rules = newLabelSet(len(known) + maxRules)
	for _, r := range known {
		s.gauge(bouncesOpen, 0, s.rules.name(string(r)))
		s.counter(bouncesTotal, 0, s.rules.name(string(r)))
	}
	s.causes = newLabelSet(len(decode.Blindness{}) + maxCauses)
	for c := range len(decode.Blindness{}) {
		cause := s.causes.name(decode.Cause(c).String())
		s.counter(blind, 0, cause)
		s.counter(blindBytes, 0, cause)
	}
	s.failovers()
	s.gauge(buildInfo, 1, safe(version))
	return s
}

// failovers begins the series of failovers with 0, for every kind, outcome and
// check of the output contract.
func (s *series) failovers() {
	kinds := []string{"failover", "replicaof", "sentinel", "cluster"}
	outcomes := []string{"done", "aborted", "unfinished"}
	checks := []string{"no-redirect-while-in-progress", "writes-parked-while-waiting", "parked-clients-redirected",
		"blocked-clients-redirected", "redirect-target-is-primary", "single-primary", "abort-restores-roles"}
	s.kinds = newLabelSet(len(kinds) + maxFailoverWords)
	s.outcomes = newLabelSet(len(outcomes) + maxFailoverWords)
	s.checks = newLabelSet(len(checks) + maxFailoverWords)
	s.gauge(failoversOpen, 0)
	for _, k := range kinds {
		for _, o := range outcomes {
			s.counter(failoversTotal, 0, s.kinds.name(k), s.outcomes.name(o))
		}
	}
	for _, c := range checks {
		s.counter(failoverViolations, 0, s.checks.name(c))
	}
}

// set gives a value to a key.
func (s *series) set(k key, v float64) {
	if _, ok := s.values[k]; !ok {
		s.order = append(s.order, k)
	}
	s.values[k] = v
}

func keyOf(f family, labels []string) key {
	k := key{family: f}
	copy(k.labels[:], labels)
	return k
}

// gauge sets a gauge. A number that is none is 0.
func (s *series) gauge(f family, v float64, labels ...string) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	s.set(keyOf(f, labels), v)
}

// counter raises a counter to v, if it is not there already.
func (s *series) counter(f family, v float64, labels ...string) {
	k := keyOf(f, labels)
	s.set(k, higher(s.values[k], v))
}

// higher returns v if it is a number higher than was, else was.
func higher(was, v float64) float64 {
	if v > was && !math.IsInf(v, 1) {
		return v
	}
	return was
}

// metrics returns what a scrape is told. It is not changed afterwards.
func (s *series) metrics() []prometheus.Metric {
	all := make([]prometheus.Metric, 0, len(s.order)+1)
	for _, k := range s.order {
		d := s.families[k.family]
		labels := slices.Clone(k.labels[:d.labels])
		all = append(all, prometheus.MustNewConstMetric(d.desc, d.kind, s.values[k], labels...))
	}
	if s.hops.counts != nil {
		all = append(all, s.hops.metric(s.families[redirectHops].desc))
	}
	return all
}
