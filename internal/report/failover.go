package report

import (
	"fmt"
	"slices"
	"strings"
)

// textFailovers is how many failovers the text has a block for.
const textFailovers = 5

// failovers writes a block for each of the first failovers.
func (t *text) failovers(most int) {
	for i := range t.r.Failovers {
		t.line()
		if i == most {
			t.line(span{plain, "and " + count(int64(len(t.r.Failovers)-i), "more failover", "more failovers")})
			break
		}
		t.failover(&t.r.Failovers[i])
	}
}

func (t *text) failover(f *Failover) {
	st := plain
	if violated(f) {
		st = yellow
	}
	t.line(span{bold, f.ID + " "}, span{st, course(f)})
	label := "phases"
	for i := range f.Phases {
		t.field(plain, label, t.phase(&f.Phases[i])...)
		label = ""
	}
	t.checks(f)
	if f.Confidence != "certain" || len(f.Phases) == 0 {
		t.evidence("evidence", f.Evidence)
	}
	for _, a := range f.Alternatives {
		t.field(plain, "", t.hang("or ", a)...)
	}
}

// course says in one line what a failover was and what became of it.
func course(f *Failover) string {
	s := f.Kind + " " + way(f) + " " + f.Outcome
	if d, ok := between(f.Start, f.End); ok && d >= 0 {
		s += " in " + duration(d)
	}
	if f.Confidence != "" {
		s += " (" + f.Confidence + ")"
	}
	return s
}

// The columns of a block: times, or words that stand in their place.
const timesWidth = 12 // as "not observed", and as a time

// phase says when a phase began, how long it took, and what waited in it.
func (t *text) phase(p *Phase) []string {
	s := p.Name
	if d, ok := between(p.Start, p.End); ok && d > 0 {
		s += " for " + duration(d)
	}
	s += parked(p)
	when := "not seen"
	if p.Start != "" {
		when = t.clock(p.Start)
	}
	if len(p.Evidence) > 0 {
		s = commas(s, p.Evidence[0].Text, t.packet(p.Evidence[0].Capture, p.Evidence[0].Packet))
	}
	inferred := ""
	if p.Start != "" && !p.Observed {
		inferred = "inferred"
	}
	if note := commas(inferred, p.Note); note != "" {
		s += "; " + note
	}
	return t.hang(fmt.Sprintf("%-*s  ", timesWidth, Clean(when)), s)
}

// checks says what was promised and what came of it, what was violated first.
func (t *text) checks(f *Failover) {
	label := "checks"
	row := func(st style, result, s string) {
		t.field(st, label, t.hang(fmt.Sprintf("%-*s  ", timesWidth, result), s)...)
		label = ""
	}
	for i := range f.Conformance {
		if c := &f.Conformance[i]; c.Result == "violated" {
			s := c.Check + " " + count(c.Count, "time", "times")
			if len(c.Evidence) > 0 {
				s += ": " + commas(c.Evidence[0].Text, t.packet(c.Evidence[0].Capture, c.Evidence[0].Packet))
			}
			row(yellow, "violated", s)
		}
	}
	for _, result := range []struct{ name, shown string }{{"held", "held"}, {"not-promised", "not promised"}, {"not-observed", "not observed"}} {
		if s := grouped(f, result.name); s != "" {
			row(plain, result.shown, s)
		}
	}
}

// grouped lists the checks with one result; those with the same note have it
// together.
func grouped(f *Failover, result string) string {
	var notes, parts []string
	names := map[string][]string{}
	for i := range f.Conformance {
		c := &f.Conformance[i]
		if c.Result != result {
			continue
		}
		note := ""
		switch result {
		case "held":
			if c.Count > 0 {
				note = count(c.Count, "time", "times")
			}
		case "not-promised":
			note = c.Note
		}
		if _, ok := names[note]; !ok {
			notes = append(notes, note)
		}
		names[note] = append(names[note], c.Check)
	}
	for _, note := range notes {
		s := list(names[note], len(names[note]), "")
		if n := len(names[note]); n > 1 && n == len(f.Conformance) {
			s = "all of them"
		}
		if note != "" {
			s += " (" + note + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func violated(f *Failover) bool {
	return slices.ContainsFunc(f.Conformance, func(c Conformance) bool { return c.Result == "violated" })
}

// failoversBriefly says in at most three lines what became of the failovers.
func (t *text) failoversBriefly() []string {
	const most = 3
	var lines []string
	for i := range t.r.Failovers {
		f := &t.r.Failovers[i]
		if i == most-1 && len(t.r.Failovers) > most {
			return append(lines, "and "+count(int64(len(t.r.Failovers)-i), "more failover", "more failovers"))
		}
		lines = append(lines, f.ID+" "+course(f)+" from "+t.clock(f.Start)+results(f))
	}
	if len(t.r.Failovers) == 1 {
		f := &t.r.Failovers[0]
		if s := t.phasesBriefly(f); s != "" {
			lines = append(lines, s)
		}
		if len(f.Alternatives) > 0 {
			lines = append(lines, "or "+f.Alternatives[0])
		}
	}
	return lines
}

// phasesBriefly writes the phases of a failover on one line.
func (t *text) phasesBriefly(f *Failover) string {
	var parts []string
	for i := range f.Phases {
		p := &f.Phases[i]
		s := p.Name
		if d, ok := between(p.Start, p.End); ok && d > 0 {
			s += " " + duration(d)
		}
		s += parked(p)
		if !p.Observed {
			s += " (not seen)"
		} else if len(p.Evidence) > 0 {
			s = strings.TrimRight(s+" "+t.packet(p.Evidence[0].Capture, p.Evidence[0].Packet), " ")
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

// results counts the checks by what came of them, and names those violated.
func results(f *Failover) string {
	n := map[string]int64{}
	var broken []string
	for i := range f.Conformance {
		c := &f.Conformance[i]
		n[c.Result]++
		if c.Result == "violated" {
			broken = append(broken, fmt.Sprintf("%s (%s)", c.Check, count(c.Count, "time", "times")))
		}
	}
	s := ""
	if len(broken) > 0 {
		s += "; violated: " + strings.Join(broken, ", ")
	}
	if n["held"] > 0 {
		s += "; " + count(n["held"], "check", "checks") + " held"
	}
	if n["not-observed"] > 0 {
		s += ", " + number(n["not-observed"]) + " not observed"
	}
	return s
}
