package report

import (
	"strings"
	"testing"
)

// failoverBlock is the text of a failover that is the only one.
func failoverBlock(t *testing.T, f Failover) string {
	t.Helper()
	got := render(t, &Report{Verdict: "clean", Findings: []Finding{{ID: "F1", Rule: "long-chain", Severity: "info"}}, Failovers: []Failover{f},
		Captures: []Capture{{File: "a.pcap", First: at(0), Last: at(9000)}}}, TextOptions{})
	_, got, _ = strings.Cut(got, "\nE1 ")
	got, _, _ = strings.Cut(got, "\n\n")
	return "E1 " + got
}

func TestFailoverBlock(t *testing.T) {
	check := func(name, result, note string, n int64) Conformance {
		return Conformance{Check: name, Result: result, Note: note, Count: n}
	}
	for _, c := range []struct {
		name string
		f    Failover
		want string
	}{
		{"nothing but that there was one", Failover{Kind: "sentinel", Outcome: "unfinished", Confidence: "possible"},
			"E1 sentinel unknown -> unknown unfinished (possible)"},
		{"phases that were seen, inferred and not seen", Failover{Kind: "failover", From: "A", To: "B", Outcome: "done", Confidence: "certain", Start: at(1), End: at(62),
			Phases: []Phase{{Name: "requested", Note: "the command was not captured"},
				{Name: "waiting-for-sync", Start: at(1), End: at(2), Note: "from writes that waited", Parked: &Parked{2, 55.5}},
				{Name: "in-progress", Start: at(2), End: at(62), Observed: true, Evidence: []Evidence{{Text: "PSYNC", Packet: 7}}},
				{Name: "done", Start: at(62), Observed: true, Note: "late"}}},
			`E1 failover A -> B done in 61 ms (certain)
    phases   not seen      requested; the command was not captured
             19:00:53.001  waiting-for-sync for 1.0 ms, 2 commands parked, up to 56 ms; inferred, from writes that waited
             19:00:53.002  in-progress for 60 ms, PSYNC, #7
             19:00:53.062  done; late`},
		{"checks by their result, with what they have in common", Failover{Kind: "failover", From: "A", To: "B", Outcome: "done", Conformance: []Conformance{
			check("a", "not-observed", "nobody", 0), check("b", "held", "", 2), check("c", "violated", "", 1), check("d", "held", "", 0), check("e", "not-promised", "from 9.0 on", 0),
			check("f", "not-promised", "from 9.0 on", 3), check("g", "not-observed", "", 0), check("h", "held", "", 2)}},
			`E1 failover A -> B done
    checks   violated      c 1 time
             held          b and h (2 times); d
             not promised  e and f (from 9.0 on)
             not observed  a and g`},
		{"nothing was promised", Failover{Kind: "replicaof", From: "A", To: "B", Outcome: "done", Conformance: []Conformance{
			check("a", "not-promised", "FAILOVER alone", 0), check("b", "not-promised", "FAILOVER alone", 0)}},
			`E1 replicaof A -> B done
    checks   not promised  all of them (FAILOVER alone)`},
		{"what it rests on, and what it could be instead", Failover{Kind: "failover", From: "A", Outcome: "aborted", Confidence: "likely", Start: at(1), End: at(2),
			Phases:   []Phase{{Name: "aborted", Start: at(2), Observed: true}},
			Evidence: []Evidence{{At: at(1), Text: "writes waited", Packet: 3}}, Alternatives: []string{"CLIENT PAUSE WRITE"}},
			`E1 failover A -> unknown aborted in 1.0 ms (likely)
    phases   19:00:53.002  aborted
    evidence 19:00:53.001  writes waited, #3
             or CLIENT PAUSE WRITE`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.ID = "E1"
			if got := failoverBlock(t, c.f); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
