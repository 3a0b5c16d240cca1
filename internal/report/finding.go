package report

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// How much of a finding the text shows; JSON has all of it.
const (
	textClients   = 5
	textEvidence  = 3
	textHopsFirst = 4
	textHopsLast  = 2
)

// finding writes the block of one finding.
func (t *text) finding(f *Finding) {
	st := dim
	switch f.Severity {
	case "critical":
		st = red
	case "warning":
		st = yellow
	}
	t.line(span{bold, f.ID + " "}, span{st, f.Severity}, span{bold, " " + f.Rule}, span{plain, ": " + summary(f)})
	t.clients(f)
	t.when(f)
	if f.MaxHops > 0 {
		t.field(plain, "how much", fmt.Sprintf("%s, at most %s for one", amount(f), number(f.MaxHops)))
	}
	if len(f.Cycle) > 0 {
		t.field(plain, "cycle", strings.Join(f.Cycle, " -> ")+" -> (again)")
	}
	if s := ended(f); s != "" {
		t.field(plain, "ended", s)
	}
	t.cause(f)
	if f.Remedy != "" {
		t.field(bold, "remedy", f.Remedy)
	}
	if f.Partial {
		t.field(yellow, "partial", t.partial(f)...)
	}
	if len(f.Examples) > 0 {
		t.example(&f.Examples[0])
	}
}

func (t *text) clients(f *Finding) {
	var lines []string
	for i := range f.Clients[:min(len(f.Clients), textClients)] {
		c := &f.Clients[i]
		s := c.Host
		if c.Address != "" {
			s = c.Address
		}
		if c.Name != "" {
			s += " " + c.Name
		}
		if c.Library != "" {
			s += " (" + c.Library + ")"
		}
		s += ": "
		if c.RedirectReplies > 0 {
			s += count(c.RedirectReplies, "redirect", "redirects") + " for "
		}
		s += count(c.Commands, "command", "commands")
		if c.Connections > 0 {
			s += " on " + count(c.Connections, "connection", "connections")
		}
		lines = append(lines, s)
	}
	if more := int64(len(f.Clients)-len(lines)) + f.ClientsOmitted; more > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", number(more)))
	}
	t.field(plain, "who", lines...)
}

func (t *text) when(f *Finding) {
	if f.First == "" {
		return
	}
	s := date(f.First)
	if d := milliseconds(f.DurationMS); d > 0 {
		s += ", for " + duration(d)
	}
	if f.Failover != "" {
		s += ", during failover " + f.Failover
	}
	t.field(plain, "when", s)
}

// ended says how the commands of a finding ended.
func ended(f *Finding) string {
	served := "served"
	if bounces(f.Rule) {
		served = "served after bouncing"
	}
	var parts []string
	for _, o := range []struct {
		n    int64
		what string
	}{
		{f.Outcomes.Served, served},
		{f.Outcomes.Failed, "failed with an error"},
		{f.Outcomes.GivenUp, "given up"},
		{f.Outcomes.Cut, "still going when the capture ended or lost sight of them"},
	} {
		if o.n > 0 {
			parts = append(parts, number(o.n)+" "+o.what)
		}
	}
	return strings.Join(parts, ", ")
}

func (t *text) cause(f *Finding) {
	c := &f.Cause
	if c.ID == "" {
		return
	}
	s := c.ID
	if c.Confidence != "" {
		s += " (" + c.Confidence + ")"
	}
	if c.Summary != "" {
		s += ": " + c.Summary
	}
	t.field(plain, "cause", t.wrap(s)...)
	for i, e := range c.Evidence {
		if i == textEvidence {
			t.field(dim, "", "and "+count(int64(len(c.Evidence)-i), "more piece of evidence", "more pieces of evidence"))
			break
		}
		t.field(dim, "", fmt.Sprintf("%s: %s, %s", t.clock(e.At), e.Text, t.packet(e.Capture, e.Packet)))
	}
}

// partial says that half of the chain was not seen, and of which nodes.
func (t *text) partial(f *Finding) []string {
	s := "only part of these chains was captured"
	var unseen []string
	for _, n := range f.Cycle {
		if !slices.Contains(f.Nodes, n) || slices.Contains(t.r.Coverage.NodesNamedButUnseen, n) {
			unseen = append(unseen, n)
		}
	}
	if len(unseen) > 0 {
		s += ": no reply of " + list(unseen, 4, "nodes") + " was seen"
	}
	return t.wrap(s)
}

// example follows one command from node to node.
func (t *text) example(e *Example) {
	s := e.Command
	if e.Client != "" {
		s += " from " + e.Client
	}
	switch e.Outcome {
	case "served":
		s += ", served in the end"
	case "failed":
		s += ", failed in the end"
	case "given-up":
		s += ", given up"
	case "cut":
		s += ", not seen to its end"
	}
	t.field(plain, "example", s)
	head, tail := e.Hops, []Hop(nil)
	if int64(len(e.Hops))+e.HopsOmitted > textHopsFirst+textHopsLast {
		head = e.Hops[:min(len(e.Hops), textHopsFirst)]
		tail = e.Hops[max(len(head), len(e.Hops)-textHopsLast):]
	}
	node, reply := 0, 0
	for _, hops := range [][]Hop{head, tail} {
		for i := range hops {
			node = max(node, len(Clean(hops[i].Node)))
			reply = max(reply, len(Clean(answer(&hops[i]))))
		}
	}
	row := func(h *Hop) {
		at := h.At
		if d, ok := between(e.Hops[0].At, h.At); ok {
			at = fmt.Sprintf("%+.1f ms", float64(d)/1e6)
		}
		t.field(plain, "", fmt.Sprintf("%12s  %-*s  %-*s  %s", Clean(at), node, Clean(h.Node), reply, Clean(answer(h)), t.packet(h.Capture, h.Packet)))
	}
	for i := range head {
		row(&head[i])
	}
	if more := int64(len(e.Hops)-len(head)-len(tail)) + e.HopsOmitted; more > 0 {
		t.field(dim, "", fmt.Sprintf("%12s  %s ...", "...", count(more, "more hop", "more hops")))
	}
	for i := range tail {
		row(&tail[i])
	}
}

// answer is the reply of a hop, and whether the command had come after ASKING.
func answer(h *Hop) string {
	if h.Asking {
		return h.Reply + " (after ASKING)"
	}
	return h.Reply
}

// packet says where to look in Wireshark. It gives the last part of the file's
// name if that says which file is meant.
func (t *text) packet(capture int, number int64) string {
	if capture < 0 || capture >= len(t.r.Captures) {
		return fmt.Sprintf("packet %d of capture %d", number, capture)
	}
	file := t.r.Captures[capture].File
	base := path.Base(file)
	for i := range t.r.Captures {
		if i != capture && path.Base(t.r.Captures[i].File) == base {
			base = file
			break
		}
	}
	return fmt.Sprintf("packet %d of %s", number, base)
}
