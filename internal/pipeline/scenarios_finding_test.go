package pipeline_test

import (
	"fmt"
	"slices"

	"ricochet/internal/report"
)

// clause is one thing that a finding is wanted to have.
type clause struct {
	needs string
	check func(*subject, *report.Finding) error
}

// finding reads "RULE|RULE [SEVERITY] CLAUSE...".
func (p *words) finding(w *want) func(*subject) error {
	rules := p.choice(knownRules()...)
	w.needs = ruleNeeds(rules[0])
	severity := p.maybe("info", "warning", "critical")
	var clauses []clause
	for len(p.list) > 0 {
		clauses = append(clauses, p.clause())
	}
	matches := func(s *subject, f *report.Finding) error {
		if !slices.Contains(rules, f.Rule) {
			return fmt.Errorf("rule %s", f.Rule)
		}
		if severity != nil && !slices.Contains(severity, f.Severity) {
			return fmt.Errorf("severity %s", f.Severity)
		}
		for _, c := range clauses {
			if pending(c.needs) {
				continue
			}
			if err := c.check(s, f); err != nil {
				return err
			}
		}
		return nil
	}
	w.matches = matches
	return func(s *subject) error {
		var bad []string
		for i := range s.Findings {
			f := &s.Findings[i]
			err := matches(s, f)
			if err == nil {
				return s.unwanted()
			}
			if slices.Contains(rules, f.Rule) {
				bad = append(bad, fmt.Sprintf("%s: %v", describeFinding(s, f), err))
			}
		}
		if len(bad) == 0 {
			bad = []string{"no finding of the rule"}
		}
		return complaint(bad)
	}
}

// unwanted complains of findings that no line wants, and of more findings than
// lines want.
func (s *subject) unwanted() error {
	var bad []string
	used := make([]bool, len(s.section.wants))
	for i := range s.Findings {
		f := &s.Findings[i]
		wanted := false
		for j, w := range s.section.wants {
			if !used[j] && w.matches != nil && w.matches(s, f) == nil {
				used[j], wanted = true, true
				break
			}
		}
		if !wanted && f.Severity != "info" && !pending(ruleNeeds(f.Rule)) {
			bad = append(bad, "unwanted "+describeFinding(s, f))
		}
	}
	return complaint(bad)
}

// clause reads one clause.
func (p *words) clause() clause {
	count := func(read func(*report.Finding) int64) clause {
		n := p.number()
		return clause{check: func(_ *subject, f *report.Finding) error {
			if got := read(f); got != n {
				return fmt.Errorf("%d, not %d", got, n)
			}
			return nil
		}}
	}
	switch head := p.next(); head {
	case "commands":
		return count(func(f *report.Finding) int64 { return f.Commands })
	case "hops":
		return count(func(f *report.Finding) int64 { return f.RedirectReplies })
	case "longest":
		return count(func(f *report.Finding) int64 { return f.MaxHops })
	case "clients":
		return count(func(f *report.Finding) int64 { return int64(len(f.Clients)) })
	case "served":
		return count(func(f *report.Finding) int64 { return f.Outcomes.Served })
	case "failed":
		return count(func(f *report.Finding) int64 { return f.Outcomes.Failed })
	case "given-up":
		return count(func(f *report.Finding) int64 { return f.Outcomes.GivenUp })
	case "cut":
		return count(func(f *report.Finding) int64 { return f.Outcomes.Cut })
	case "nodes":
		return p.nodes(false, func(f *report.Finding) []string { return f.Nodes })
	case "cycle":
		return p.nodes(true, func(f *report.Finding) []string { return f.Cycle })
	case "unreachable":
		return p.nodes(false, func(f *report.Finding) []string { return f.Unreachable })
	case "unseen":
		return p.nodes(false, func(f *report.Finding) []string { return f.Unseen })
	case "partial", "whole":
		return clause{check: func(_ *subject, f *report.Finding) error {
			if f.Partial != (head == "partial") {
				return fmt.Errorf("partial is %t", f.Partial)
			}
			return nil
		}}
	case "failover":
		id := p.next()
		return clause{"failover", func(_ *subject, f *report.Finding) error {
			if f.Failover != id && (id != "none" || f.Failover != "") {
				return fmt.Errorf("failover %q", f.Failover)
			}
			return nil
		}}
	case "cause":
		ids, confidence := p.choice(knownCauses()...), p.maybe(confidences()...)
		return clause{"cause", func(_ *subject, f *report.Finding) error {
			if !slices.Contains(ids, f.Cause.ID) || confidence != nil && !slices.Contains(confidence, f.Cause.Confidence) {
				return fmt.Errorf("cause %s %s: %s", f.Cause.ID, f.Cause.Confidence, f.Cause.Summary)
			}
			return nil
		}}
	default:
		p.fail("unknown word %q", head)
	}
	return clause{}
}

// nodes reads names of nodes, up to the next word that is none: they begin with
// a capital.
func (p *words) nodes(inOrder bool, read func(*report.Finding) []string) clause {
	var names []string
	for len(p.list) > 0 && p.list[0][0] >= 'A' && p.list[0][0] <= 'Z' {
		names = append(names, p.next())
	}
	if len(names) == 0 {
		p.fail("no nodes are named")
	}
	return clause{check: func(s *subject, f *report.Finding) error {
		var addrs []string
		for _, n := range names {
			a, err := s.addr(n)
			if err != nil {
				return err
			}
			addrs = append(addrs, a)
		}
		got := slices.Clone(read(f))
		if !inOrder {
			slices.Sort(got)
			slices.Sort(addrs)
		}
		if !slices.Equal(got, addrs) {
			return fmt.Errorf("nodes %q, not %q", got, addrs)
		}
		return nil
	}}
}

func describeFinding(s *subject, f *report.Finding) string {
	var nodes []string
	for _, n := range f.Nodes {
		nodes = append(nodes, s.name(n))
	}
	return fmt.Sprintf("finding %s %s nodes %v commands %d hops %d clients %d outcomes %+v cause %s %s unreachable %v unseen %v partial %t failover %q",
		f.Rule, f.Severity, nodes, f.Commands, f.RedirectReplies, len(f.Clients), f.Outcomes, f.Cause.ID, f.Cause.Confidence, f.Unreachable, f.Unseen, f.Partial, f.Failover)
}
