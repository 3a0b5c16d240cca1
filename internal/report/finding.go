package report

import (
	"cmp"
	"fmt"
	"net"
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
	if s := t.howMuch(f); s != "" {
		t.field(plain, "how much", t.wrap(s)...)
	}
	if s := cycle(f); s != "" {
		t.field(plain, "cycle", s)
	}
	if s := ended(f); s != "" {
		t.field(plain, "ended", t.wrap(s)...)
	}
	t.cause(f)
	t.remedy(f)
	if f.Partial {
		t.field(yellow, "partial", t.wrap(partial(f))...)
	}
	if len(f.Examples) > 0 {
		t.example(&f.Examples[0])
	}
}

func (t *text) clients(f *Finding) {
	var lines []string
	for i := range f.Clients[:min(len(f.Clients), textClients)] {
		c := &f.Clients[i]
		s, port := origin(c)
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
		if port != "" {
			s += ", the first from port " + port
		}
		lines = append(lines, s)
	}
	var more []string
	if n := int64(len(f.Clients) - len(lines)); n > 0 {
		more = append(more, count(n, "more client", "more clients"))
	}
	if f.ClientsOmitted > 0 {
		more = append(more, count(f.ClientsOmitted, "command", "commands")+" of clients beyond the bound on their list")
	}
	if len(more) > 0 {
		lines = append(lines, "and "+strings.Join(more, ", and "))
	}
	t.field(plain, "who", t.paragraphs(lines)...)
}

// origin says where a client is: at an address if it has one connection. With
// more it is a host, and the port is that of the first of them.
func origin(c *Client) (where, port string) {
	host, port, err := net.SplitHostPort(c.Address)
	switch {
	case c.Address == "":
		return c.Host, ""
	case c.Connections <= 1 || err != nil:
		return c.Address, ""
	}
	return cmp.Or(c.Host, host), port
}

// howMuch says how much of it there was. Of a single finding it says only what
// the headline has not.
func (t *text) howMuch(f *Finding) string {
	most := "at most " + number(f.MaxHops) + " for one"
	switch {
	case f.MaxHops <= 0:
		return ""
	case len(t.r.Findings) > 1:
		return amount(f) + ", " + most
	case f.Commands <= 1 || f.Rule == "long-chain":
		return ""
	}
	return most + " command"
}

// cycle draws the way of the commands from node to node. Those that did not
// answer redirected nobody, and so are not in the cycle of the finding. A loop
// on a read-only node goes nowhere.
func cycle(f *Finding) string {
	if len(f.Cycle) == 0 || f.Rule == "readonly-loop" {
		return ""
	}
	const silent = " (no answer)"
	way := slices.Clone(f.Cycle)
	if f.Rule == "unreachable-target" {
		var dead []string
		for _, n := range f.Unreachable {
			if i := slices.Index(way, n); i >= 0 {
				way[i] += silent
			} else {
				dead = append(dead, n)
			}
		}
		if len(dead) > 0 {
			way = append(way, list(dead, 2, "nodes")+silent)
		}
	}
	return strings.Join(way, " -> ") + " -> (again)"
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

// cause says why it happened, by what evidence, what else could be, and what would
// tell.
func (t *text) cause(f *Finding) {
	c := &f.Cause
	label, s := "cause", c.ID
	switch {
	case known(c):
		if c.Confidence != "" {
			s += " (" + c.Confidence + ")"
		}
		if c.Summary != "" && f.Rule != "failover-violation" { // its first line has the summary
			s += ": " + c.Summary
		}
	case bounces(f.Rule) && c.ID != "":
		s += ": " + cmp.Or(c.Summary, "the captures do not show why")
	case f.Rule != "failover-violation" && c.Summary != "":
		label, s = "summary", c.Summary
	default:
		label, s = "evidence", ""
	}
	if s != "" {
		t.field(plain, label, t.wrap(s)...)
		label = ""
	}
	t.evidence(label, c.Evidence)
	for _, a := range c.Alternatives {
		t.field(plain, "", t.hang("or ", a)...)
	}
	if c.Settle != "" {
		t.field(plain, "", t.hang("to be sure: ", c.Settle)...)
	}
}

// known reports whether a cause is one.
func known(c *Cause) bool { return c.ID != "" && c.ID != "unknown" }

// evidence lists the first pieces of evidence, each with its time and packet.
func (t *text) evidence(label string, all []Evidence) {
	for i := range all {
		if i == textEvidence && len(all) > textEvidence+1 {
			t.field(dim, label, "and "+count(int64(len(all)-i), "more piece of evidence", "more pieces of evidence"))
			break
		}
		e := &all[i]
		t.field(dim, label, t.hang(t.clock(e.At)+"  ", commas(e.Text, t.packet(e.Capture, e.Packet)))...)
		label = ""
	}
}

// remedy says what to do, in words and as commands to copy, and where there is more
// about it.
func (t *text) remedy(f *Finding) {
	label := "remedy"
	if f.Remedy != "" {
		t.field(bold, label, t.wrap(f.Remedy)...)
		label = ""
	}
	t.field(bold, label, f.RemedyCommands...)
	t.field(plain, "more", explain(f))
}

// explain is the command that prints the page about a finding: about its cause, or
// about its rule if that says more.
func explain(f *Finding) string {
	page := f.Rule
	if known(&f.Cause) || bounces(f.Rule) && f.Cause.ID != "" {
		page = f.Cause.ID
	}
	return cmp.Or(f.Explain, "ricochet explain "+page)
}

// commas joins what is not empty.
func commas(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// partial says that part of the chains was not seen, and at which nodes. Other
// traffic of those nodes, such as replication, may be in the captures.
func partial(f *Finding) string {
	s := "only part of these chains was captured"
	if len(f.Unseen) > 0 {
		s += ": no traffic of these clients with " + list(f.Unseen, 4, "nodes") + " was seen"
	}
	return s
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

// packet says where to look in Wireshark: the file, if there are several, and the
// packet's number there. It is empty if there is no packet.
func (t *text) packet(capture int, number int64) string {
	switch {
	case number == 0:
		return ""
	case capture < 0 || capture >= len(t.r.Captures):
		return fmt.Sprintf("capture %d #%d", capture, number)
	case len(t.r.Captures) == 1 || t.r.Captures[capture].Vantage != "":
		return fmt.Sprintf("#%d", number)
	}
	return fmt.Sprintf("%s #%d", t.file(capture), number)
}

// file names a capture by the last part of its name, if that says which is meant.
func (t *text) file(capture int) string {
	file := t.r.Captures[capture].File
	base := path.Base(file)
	for i := range t.r.Captures {
		if i != capture && path.Base(t.r.Captures[i].File) == base {
			return file
		}
	}
	return base
}
