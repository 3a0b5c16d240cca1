package pipeline_test

import (
	"fmt"
	"slices"
	"strings"

	"ricochet/internal/report"
)

func describeFailover(s *subject, f *report.Failover) string {
	var phases []string
	for _, p := range f.Phases {
		phases = append(phases, p.Name)
	}
	return fmt.Sprintf("failover %s %s %s -> %s %s %s phases %v", f.ID, f.Kind, s.name(f.From), s.name(f.To), f.Outcome, f.Confidence, phases)
}

// failover reads "KIND FROM -> TO OUTCOME CONFIDENCE"; FROM may be - where it
// cannot be known.
func (p *words) failover() func(*subject) error {
	kind := p.choice("failover", "replicaof", "sentinel", "cluster")
	from := p.next()
	p.must("->")
	to := p.next()
	outcome, confidence := p.choice("done", "aborted", "unfinished"), p.choice(confidences()...)
	return func(s *subject) error {
		bad := []string{}
		wanted := 0
		for _, w := range s.section.wants {
			if strings.HasPrefix(w.line, "want failover ") {
				wanted++
			}
		}
		found := false
		for i := range s.Failovers {
			f := &s.Failovers[i]
			if slices.Contains(kind, f.Kind) && s.is(f.From, from) && s.is(f.To, to) &&
				slices.Contains(outcome, f.Outcome) && slices.Contains(confidence, f.Confidence) {
				found = true
			}
			bad = append(bad, describeFailover(s, f))
		}
		switch {
		case found && len(s.Failovers) <= wanted:
			return nil
		case len(bad) == 0:
			return fmt.Errorf("no failover")
		}
		return complaint(bad)
	}
}

// is reports whether an address is that of a node; - stands for any.
func (s *subject) is(addr, name string) bool {
	want, err := s.addr(name)
	return name == "-" || err == nil && addr == want
}

// episode returns the failover with an ID.
func (s *subject) episode(id string) (*report.Failover, error) {
	i := slices.IndexFunc(s.Failovers, func(f report.Failover) bool { return f.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("no failover %s among %d", id, len(s.Failovers))
	}
	return &s.Failovers[i], nil
}

// phases reads "[E1] PHASE...".
func (p *words) phases() func(*subject) error {
	id := "E1"
	if len(p.list) > 0 && isEpisode(p.list[0]) {
		id = p.next()
	}
	var names []string
	for len(p.list) > 0 {
		names = append(names, p.choice(knownPhases()...)...)
	}
	if len(names) == 0 {
		p.fail("no phases are named")
	}
	return func(s *subject) error {
		f, err := s.episode(id)
		if err != nil {
			return err
		}
		left := names
		for _, ph := range f.Phases {
			if len(left) > 0 && ph.Name == left[0] {
				left = left[1:]
			}
		}
		if len(left) > 0 {
			return complaint([]string{describeFailover(s, f)})
		}
		return nil
	}
}

// parked reads "PHASE N [E1]": so many commands waited in a phase.
func (p *words) parked() func(*subject) error {
	phase, n, id := p.choice(knownPhases()...)[0], p.number(), "E1"
	if len(p.list) > 0 && isEpisode(p.list[0]) {
		id = p.next()
	}
	return func(s *subject) error {
		f, err := s.episode(id)
		if err != nil {
			return err
		}
		for _, ph := range f.Phases {
			if ph.Name != phase {
				continue
			}
			if got := ph.Parked; got == nil || got.Commands != n {
				return fmt.Errorf("parked %+v", got)
			}
			return nil
		}
		return complaint([]string{describeFailover(s, f)})
	}
}

// conformance reads "CHECK RESULT [E1] [count N]".
func (p *words) conformance() func(*subject) error {
	check := p.choice(knownChecks()...)[0]
	result := p.choice("held", "violated", "not-observed", "not-promised")
	id, count := "E1", int64(-1)
	for len(p.list) > 0 {
		switch w := p.next(); {
		case isEpisode(w):
			id = w
		case w == "count":
			count = p.number()
		default:
			p.fail("unknown word %q", w)
		}
	}
	return func(s *subject) error {
		f, err := s.episode(id)
		if err != nil {
			return err
		}
		for _, c := range f.Conformance {
			if c.Check != check {
				continue
			}
			if !slices.Contains(result, c.Result) || count >= 0 && c.Count != count {
				return fmt.Errorf("%s, count %d, evidence %+v", c.Result, c.Count, c.Evidence)
			}
			return nil
		}
		return fmt.Errorf("the check is missing")
	}
}

func knownPhases() []string {
	return []string{"requested", "waiting-for-sync", "in-progress", "done", "aborted"}
}

func isEpisode(w string) bool { return len(w) > 1 && w[0] == 'E' && w[1] >= '0' && w[1] <= '9' }
