package evidence

import (
	"fmt"
	"strings"
	"testing"

	"ricochet/internal/report"
)

// at is a time of a made-up capture.
func at(ms int) string { return fmt.Sprintf("2026-01-02T03:04:05.%03dZ", ms) }

func bounce(hops int) *report.Chain {
	c := &report.Chain{Client: "10.0.0.9:40000", Name: "app", Command: "GET k", Bounced: true, HopCount: int64(hops), Start: at(0), End: at(999), Final: "10.0.0.2:6379"}
	nodes := []string{"10.0.0.1:6379", "10.0.0.2:6379"}
	for i := range hops {
		c.Hops = append(c.Hops, report.Hop{At: at(i), Node: nodes[i%2], Reply: "REDIRECT " + nodes[(i+1)%2], Packet: int64(10 + i)})
	}
	return c
}

func TestComments(t *testing.T) {
	s := NewStory()
	s.Chain(bounce(3))
	s.Chain(&report.Chain{Client: "10.0.0.8:4", Command: "SET x", HopCount: 1, Hops: []report.Hop{
		{At: at(5), Node: "10.0.0.1:6379", Reply: "MOVED 7 10.0.0.1:6379", Packet: 12},
	}})
	r := &report.Report{
		Nodes: []report.Node{{Addr: "10.0.0.1:6379", Roles: []report.Role{{Role: "primary", Evidence: []report.Evidence{{Packet: 3, Text: "accepted a write"}}}}}},
		Findings: []report.Finding{{
			ID: "F1", Rule: "bounce", First: at(0), Last: at(2), Nodes: []string{"10.0.0.1:6379", "10.0.0.2:6379"}, Failover: "E1",
			Cause: report.Cause{ID: "redirect-during-failover", Evidence: []report.Evidence{{Packet: 10, Text: "it did"}}},
		}},
		Failovers: []report.Failover{{
			ID: "E1", From: "10.0.0.1:6379", To: "10.0.0.2:6379", Start: at(0), End: at(9),
			Phases:      []report.Phase{{Name: "in-progress", Evidence: []report.Evidence{{Packet: 4, Text: "PSYNC"}}}},
			Conformance: []report.Conformance{{Check: "single-primary", Result: "held", Evidence: []report.Evidence{{Packet: 4, Text: "PSYNC"}}}},
		}},
	}
	s.Plan(r, Options{})
	for packet, want := range map[int64]string{
		3:  "10.0.0.1:6379 primary: accepted a write",
		4:  "E1 in-progress: PSYNC; E1 single-primary held: PSYNC",
		10: "F1, hop 1 of 3: 10.0.0.1:6379 redirects GET k of app to 10.0.0.2:6379; F1 redirect-during-failover: it did",
		11: "F1, hop 2 of 3: 10.0.0.2:6379 redirects GET k of app back to 10.0.0.1:6379",
		12: "F1, hop 3 of 3: 10.0.0.1:6379 redirects GET k of app back to 10.0.0.2:6379; hop 1 of 1: 10.0.0.1:6379 redirects SET x of 10.0.0.8:4 back to itself",
		13: "",
	} {
		if got := s.comment(place{0, packet}); got != want {
			t.Errorf("packet %d:\n got %q\nwant %q", packet, got, want)
		}
	}
}

func TestHopsThatWereLeftOutAreCounted(t *testing.T) {
	s := NewStory()
	c := bounce(256) // the first 192 and the last 64
	c.HopCount, c.HopsOmitted = 1000, 744
	s.Chain(c)
	for packet, want := range map[int64]string{10: "hop 1 of 1000:", 201: "hop 192 of 1000:", 202: "hop 937 of 1000:", 265: "hop 1000 of 1000:"} {
		if got := s.comment(place{0, packet}); !strings.HasPrefix(got, want) {
			t.Errorf("packet %d: %q, want %q", packet, got, want)
		}
	}
}

func TestCommentsAreBounded(t *testing.T) {
	s := NewStory()
	for i := range maxSaid + 5 { // all of one packet, as in a pipeline
		s.add(place{0, 1}, note{text: fmt.Sprint(i)})
	}
	for i := range int64(maxNotes) {
		s.add(place{0, 2 + i}, note{text: "x"})
	}
	if s.omitted != maxSaid || s.n != maxNotes {
		t.Errorf("%d notes, %d omitted", s.n, s.omitted)
	}
	if got := s.comment(place{0, 1}); strings.Count(got, ";") != maxSaid || !strings.HasSuffix(got, "; and 5 more") {
		t.Errorf("got %q", got)
	}
}

func TestNothingFoundNothingPlanned(t *testing.T) {
	s := NewStory()
	s.Chain(bounce(1))
	if p := s.Plan(&report.Report{Failovers: []report.Failover{{From: "10.0.0.1:1", Start: at(0), End: at(1)}}}, Options{}); !p.Empty() {
		t.Error("the plan is not empty")
	}
}
