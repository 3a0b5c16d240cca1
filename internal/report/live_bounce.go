package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// liveNames is how many clients, or hosts of them, a line names.
const liveNames = 3

// stateWidth is the width of the column of states.
const stateWidth = len("retracted")

// bounce writes how a finding stands. Who, for example what, and the remedy are
// said when it opens; how it ended, when it closes.
func (l *LiveText) bounce(e *BounceEvent) {
	f := &e.Finding
	thing := "finding " + f.ID
	state, parts, remedy := e.State, []string{summary(f)}, []string(nil)
	switch e.State {
	case "opened":
		l.pace.forget(thing)
		l.pace.due(thing, parse(e.At))
		parts = append(parts, underWay(e), from(f), such(f), why(f))
		remedy = remedies(f)
	case "updated":
		if !l.pace.due(thing, parse(e.At)) && !l.Verbose {
			return
		}
		state = "growing"
		parts = append(parts, rate(e.Rate), underWay(e), why(f))
	case "closed":
		l.pace.forget(thing)
		parts = append(parts, ended(f), why(f))
		remedy = remedies(f)
		remedy = remedy[:min(len(remedy), 1)] // the commands are in the report
	case "retracted":
		l.pace.forget(thing)
		parts = []string{"does not stand, as later evidence shows"}
		if f.Commands > 0 {
			parts[0] += ": " + summary(f)
		}
	}
	if l.out.o.Width <= 0 {
		parts = append(parts, remedy[:min(len(remedy), 1)]...)
		remedy = nil
	}
	what := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
	if f.ID != "" {
		what = f.ID + " " + what
	}
	word := "finding"
	if bounces(f.Rule) {
		word = "bounce"
	}
	l.put(e.At, stateStyle(e.State, f.Severity), word, fmt.Sprintf("%-*s ", stateWidth, Clean(state)), what)
	for i, r := range remedy {
		lines := []string{r} // a command is to be copied, and so is not broken
		if i == 0 && f.Remedy != "" {
			lines = l.wrap(r)
		}
		for _, r := range lines {
			l.out.line(span{plain, strings.Repeat(" ", textStart) + r})
		}
	}
}

// remedies lists what to do: in words if there are some, and then the commands.
func remedies(f *Finding) []string {
	var all []string
	if f.Remedy != "" {
		all = append(all, f.Remedy)
	}
	all = append(all, f.RemedyCommands...)
	if len(all) > 0 {
		all[0] = "remedy: " + all[0]
	}
	return all
}

// stateStyle is the colour of a state. What clients did not feel is not to wake
// anybody.
func stateStyle(state, severity string) style {
	switch {
	case state == "closed":
		return green
	case state == "retracted":
		return dim
	case severity == "info":
		return bold
	case state == "opened":
		return red
	}
	return yellow
}

// underWay says how many commands of a finding are still on their way.
func underWay(e *BounceEvent) string {
	if e.Open <= 0 {
		return ""
	}
	return number(e.Open) + " still on the way"
}

// rate says how many redirects a second there are.
func rate(r float64) string {
	switch {
	case math.IsNaN(r) || r < 0.05 || r >= math.MaxInt64:
		return ""
	case r < 9.95:
		return strconv.FormatFloat(r, 'f', 1, 64) + " redirects a second"
	}
	return number(int64(math.Round(r))) + " redirects a second"
}

// from names the clients if they are few, else their hosts.
func from(f *Finding) string {
	var names, hosts []string
	for i := range f.Clients {
		c := &f.Clients[i]
		where, _ := origin(c)
		if c.Name != "" {
			where += " " + clip(c.Name)
		}
		names = append(names, where)
		if host := cmp.Or(c.Host, c.Address); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) <= liveNames:
		return "from " + list(names, liveNames, "clients")
	}
	return "from " + list(hosts, liveNames, "hosts")
}

// such gives a command for example.
func such(f *Finding) string {
	if len(f.Examples) == 0 || f.Examples[0].Command == "" {
		return ""
	}
	return "such as " + clip(f.Examples[0].Command)
}

// why gives the cause, if one is known.
func why(f *Finding) string {
	switch c := &f.Cause; {
	case c.ID == "" || c.ID == "unknown":
		return ""
	case c.Confidence == "":
		return "cause " + c.ID
	default:
		return "cause " + c.ID + " (" + c.Confidence + ")"
	}
}
