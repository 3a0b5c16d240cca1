package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxMoments bounds the timeline: beyond it the last moments are left out.
const maxMoments = 1000

// Moment is one line of the timeline: something that begins, ends or happens.
type Moment struct {
	At    string `json:"at"`
	Kind  string `json:"kind"`  // role, conflict, failover, violation or finding
	About string `json:"about"` // a node, a failover (E1) or a finding (F1)
	Text  string `json:"text"`
	// Packet shows it, in the capture of that number; 0 if no single packet does.
	Capture int   `json:"capture"`
	Packet  int64 `json:"packet"`
}

// Moments tells in the order of time what became of the nodes and their clients:
// roles, failovers with their phases, violated promises, and when findings began
// and ended. What happened at the same time is in that order. Only what has a
// valid time is in it. It is worked out anew with each call.
func (r *Report) Moments() []Moment {
	type timed struct {
		Moment
		at time.Time
	}
	var all []timed
	add := func(m Moment) {
		if at, err := time.Parse(time.RFC3339Nano, m.At); err == nil {
			all = append(all, timed{m, at})
		}
	}
	for i := range r.Nodes {
		roleMoments(&r.Nodes[i], add)
	}
	for i := range r.Failovers {
		failoverMoments(&r.Failovers[i], add)
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Rule != "failover-violation" || f.Failover == "" { // its failover has it
			findingMoments(f, add)
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at.Compare(b.at) })
	moments := make([]Moment, len(all))
	for i := range all {
		moments[i] = all[i].Moment
	}
	return moments
}

// shown is a moment with the packet of the first evidence.
func shown(m Moment, by []Evidence) Moment {
	for i := range by {
		if by[i].At == m.At { // what was seen at another time is no proof of this moment
			m.Capture, m.Packet = by[i].Capture, by[i].Packet
			break
		}
	}
	return m
}

func roleMoments(n *Node, add func(Moment)) {
	for i := range n.Roles {
		r := &n.Roles[i]
		s := role(r)
		if i > 0 {
			s = "now " + s
			if s == "now "+unknownRole {
				s = "role no longer known"
			}
			if was := n.Roles[i-1].Role; was != r.Role {
				s += ", was " + cmp.Or(was, "unknown")
			}
		}
		for j := range r.Evidence {
			if e := &r.Evidence[j]; e.At == r.Since && e.Text != "" {
				s += ": " + e.Text
				break
			}
		}
		add(shown(Moment{At: r.Since, Kind: "role", About: n.Addr, Text: s}, r.Evidence))
		for j := range r.Conflicts {
			c := &r.Conflicts[j]
			add(Moment{At: c.At, Kind: "conflict", About: n.Addr, Text: "yet, against " + cmp.Or(r.Role, "unknown") + ": " + c.Text,
				Capture: c.Capture, Packet: c.Packet})
		}
	}
}

func failoverMoments(f *Failover, add func(Moment)) {
	about := f.Kind + " " + way(f) + ": " // said once
	last := ""
	for i := range f.Phases {
		if p := &f.Phases[i]; p.Start != "" {
			add(shown(Moment{At: p.Start, Kind: "failover", About: f.ID, Text: about + p.Name + parked(p)}, p.Evidence))
			about, last = "", p.Name
		}
	}
	if last == "" {
		add(shown(Moment{At: f.Start, Kind: "failover", About: f.ID, Text: about + "first sign of it"}, f.Evidence))
	}
	if last != f.Outcome && f.Outcome != "unfinished" {
		add(Moment{At: f.End, Kind: "failover", About: f.ID, Text: f.Outcome})
	}
	for i := range f.Conformance {
		if c := &f.Conformance[i]; c.Result == "violated" && len(c.Evidence) > 0 {
			add(shown(Moment{At: c.Evidence[0].At, Kind: "violation", About: f.ID,
				Text: "violates " + c.Check + " (" + count(c.Count, "time", "times") + "): " + c.Evidence[0].Text}, c.Evidence))
		}
	}
}

// way says from where to where a failover went.
func way(f *Failover) string {
	return cmp.Or(f.From, "unknown") + " -> " + cmp.Or(f.To, "unknown")
}

func findingMoments(f *Finding, add func(Moment)) {
	capture, first := edge(f, f.First, func(hops []Hop) *Hop { return &hops[0] })
	if f.Last == f.First || f.Last == "" {
		add(Moment{At: f.First, Kind: "finding", About: f.ID, Text: f.Rule + among(scene(f)) + sums(": ", f), Capture: capture, Packet: first})
		return
	}
	add(Moment{At: f.First, Kind: "finding", About: f.ID, Text: f.Rule + " begins" + among(scene(f)), Capture: capture, Packet: first})
	capture, last := edge(f, f.Last, func(hops []Hop) *Hop { return &hops[len(hops)-1] })
	add(Moment{At: f.Last, Kind: "finding", About: f.ID, Text: f.Rule + " ends" + sums(": ", f), Capture: capture, Packet: last})
}

// sums says after a mark how much there was of a finding, and how it ended.
func sums(mark string, f *Finding) string {
	var parts []string
	if f.Commands > 0 || f.RedirectReplies > 0 {
		parts = append(parts, amount(f))
	}
	if s := ended(f); s != "" {
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return mark + strings.Join(parts, "; ")
}

// edge finds the packet of a redirect at a time among the examples of a finding,
// or else in its cause's evidence.
func edge(f *Finding, at string, end func([]Hop) *Hop) (capture int, packet int64) {
	for i := range f.Examples {
		if hops := f.Examples[i].Hops; len(hops) > 0 {
			if h := end(hops); h.At == at {
				return h.Capture, h.Packet
			}
		}
	}
	for i := range f.Cause.Evidence {
		if e := &f.Cause.Evidence[i]; e.At == at {
			return e.Capture, e.Packet
		}
	}
	return 0, 0
}

// parked says how many commands waited in a phase, and how long.
func parked(p *Phase) string {
	if p.Parked == nil || p.Parked.Commands == 0 {
		return ""
	}
	most := ""
	if d := milliseconds(p.Parked.MaxMS); d > 0 {
		most = ", up to " + duration(d)
	}
	return fmt.Sprintf(", %s parked%s", count(p.Parked.Commands, "command", "commands"), most)
}
