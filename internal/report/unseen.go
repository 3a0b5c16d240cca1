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
		if b := &t.r.Blind[i]; !t.said(b) {
			lines = append(lines, t.blind(b))
		}
	}
	if len(lines) == 0 {
		return []string{"nothing that the captures show to be missing"}
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
		if c.Truncated > 0 && !t.spared() {
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
	if half := c.Connections - c.BothDirections - c.ReplicationLinks - c.TLS - c.Unparsed; half > 0 {
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

// spared reports whether all that a snap length cut off lay within values.
func (t *text) spared() bool {
	for i := range t.r.Blind {
		if b := &t.r.Blind[i]; b.Cause == "bytes cut off by the snaplen" {
			return b.Bytes <= t.r.Coverage.SparedBytes
		}
	}
	return false
}

// said reports whether notUnderstood says what b says.
func (t *text) said(b *Blind) bool {
	c := &t.r.Coverage
	switch b.Cause {
	case "connections encrypted by TLS":
		return c.TLS > 0
	case "connections that are not RESP":
		return c.Unparsed > 0
	case "bytes missing from the capture":
		return c.LostBytes > 0
	}
	return false
}

func (t *text) blind(b *Blind) string {
	s := missed(b)
	if b.Cause == "bytes cut off by the snaplen" && t.spared() {
		return count(b.Bytes, "byte", "bytes") + " of values left out by the snap length; nothing else depends on them"
	}
	switch {
	case b.First != "" && b.Last != "" && b.Last != b.First:
		s += fmt.Sprintf(", %s to %s", t.clock(b.First), t.clock(b.Last))
	case b.First != "":
		s += ", at " + t.clock(b.First)
	}
	return s
}

// missed phrases a cause of blindness with its count. The names of the causes
// are those of package decode; of one that is not known here the count follows.
func missed(b *Blind) string {
	if rest, ok := strings.CutPrefix(b.Cause, "bytes "); ok {
		s := count(b.Bytes, "byte", "bytes") + " " + rest
		if b.Count > 0 {
			s += ", in " + count(b.Count, "place", "places")
		}
		return s
	}
	one, many := "", b.Cause
	switch b.Cause {
	case "connections encrypted by TLS":
		one = "connection encrypted by TLS"
	case "connections that are not RESP":
		one = "connection that is not RESP"
	case "streams that stopped being RESP":
		one = "stream that stopped being RESP"
	case "replies without their command":
		one = "reply without its command"
	case "commands without a reply":
		one, many = "command without a reply (or still waiting for it)", "commands without a reply (or still waiting for it)"
	case "connections over the bound":
		one = "connection over the bound"
	case "pipelined commands over the bound":
		one = "pipelined command over the bound"
	case "reassembly over the bound":
		one, many = "hole given up (reassembly over the bound)", "holes given up (reassembly over the bound)"
	case "IP fragments lost":
		one = "IP fragment lost"
	case "packets cut inside their headers":
		one = "packet cut inside its headers"
	case "malformed packets":
		one = "malformed packet"
	case "packets of an unknown link type":
		one = "packet of an unknown link type"
	case "chains, clients or nodes over a bound":
		one = "chain, client or node over a bound"
	case "packets dropped while capturing":
		one = "packet dropped while capturing"
	case "cluster bus messages that could not be read":
		one = "cluster bus message that could not be read"
	case "replies about roles that were too long or cut":
		one = "reply about roles that was too long or cut"
	case "packets the kernel filter could not judge":
		one = "packet the kernel filter could not judge"
	}
	s := count(b.Count, one, many)
	if one == "" {
		s = b.Cause + ": " + count(b.Count, "time", "times")
	}
	if b.Bytes > 0 {
		s += ", " + count(b.Bytes, "byte", "bytes")
	}
	return s
}
