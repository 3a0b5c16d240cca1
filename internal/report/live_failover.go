package report

import (
	"fmt"
	"slices"
	"strings"
)

// maxFollowed bounds the failovers of which LiveText remembers what it said. Of
// others it says all that it is told: the text gets longer, and hides nothing.
const maxFollowed = 256

// failover writes how a failover stands: its way when it opens, then what is new,
// and all that came of it when it closes.
func (l *LiveText) failover(e *FailoverEvent) {
	f := &e.Failover
	state, st, parts := e.State, bold, []string(nil)
	switch e.State {
	case "opened":
		parts = []string{f.Kind + " " + way(f) + sure(f), latest(f), violations(f)}
	case "closed":
		st = green
		parts = []string{course(f), waited(f), strings.TrimPrefix(results(f), "; ")}
		if len(f.Alternatives) > 0 {
			parts = append(parts, "or "+clip(f.Alternatives[0]))
		}
	case "retracted":
		st, parts = dim, []string{"does not stand, as later evidence shows"}
	default:
		switch {
		case state == "updated" && (f.Outcome == "done" || f.Outcome == "aborted"):
			state = "ended" // what follows it is still watched
		case state == "updated":
			state = "goes on"
		}
		st, parts = plain, []string{latest(f), violations(f)}
	}
	if violated(f) && e.State != "retracted" {
		st = yellow
	}
	what := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
	if f.ID != "" {
		what = f.ID + " " + what
	}
	if l.told(e) && !l.Verbose {
		return
	}
	l.put(e.At, st, "failover", fmt.Sprintf("%-*s ", stateWidth, Clean(state)), what)
}

// told reports whether the last line about a failover that goes on said the
// same, and remembers this one.
func (l *LiveText) told(e *FailoverEvent) bool {
	id := e.Failover.ID
	if e.State == "closed" || e.State == "retracted" {
		delete(l.followed, id)
		return false
	}
	// The line of an opened one has more than what is new later on.
	what := latest(&e.Failover) + violations(&e.Failover)
	said, known := l.followed[id]
	if known || len(l.followed) < maxFollowed {
		if l.followed == nil {
			l.followed = map[string]string{}
		}
		l.followed[id] = what
	}
	return e.State != "opened" && known && said == what
}

// sure says how sure it is that a failover is one, if it is not certain.
func sure(f *Failover) string {
	if f.Confidence == "" || f.Confidence == "certain" {
		return ""
	}
	return " (" + f.Confidence + ")"
}

// latest is the last phase of a failover that has begun.
func latest(f *Failover) string {
	for i := len(f.Phases) - 1; i >= 0; i-- {
		if p := &f.Phases[i]; p.Start != "" || i == 0 {
			return p.Name
		}
	}
	return ""
}

// waited says how many commands waited in all phases together.
func waited(f *Failover) string {
	all := Phase{Parked: &Parked{}}
	for i := range f.Phases {
		if p := f.Phases[i].Parked; p != nil {
			all.Parked.Commands += p.Commands
			all.Parked.MaxMS = max(all.Parked.MaxMS, p.MaxMS)
		}
	}
	return strings.TrimPrefix(parked(&all), ", ")
}

// violations names the checks that a failover violates so far.
func violations(f *Failover) string {
	var broken []string
	for i := range f.Conformance {
		if f.Conformance[i].Result == "violated" {
			broken = append(broken, f.Conformance[i].Check)
		}
	}
	if len(broken) == 0 {
		return ""
	}
	return "violated: " + strings.Join(broken, ", ")
}
