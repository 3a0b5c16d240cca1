package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMoments(t *testing.T) {
	role := func(at, role string, conflicts ...Evidence) Role {
		return Role{Role: role, Since: at, Conflicts: conflicts}
	}
	for _, c := range []struct {
		name string
		r    Report
		want []string
	}{
		{"nothing", Report{}, nil},
		{"what has no time is left out", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role("", "primary"), role("noon", "replica")}}}}, nil},
		{"in the order of time", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role(at(1), "primary"), role(at(3), "replica")}}, {Addr: "B", Roles: []Role{role(at(2), "replica")}}}},
			[]string{"A primary", "B replica", "A now replica, was primary"}},
		{"times of other zones", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role("2026-11-23T21:00:54+02:00", "primary")}}, {Addr: "B", Roles: []Role{role(at(2000), "replica")}}}},
			[]string{"A primary", "B replica"}},
		{"a conflict", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role(at(1), "primary", Evidence{At: at(2), Text: "ROLE"})}}}},
			[]string{"A primary", "A yet, against primary: ROLE"}},
		{"a role is lost", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role(at(1), "primary"), role(at(2), "unknown")}}}},
			[]string{"A primary", "A role no longer known, was primary"}},
		{"the same role of another primary", Report{Nodes: []Node{{Addr: "A", Roles: []Role{{Role: "replica", Primary: "B", Since: at(1)}, {Role: "replica", Primary: "C", Since: at(2)}}}}},
			[]string{"A replica of B", "A now replica of C"}},
		{"a failover of which only the end was seen", Report{Failovers: []Failover{{ID: "E1", Kind: "sentinel", To: "B", Outcome: "done", End: at(5),
			Phases: []Phase{{Name: "requested"}, {Name: "done", Start: at(5)}}}}},
			[]string{"E1 sentinel unknown -> B: done"}},
		{"a failover without phases", Report{Failovers: []Failover{{ID: "E1", Kind: "cluster", From: "A", To: "B", Outcome: "done", Start: at(1), End: at(5)}}},
			[]string{"E1 cluster A -> B: first sign of it", "E1 done"}},
		{"a failover that goes on", Report{Failovers: []Failover{{ID: "E1", Kind: "failover", From: "A", To: "B", Outcome: "unfinished", Start: at(1), End: at(5),
			Phases: []Phase{{Name: "waiting-for-sync", Start: at(1), Parked: &Parked{1, 0}}}}}},
			[]string{"E1 failover A -> B: waiting-for-sync, 1 command parked"}},
		{"what is violated", Report{Failovers: []Failover{{ID: "E1", Conformance: []Conformance{{Check: "x", Result: "held", Evidence: []Evidence{{At: at(1)}}},
			{Check: "y", Result: "violated", Count: 2, Evidence: []Evidence{{At: at(2), Text: "T"}}}, {Check: "z", Result: "violated", Count: 1}}}}},
			[]string{"E1 violates y (2 times): T"}},
		{"a finding", Report{Findings: []Finding{{ID: "F1", Rule: "bounce", First: at(1), Last: at(2), Cycle: []string{"A", "B"}, Commands: 1, RedirectReplies: 2, Outcomes: Outcomes{Served: 1}}}},
			[]string{"F1 bounce begins between A and B", "F1 bounce ends: 2 redirects for 1 command; 1 served after bouncing"}},
		{"what its failover says", Report{Findings: []Finding{{ID: "F1", Rule: "failover-violation", Failover: "E1", First: at(1)}, {ID: "F2", Rule: "failover-violation", First: at(1)}}},
			[]string{"F2 failover-violation"}},
		{"a finding of one moment", Report{Findings: []Finding{{ID: "F1", Rule: "dual-primary", First: at(1), Last: at(1), Nodes: []string{"A", "B"}}}},
			[]string{"F1 dual-primary between A and B"}},
		{"at the same time", Report{Nodes: []Node{{Addr: "A", Roles: []Role{role(at(1), "primary")}}}, Failovers: []Failover{{ID: "E1", Kind: "failover", From: "A", To: "B", Outcome: "unfinished", Start: at(1)}},
			Findings: []Finding{{ID: "F1", Rule: "bounce", First: at(1)}}},
			[]string{"A primary", "E1 failover A -> B: first sign of it", "F1 bounce"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range c.r.Moments() {
				got = append(got, m.About+" "+m.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestMomentsHaveThePacketsThatShowThem(t *testing.T) {
	got := map[string]int64{}
	for _, m := range bouncing().Moments() {
		word, _, _ := strings.Cut(m.Text, ",")
		got[m.About+" "+word] = m.Packet
	}
	for what, want := range map[string]int64{
		nodeA + " now replica of " + nodeB:                    811,
		"E1 in-progress":                                      811,
		"E1 waiting-for-sync":                                 0,
		"F1 bounce begins between " + nodeA + " and " + nodeB: 1200,
		"E1 violates no-redirect-while-in-progress (132 times): REDIRECT " + nodeB: 815,
	} {
		if n, ok := got[what]; !ok || n != want {
			t.Errorf("%s: packet %d (%v), want %d", what, n, ok, want)
		}
	}
}

// many is a report with n moments.
func many(n int) *Report {
	r := &Report{Verdict: "bounced", Findings: []Finding{{ID: "F1", Rule: "bounce"}}}
	for i := range n {
		r.Nodes = append(r.Nodes, Node{Addr: fmt.Sprint(i), Roles: []Role{{Role: "primary", Since: at(float64(i))}}})
	}
	return r
}

func TestTimelineIsBounded(t *testing.T) {
	for _, n := range []int{textMoments, textMoments + 1, 5000} {
		got := render(t, many(n), TextOptions{})
		_, got, _ = strings.Cut(got, "timeline (UTC)\n")
		got, _, _ = strings.Cut(got, "\n\n")
		lines := strings.Split(got, "\n")
		want := min(n, textMoments)
		if n > textMoments {
			if last := lines[len(lines)-1]; last != "    and "+number(int64(n-textMoments))+" more, see --output json" {
				t.Errorf("%d moments: the last line is %q", n, last)
			}
			want++
		}
		if len(lines) != want {
			t.Errorf("%d moments: %d lines, want %d", n, len(lines), want)
		}

		var b bytes.Buffer
		if err := many(n).WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		var r Report
		if err := json.Unmarshal(b.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Timeline) != min(n, maxMoments) || len(r.Timeline)+int(r.TimelineOmitted) != n {
			t.Errorf("%d moments: JSON has %d and omits %d", n, len(r.Timeline), r.TimelineOmitted)
		}
	}
}
