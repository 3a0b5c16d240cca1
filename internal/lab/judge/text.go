package judge

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ricochet/internal/report"
)

// WriteText writes a verdict for people.
func (v *Verdict) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", strings.ReplaceAll(v.Verdict, "-", " "), v.Summary)
	who := strings.Join(append(slices.Clone(v.Client.Names), v.Client.Libraries...), ", ")
	if who == "" {
		who = "it did not say its name"
	}
	fmt.Fprintf(&b, "    client       %s; CLIENT CAPA redirect on %[3]d of %[2]d connections\n", who, v.Client.Connections, v.Client.Announced)
	for _, p := range v.Phases {
		title := "with the fix (pause first)"
		if p.Order == "redirect-first" {
			title = "with the bug of 8.0.0-rc1 (redirect first)"
		}
		fmt.Fprintf(&b, "\n%s: %s\n", title, p.Summary)
		p.write(&b)
	}
	if v.Omitted > 0 {
		fmt.Fprintf(&b, "\n%d events were more than is remembered; the numbers are too small\n", v.Omitted)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *phase) write(b *strings.Builder) {
	line := func(what, format string, args ...any) {
		fmt.Fprintf(b, "    %-12s %s\n", what, fmt.Sprintf(format, args...))
	}
	line("commands", "%d", p.Commands)
	if p.Redirected > 0 {
		line("redirected", "%d, of which %d were followed and %d lost", p.Redirected, p.Followed, p.Lost)
		line("hops", "%d at most for one command (%s), %d in the middle", p.MaxHops, report.Clean(p.Example), p.MedianHops)
		if p.MedianHopMS > 0 {
			grows := "it does not grow"
			if p.BacksOff {
				grows = "it grows: the client backs off"
			}
			line("a hop takes", "%.1f ms in the middle, %.1f ms at least; %s", p.MedianHopMS, p.MinHopMS, grows)
		}
		line("connections", "%d new ones, %.1f to a hop", p.Connections, p.ConnectionsPerHop)
	}
	if p.Unanswered > 0 {
		line("unanswered", "%d commands: their connection ended first", p.Unanswered)
	}
	if p.Doubled > 0 {
		line("doubled", "%d writes ran on both nodes, with the same bytes and never again", p.Doubled)
	}
	for _, code := range slices.Sorted(maps.Keys(p.Errors)) {
		line("errors", "%d times %s", p.Errors[code], code)
	}
}
