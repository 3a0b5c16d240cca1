package pipeline_test

import (
	"strings"
	"testing"

	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// TestWants holds the language of expectations to a made-up report: what is true
// of it must hold, and what is not must not.
func TestWants(t *testing.T) {
	const a, b = "10.0.0.1:6379", "10.0.0.2:6379"
	r := &report.Report{
		Verdict: "bounced", Reasons: []string{"60 % of connections are TLS"}, Coverage: report.Coverage{Next: "tcpdump host 10.0.0.2"},
		Totals: report.Totals{RedirectedCommands: 3, BouncedCommands: 2, RedirectReplies: report.RedirectReplies{Moved: 7}, Errors: map[string]int64{"READONLY": 1}},
		Nodes: []report.Node{{Addr: a, Version: "8.0.1", Mode: "standalone", Aliases: []string{"valkey-a:6379"}, Roles: []report.Role{
			{Role: "primary", Since: "2026-01-02T03:04:05.001Z"}, {Role: "replica", Primary: b, Since: "2026-01-02T03:04:05.020Z"},
		}}},
		Failovers: []report.Failover{{
			ID: "E1", Kind: "failover", From: a, To: b, Outcome: "done", Confidence: "likely",
			Phases:      []report.Phase{{Name: "waiting-for-sync", Parked: &report.Parked{Commands: 2}}, {Name: "in-progress"}},
			Conformance: []report.Conformance{{Check: "single-primary", Result: "held", Count: 4}},
		}},
		Findings: []report.Finding{{
			ID: "F1", Rule: "bounce", Severity: "warning", Nodes: []string{b, a}, Cycle: []string{a, b}, Commands: 2, RedirectReplies: 6, Failover: "E1",
			Cause: report.Cause{ID: "circular-replication", Confidence: "likely", Summary: "in a ring"}, RemedyCommands: []string{"REPLICAOF NO ONE"}, Partial: true,
		}, {ID: "F2", Rule: "long-chain", Severity: "info", Cause: report.Cause{ID: "unknown"}}},
	}
	c, err := wiretest.Parse("0ms open c1.a>A\n0ms open c1.b>B\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ holds, fails string }{
		{"verdict bounced|clean", "verdict clean"},
		{"totals redirected 3 bounced 2 returned 0 hops 7", "totals redirected 3 bounced 3"},
		{"errors READONLY 1", "errors MASTERDOWN 1"},
		{"finding bounce warning nodes A B cycle A B commands 2 hops 6 partial failover E1", "finding bounce warning cycle B A"},
		{"finding bounce|unreachable-target cause circular-replication|unknown likely|certain", "finding bounce cause circular-replication certain"},
		{"finding long-chain info whole", "finding self-redirect"},
		{"no finding readonly-loop dual-primary", "no finding long-chain"},
		{"no finding self-redirect", "no finding"},
		{"no cause circular-replication certain", "no cause circular-replication"},
		{"at-most likely", "at-most possible"},
		{"failover failover A -> B done certain|likely", "failover failover B -> A done likely"},
		{"no failover sentinel|cluster", "no failover"},
		{"phases waiting-for-sync in-progress", "phases in-progress waiting-for-sync"},
		{"parked waiting-for-sync 2", "parked in-progress 1"},
		{"conformance single-primary held count 4", "conformance single-primary held count 5"},
		{"conformance single-primary held|violated E1", "conformance single-primary held E2"},
		{"role A primary, replica of B", "role A replica of B, primary"},
		{"role A at 10ms primary", "role A at 10ms replica"},
		{"version A 8.0.1", "version A 9.0.0"},
		{"alias A valkey-a:6379", "mode A cluster"},
		{"blind-to 10.0.0.2", "blind-to in a ring"},
		{"cause-says REPLICAOF NO ONE", "cause-says SETSLOT"},
		{"failover-says waiting-for-sync", "failover-says CLIENT PAUSE"},
	} {
		for _, line := range []string{tt.holds, tt.fails} {
			w, err := parseWant("want " + line)
			if err != nil {
				t.Fatal(err)
			}
			if pending(w.needs) || strings.Contains(line, "cause") && pending("cause") || strings.Contains(line, " failover ") && pending("failover") {
				continue
			}
			bounce, err := parseWant("want finding bounce") // lest it be unwanted
			if err != nil {
				t.Fatal(err)
			}
			s := &subject{r, c, &section{wants: []want{w, bounce}}}
			if err := w.check(s); (err == nil) != (line == tt.holds) {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	unwanted, err := parseWant("want finding long-chain")
	if err != nil {
		t.Fatal(err)
	}
	if unwanted.check(&subject{r, c, &section{wants: []want{unwanted}}}) == nil {
		t.Error("a bounce that no line wants was overlooked")
	}
}
