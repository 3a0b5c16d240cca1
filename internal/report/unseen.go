package report

import (
	"fmt"
	"strings"
)

// unseen lists what the analysis could not see, at most most lines of it, or
// says that there is nothing.
func (t *text) unseen(most int) []string {
	lines := t.notCaptured()
	lines = append(lines, t.notUnderstood()...)
	for i := range t.r.Blind {
		lines = append(lines, t.blind(&t.r.Blind[i]))
	}
	if len(lines) == 0 {
		return []string{"nothing was lost"}
	}
	if len(lines) > most {
		rest := len(lines) - most
		lines = lines[:most]
		lines[most-1] += fmt.Sprintf("; and %d more, see --output json", rest)
	}
	return lines
}

// notCaptured lists what is missing in the captures themselves.
func (t *text) notCaptured() []string {
	var lines []string
	if u := t.r.Coverage.NodesNamedButUnseen; len(u) > 0 {
		lines = append(lines, "named by redirects but never seen: "+list(u, 4, "nodes"))
	}
	for i := range t.r.Captures {
		c := &t.r.Captures[i]
		var parts []string
		if c.Damage != "" {
			parts = append(parts, "damaged: "+c.Damage)
		}
		if c.Dropped > 0 {
			parts = append(parts, count(c.Dropped, "packet", "packets")+" dropped while capturing")
		}
		if c.Truncated > 0 {
			parts = append(parts, count(c.Truncated, "packet", "packets")+" kept only in part (snap length)")
		}
		if len(parts) > 0 {
			lines = append(lines, c.File+": "+strings.Join(parts, "; "))
		}
	}
	return lines
}

// notUnderstood lists the connections that were captured in vain.
func (t *text) notUnderstood() []string {
	c := &t.r.Coverage
	all := " of " + count(c.Connections, "connection", "connections")
	var parts []string
	if c.TLS > 0 {
		parts = append(parts, number(c.TLS)+all+" encrypted (TLS)")
	}
	if c.Unparsed > 0 {
		parts = append(parts, number(c.Unparsed)+all+" not understood")
	}
	if half := c.Connections - c.BothDirections - c.TLS - c.Unparsed; half > 0 {
		parts = append(parts, number(half)+all+" not seen in both directions")
	}
	if c.LostBytes > 0 {
		parts = append(parts, count(c.LostBytes, "byte", "bytes")+" lost")
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, ", ")}
}

func (t *text) blind(b *Blind) string {
	s := b.Cause + ": " + count(b.Count, "time", "times")
	if b.Bytes > 0 {
		s += ", " + count(b.Bytes, "byte", "bytes")
	}
	switch {
	case b.First != "" && b.Last != "" && b.Last != b.First:
		s += fmt.Sprintf(", %s to %s", t.clock(b.First), t.clock(b.Last))
	case b.First != "":
		s += ", at " + t.clock(b.First)
	}
	return s
}
