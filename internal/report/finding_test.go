package report

import (
	"strings"
	"testing"
)

// block is the text of a finding that is the only one.
func block(t *testing.T, f Finding) string {
	t.Helper()
	return render(t, &Report{Verdict: "bounced", Findings: []Finding{f}, Totals: Totals{BouncedCommands: 4}}, TextOptions{})
}

func TestFindingBlock(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      Finding
		has    []string
		hasNot []string
	}{
		{"a client with many connections", Finding{Clients: []Client{{Host: "10.77.0.4", Address: "10.77.0.4:49120", Name: "vkgo", Library: "valkey 1.0.79",
			Connections: 115, Commands: 4, RedirectReplies: 201}}},
			[]string{"who      10.77.0.4 vkgo (valkey 1.0.79): 201 redirects for 4 commands on 115 connections, the first from port 49120\n"}, nil},
		{"a client with one connection", Finding{Clients: []Client{{Host: "fd00::4", Address: "[fd00::4]:49120", Name: "app-c", Connections: 1, Commands: 4}}},
			[]string{"who      [fd00::4]:49120 app-c: 4 commands on 1 connection\n"}, nil},
		{"an address that is none", Finding{Clients: []Client{{Host: "h", Address: "h", Connections: 2, Commands: 4}}},
			[]string{"who      h: 4 commands on 2 connections\n"}, nil},
		{"clients beyond the bound", Finding{Rule: "bounce", Clients: make([]Client, 5), ClientsOmitted: 1},
			[]string{"at least 5 clients bounced", "and 1 command of clients beyond the bound"}, []string{"more client"}},
		{"the headline says it", Finding{Rule: "bounce", Commands: 1, RedirectReplies: 9, MaxHops: 9}, nil, []string{"how much"}},
		{"most for one", Finding{Rule: "bounce", Commands: 2, RedirectReplies: 9, MaxHops: 7}, []string{"how much at most 7 for one command\n"}, nil},
		{"a cause not known", Finding{Rule: "bounce", Cause: Cause{ID: "unknown", Confidence: "possible"}},
			[]string{"cause    unknown: the captures do not show why\n", "more     ricochet explain unknown\n"}, nil},
		{"a cause not known, and what would show it", Finding{Rule: "bounce", Cause: Cause{ID: "unknown", Summary: "capture on A too"}}, []string{"cause    unknown: capture on A too\n"}, nil},
		{"a rule that is about no bounce", Finding{Rule: "dual-primary", Cause: Cause{ID: "unknown", Summary: "writes will be lost"}},
			[]string{"summary  writes will be lost\n", "explain dual-primary\n"}, []string{"unknown"}},
		{"a violation", Finding{Rule: "failover-violation", Failover: "E1", Cause: Cause{ID: "redirect-during-failover", Confidence: "likely", Summary: "A redirected"}},
			[]string{"failover-violation: failover E1 broke a promise: A redirected\n", "cause    redirect-during-failover (likely)\n", "explain redirect-during-failover\n"}, nil},
		{"a violation without a cause", Finding{Rule: "failover-violation", Cause: Cause{ID: "unknown", Summary: "A kept no promise", Evidence: []Evidence{{At: at(0), Text: "SET"}}}},
			[]string{"evidence 2026", "explain failover-violation\n"}, []string{"summary", "unknown"}},
		{"what would tell", Finding{Rule: "bounce", Cause: Cause{ID: "x", Confidence: "likely", Settle: "capture on A"}}, []string{"cause    x (likely)\n             to be sure: capture on A\n"}, nil},
		{"another cause fits", Finding{Cause: Cause{ID: "dead-primary", Confidence: "possible", Alternatives: []string{"stale-announcement", "a firewall"}}},
			[]string{"cause    dead-primary (possible)\n             or stale-announcement\n             or a firewall\n"}, nil},
		{"evidence of a rule that has no cause", Finding{Rule: "dual-primary", Cause: Cause{Evidence: []Evidence{{At: at(0), Text: "SET", Packet: 7}, {At: at(1), Text: "ROLE"}}}},
			[]string{"evidence 2026-11-23 19:00:53.000 UTC  SET, capture 0 #7\n             2026-11-23 19:00:53.001 UTC  ROLE\n", "explain dual-primary\n"}, []string{"cause"}},
		{"much evidence", Finding{Cause: Cause{ID: "x", Evidence: make([]Evidence, 9)}}, []string{"and 6 more pieces of evidence\n"}, nil},
		{"a remedy of one command", Finding{RemedyCommands: []string{"valkey-cli -h A REPLICAOF NO ONE   # or"}}, []string{"remedy   valkey-cli -h A REPLICAOF NO ONE   # or\n"}, nil},
		{"a remedy of several", Finding{Remedy: "make A primary", RemedyCommands: []string{"one", "two"}},
			[]string{"remedy   make A primary\n             one\n             two\n    more"}, nil},
		{"its own page", Finding{Rule: "bounce", Cause: Cause{ID: "x"}, Explain: "ricochet explain y"}, []string{"more     ricochet explain y\n"}, nil},
		{"a loop on a replica", Finding{Rule: "readonly-loop", Cycle: []string{"A"}}, nil, []string{"cycle"}},
		{"a target that is down", Finding{Rule: "unreachable-target", Cycle: []string{"A"}, Unreachable: []string{"X"}},
			[]string{"cycle    A -> X (no answer) -> (again)\n"}, nil},
		{"a target that went down", Finding{Rule: "unreachable-target", Cycle: []string{"A", "X"}, Unreachable: []string{"X"}},
			[]string{"cycle    A -> X (no answer) -> (again)\n"}, nil},
		{"several are down", Finding{Rule: "unreachable-target", Cycle: []string{"A"}, Unreachable: []string{"X", "Y"}},
			[]string{"cycle    A -> X and Y (no answer) -> (again)\n"}, nil},
		{"half of it", Finding{Rule: "bounce", Partial: true, Nodes: []string{"A", "X"}, Unseen: []string{"X"}},
			[]string{"between A and X: 0 commands, seen from one side only\n", "captured: no traffic of these clients with X was seen\n"}, nil},
		{"half of it, of whom is not known", Finding{Rule: "bounce", Partial: true}, []string{"partial  only part of these chains was captured\n"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := block(t, c.f)
			for _, s := range c.has {
				if !strings.Contains(got, s) {
					t.Errorf("no %q in\n%s", s, got)
				}
			}
			for _, s := range c.hasNot {
				if strings.Contains(got, s) {
					t.Errorf("%q in\n%s", s, got)
				}
			}
		})
	}
}

func TestFirstRoleHasItsTimeIfItIsLate(t *testing.T) {
	r := healthy()
	x := &text{r: r, day: "2026-11-23"}
	for _, c := range []struct {
		roles []Role
		want  string
	}{
		{[]Role{{Role: "replica", Primary: nodeB, Since: at(0)}}, "replica of " + nodeB},
		{[]Role{{Role: "replica", Primary: nodeB, Since: at(2495)}, {Role: "primary", Since: at(3000)}},
			"replica of " + nodeB + " (seen from 19:00:55.495), then primary from 19:00:56.000"},
		{[]Role{{Role: "unknown", Since: at(5)}}, "role unknown"},
		{[]Role{{Role: "primary", Since: "nonsense"}}, "primary"},
	} {
		if got := x.roles(c.roles); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
