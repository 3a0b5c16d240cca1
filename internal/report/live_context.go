package report

import (
	"fmt"
	"strings"
	"time"
)

// statusEvery is how often Verbose has a line about the stats.
const statusEvery = time.Minute

func (l *LiveText) started(e *Started) {
	s := "by " + e.Mechanism
	switch e.Mechanism {
	case "ebpf":
		s = "by eBPF"
	case "packet":
		s = "by AF_PACKET"
	case "replay":
		s = "a replay"
	}
	switch {
	case len(e.Interfaces) > 0 && e.Mechanism == "replay":
		s += " of " + list(e.Interfaces, 4, "files")
	case len(e.Interfaces) > 0:
		s += " on " + list(e.Interfaces, 4, "interfaces")
	case e.Mechanism != "replay":
		s += " on all interfaces"
	}
	switch e.Ports {
	case "":
	case "all":
		s += ", all ports"
	default:
		s += ", ports " + e.Ports
	}
	l.put(e.At, bold, "watching", "", s+"; Ctrl-C for the report")
	if e.Warning != "" {
		l.put(e.At, yellow, "warning", "", e.Warning)
	}
}

func (l *LiveText) redirect(e *RedirectEvent) {
	if !l.Verbose {
		return
	}
	s := fmt.Sprintf("%s named %s by %s", e.Node, clip(e.Target), e.Reply)
	if e.Total > 1 {
		s += " " + count(e.Count, "time", "times")
	}
	if e.Total > e.Count {
		s += ", " + number(e.Total) + " so far"
	}
	l.put(e.At, plain, "redirect", "", s)
}

func (l *LiveText) role(e *RoleEvent) {
	is, was, st := " is ", "", plain
	if e.Before != "" {
		is, st = " is now ", bold
		if e.Before != e.Role {
			was = ", was " + e.Before
		}
	}
	now := role(&Role{Role: e.Role, Primary: e.Primary})
	if now == unknownRole {
		is, now = ": ", unknownRole
	}
	s := e.Node + is + now + was
	if e.Evidence.Text != "" {
		s += " (" + clip(e.Evidence.Text) + ")"
	}
	l.put(e.At, st, "role", "", s)
}

// loss writes how much was not seen for one cause since the start.
func (l *LiveText) loss(e *LossEvent) {
	if !l.pace.due("loss "+e.Cause, parse(e.At)) && !l.Verbose {
		return
	}
	s := missed(&Blind{Cause: e.Cause, Count: e.TotalCount, Bytes: e.TotalBytes})
	if e.TotalCount > e.Count || e.TotalBytes > e.Bytes {
		s += " so far"
	}
	l.put(e.At, yellow, "loss", "", s)
}

func (l *LiveText) stats(e *Stats) {
	now := parse(e.At)
	since := now.Sub(l.status)
	switch {
	case !l.stood:
	case l.idle && e.Totals.Commands > 0:
	case l.Verbose && (since < 0 || since >= statusEvery):
	default:
		return
	}
	l.stood, l.status, l.idle = true, now, e.Totals.Commands == 0
	st := plain
	if l.idle {
		st = yellow
	}
	l.put(e.At, st, "status", "", standing(e))
}

// standing says in one line how an analysis stands.
func standing(e *Stats) string {
	n := &e.Totals
	packets := count(e.Capture.Packets, "packet", "packets")
	s := fmt.Sprintf("no commands yet in %s: is it the right interface and port?", packets)
	if n.Commands > 0 {
		s = fmt.Sprintf("%s on %s, in %s", count(n.Commands, "command", "commands"), count(n.Connections, "connection", "connections"), packets)
	}
	parts := []string{s}
	if r := n.RedirectReplies.Sum(); r > 0 {
		parts = append(parts, count(r, "redirect reply", "redirect replies"))
	}
	if all := sum(e.BouncesTotal); all > 0 {
		parts = append(parts, fmt.Sprintf("%s, %s open", count(all, "finding", "findings"), number(sum(e.BouncesOpen))))
	}
	if d := e.Capture.Dropped; d > 0 {
		parts = append(parts, count(d, "packet", "packets")+" dropped")
	}
	return strings.Join(parts, "; ")
}

func sum(n map[string]int64) (all int64) {
	for _, v := range n {
		all += v
	}
	return all
}

func (l *LiveText) stopped(e *Stopped) {
	s := e.Reason
	switch e.Reason {
	case "signal":
		s = "by a signal"
	case "duration":
		s = "after the time given"
	case "end":
		s = "at the end of the packets"
	case "error":
		s = "by an error"
	}
	if e.Report != nil {
		s += "; the report follows"
	}
	l.put(e.At, bold, "stopped", "", s)
}
