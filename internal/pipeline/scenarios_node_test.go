package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// role reads "A primary, replica of B" or "A at 30ms replica of B".
func (p *words) role() func(*subject) error {
	node := p.next()
	at := time.Duration(-1)
	if len(p.list) > 1 && p.list[0] == "at" {
		p.next()
		d, err := time.ParseDuration(p.next())
		if err != nil {
			p.fail("%v", err)
		}
		at = d
	}
	type state struct{ role, of string }
	var states []state
	for _, part := range strings.Split(p.rest(), ",") {
		w := strings.Fields(part)
		switch {
		case len(w) == 1 && (w[0] == "primary" || w[0] == "replica"):
			states = append(states, state{w[0], ""})
		case len(w) == 3 && w[0] == "replica" && w[1] == "of":
			states = append(states, state{w[0], w[2]})
		default:
			p.fail("%q is no role", part)
		}
	}
	return func(s *subject) error {
		addr, err := s.addr(node)
		if err != nil {
			return err
		}
		var got []report.Role
		var shown []string
		for _, n := range s.Nodes {
			for _, r := range n.Roles {
				if n.Addr != addr || r.Role == "unknown" || at >= 0 && since(r.Since) > at {
					continue
				}
				if k := len(got); k > 0 && got[k-1].Role == r.Role && got[k-1].Primary == r.Primary {
					continue
				}
				got = append(got, r)
				shown = append(shown, strings.TrimSpace(r.Role+" "+s.name(r.Primary)))
			}
		}
		if at >= 0 && len(got) > 0 {
			got = got[len(got)-1:]
		}
		same := len(got) == len(states)
		for i := range got {
			same = same && got[i].Role == states[i].role && (states[i].of == "" || s.is(got[i].Primary, states[i].of))
		}
		if !same {
			return fmt.Errorf("%s is %q", node, shown)
		}
		return nil
	}
}

// since is how long after the start of scripts a time of a report lies.
func since(stamp string) time.Duration {
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return 0
	}
	return time.Duration(at.UnixNano() - wiretest.BaseTime)
}

// fact reads "A VALUE" for a version, a mode or an alias.
func (p *words) fact(kind string) func(*subject) error {
	node, value := p.next(), p.next()
	if value == "" {
		p.fail("no value")
	}
	return func(s *subject) error {
		addr, err := s.addr(node)
		if err != nil {
			return err
		}
		for _, n := range s.Nodes {
			if n.Addr != addr {
				continue
			}
			got := map[string][]string{"version": {n.Version}, "mode": {n.Mode}, "alias": n.Aliases}[kind]
			if !slices.Contains(got, value) {
				return fmt.Errorf("%s: %q", kind, got)
			}
			return nil
		}
		return fmt.Errorf("the node is missing")
	}
}
