package pipeline

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"

	"ricochet/detect/failover"
	"ricochet/detect/topology"
	"ricochet/internal/align"
	"ricochet/internal/report"
)

// skew is how far the clock of each capture may be off, in nanoseconds.
func (o *Options) skew() []int64 {
	var out []int64
	for _, c := range o.Clocks {
		if c.State == align.Unaligned {
			out = append(out, failover.Unordered)
		} else {
			out = append(out, roundUp(c.Error))
		}
	}
	return out
}

// roundUp returns the next power of two. An estimate of an error is no exact number,
// and what is counted is not to depend on its last digits.
func roundUp(ns int64) int64 {
	if ns <= 0 {
		return 0
	}
	return 1 << bits.Len64(uint64(ns-1))
}

// failoverList lists the episodes, numbered.
func (r *run) failoverList() []report.Failover {
	out := []report.Failover{}
	for i, ep := range r.d.failovers.Episodes() {
		out = append(out, failoverOf(ep, r.episodeID(ep, i)))
	}
	if r.telling { // in the order of their numbers
		slices.SortFunc(out, func(a, b report.Failover) int {
			return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
		})
	}
	return out
}

// episodeID numbers an episode, which is at an index in the order of time. What is
// told while it goes on is numbered as it comes to light.
func (r *run) episodeID(ep *failover.Episode, i int) string {
	if r.telling {
		return "E" + strconv.Itoa(ep.Serial)
	}
	return "E" + strconv.Itoa(i+1)
}

// idOf returns the number of an episode, empty for none.
func (r *run) idOf(ep *failover.Episode) string {
	if ep == nil {
		return ""
	}
	if r.telling {
		return r.episodeID(ep, 0)
	}
	for i, o := range r.d.failovers.Episodes() {
		if o == ep {
			return r.episodeID(ep, i)
		}
	}
	return ""
}

func failoverOf(ep *failover.Episode, id string) report.Failover {
	f := report.Failover{
		ID: id, Kind: ep.Kind.String(), Outcome: ep.Outcome.String(), Confidence: ep.Confidence.String(),
		Evidence: proofs(ep.Proofs), Start: stamp(ep.Start), End: stamp(ep.End),
		Phases: []report.Phase{}, Conformance: []report.Conformance{}, Alternatives: texts(ep.Alternatives),
	}
	if ep.From.IsValid() {
		f.From = ep.From.String()
	}
	if ep.To.IsValid() {
		f.To = ep.To.String()
	}
	for _, p := range ep.Phases() {
		f.Phases = append(f.Phases, phaseOf(&p))
	}
	if at := ep.Over(); at != 0 {
		end := report.Phase{Name: ep.Outcome.String(), Start: stamp(at), Observed: true, Evidence: []report.Evidence{}}
		for _, p := range ep.Proofs {
			if p.At == at {
				end.Evidence = proofs([]topology.Proof{p})
				break
			}
		}
		f.Phases = append(f.Phases, end)
	}
	for i := range ep.Checks {
		k := &ep.Checks[i]
		f.Conformance = append(f.Conformance, report.Conformance{
			Check: failover.CheckID(i).String(), Result: k.Result.String(), Count: k.Count, Note: k.Note, Evidence: proofs(k.Proofs),
		})
	}
	return f
}

func phaseOf(p *failover.Phase) report.Phase {
	out := report.Phase{Name: p.Stage.String(), Start: stamp(p.Start), End: stamp(p.End), Observed: p.Seen(), Note: p.Note, Evidence: []report.Evidence{}}
	if p.Proof.At != 0 {
		out.Evidence = proofs([]topology.Proof{p.Proof})
	}
	if p.Parked > 0 {
		out.Parked = &report.Parked{Commands: p.Parked, MaxMS: float64(p.MaxPark) / 1e6}
	}
	return out
}

func proofs(in []topology.Proof) []report.Evidence {
	out := []report.Evidence{}
	for _, p := range in {
		out = append(out, report.Evidence{Kind: p.Kind, At: stamp(p.At), Capture: int(p.Capture), Packet: p.Packet, Text: p.Text})
	}
	return out
}

// byTime lists evidence in the order of time.
func byTime(in []topology.Proof) []report.Evidence {
	in = slices.Clone(in)
	slices.SortStableFunc(in, func(a, b topology.Proof) int { return cmp.Compare(a.At, b.At) })
	return proofs(in)
}

// texts copies a list that is never nil.
func texts(in []string) []string { return append([]string{}, in...) }

// violations counts the episodes that broke each promise.
func (r *run) violations() map[string]int64 {
	out := map[string]int64{}
	for _, ep := range r.d.failovers.Episodes() {
		for i := range ep.Checks {
			if ep.Checks[i].Result == failover.Violated {
				out[failover.CheckID(i).String()]++
			}
		}
	}
	return out
}
