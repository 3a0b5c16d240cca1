package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// TextOptions says how WriteText writes.
type TextOptions struct {
	Color bool // use the eight basic terminal colours
	Width int  // columns at which prose is wrapped; 0: it is not. What people copy is never wrapped
}

// WriteText writes the report for people: the verdict in words on the first
// line, then a block for each finding and each failover, the timeline, the traffic
// as a whole, and what could not be seen. Without findings it is at most ten
// lines, and three more for failovers. Nothing but printable ASCII, newlines and
// (with Color) the tool's own colours leaves it, whatever the strings of the report
// hold.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	t := &text{r: r, o: o, w: bufio.NewWriter(w)}
	t.day = t.firstDay()
	headline, st := t.headline()
	t.line(span{st, headline})
	if r.Verdict != "bounced" && r.Verdict != "clean" {
		t.doubts()
	}
	if len(r.Findings) == 0 {
		t.brief()
	} else {
		t.full()
	}
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// text is one report on its way to w, which remembers the first error.
type text struct {
	r   *Report
	o   TextOptions
	w   *bufio.Writer
	day string // the day of the first packet: times of other days are written with their date
}

// style is how a piece of a line is coloured.
type style uint8

const (
	_ style = iota
	plain
	bold
	dim
	red
	yellow
	green
)

// span is a piece of a line. Its text need not be clean.
type span struct {
	style style
	text  string
}

// line writes one line. Everything goes through here, so that nothing that was
// not cleaned can reach a terminal.
func (t *text) line(spans ...span) {
	for _, s := range spans {
		code := [...]string{bold: "1", dim: "2", red: "31;1", yellow: "33;1", green: "32;1"}[s.style]
		if !t.o.Color || code == "" {
			t.w.WriteString(Clean(s.text))
			continue
		}
		t.w.WriteString("\x1b[" + code + "m" + Clean(s.text) + "\x1b[0m")
	}
	t.w.WriteByte('\n')
}

// The columns of the text: labels start after indent, and what they label
// after indent and labelWidth.
const (
	indent     = "    "
	labelWidth = 9
)

// field writes a label and its lines, the label before the first of them only.
func (t *text) field(st style, label string, lines ...string) {
	for i, l := range lines {
		if i > 0 {
			label = ""
		}
		t.line(span{plain, fmt.Sprintf("%s%-*s", indent, labelWidth, label)}, span{st, l})
	}
}

// wrap breaks prose at spaces so that it fits beside a label.
func (t *text) wrap(prose string) []string { return t.wrapBeside(len(indent)+labelWidth, prose) }

// hang makes lines of a head and the prose beside it, for a field.
func (t *text) hang(head, prose string) []string {
	head = Clean(head)
	lines := t.wrapBeside(len(indent)+labelWidth+len(head), prose)
	for i := range lines {
		lines[i] = head + lines[i]
		head = strings.Repeat(" ", len(head))
	}
	return lines
}

// wrapBeside breaks prose at spaces so that it fits beside so many columns.
func (t *text) wrapBeside(columns int, prose string) []string {
	room := t.o.Width - columns
	prose = Clean(prose)
	if t.o.Width <= 0 || len(prose) <= room {
		return []string{prose}
	}
	room = max(room, 20)
	var lines []string
	for len(prose) > room {
		cut := breakAt(prose, room)
		if cut <= 0 {
			break
		}
		lines = append(lines, prose[:cut])
		prose = strings.TrimLeft(prose[cut:], " ")
	}
	return append(lines, prose)
}

// breakAt finds the blank at which to break prose: the last within the room, else
// the first after it; 0 if there is none. A packet's number stays with its file.
func breakAt(prose string, room int) int {
	keeps := func(i int) bool { return i+1 < len(prose) && prose[i+1] == '#' }
	for i := room; i > 0; i-- {
		if prose[i] == ' ' && !keeps(i) {
			return i
		}
	}
	for i := room + 1; i < len(prose); i++ {
		if prose[i] == ' ' && !keeps(i) {
			return i
		}
	}
	return 0
}

// paragraphs wraps lines that each stand for themselves: where one goes on, it is
// indented.
func (t *text) paragraphs(lines []string) []string {
	const hanging = "  "
	var out []string
	for _, l := range lines {
		for i, part := range t.wrapBeside(len(indent)+labelWidth+len(hanging), l) {
			if i > 0 {
				part = hanging + part
			}
			out = append(out, part)
		}
	}
	return out
}

// doubts writes what would settle an analysis that could not tell, and its
// further reasons.
func (t *text) doubts() {
	if t.r.Coverage.Next != "" {
		t.line(span{bold, "hint: "}, span{plain, t.r.Coverage.Next})
	}
	if len(t.r.Reasons) > 1 {
		t.line(span{dim, "also: " + strings.Join(t.r.Reasons[1:], "; ")})
	}
}

// brief writes what there is to say when there is no finding, in a few lines:
// up to three more if there was a failover.
func (t *text) brief() {
	nodes := 3
	if t.r.Verdict != "clean" {
		nodes = 2 // the doubts took up to two lines
	}
	t.field(plain, "traffic", t.traffic()...)
	t.field(plain, "nodes", t.nodes(nodes)...)
	t.field(plain, "failover", t.failoversBriefly()...)
	unseen := 2
	if clocks := t.clocks(); clocks != "" {
		t.field(plain, "clocks", clocks)
		unseen = 1
	}
	t.field(plain, "not seen", t.unseen(unseen)...)
	t.next("next")
}

// full writes the findings and the failovers, what happened when, and then the
// rest at length.
func (t *text) full() {
	for i := range t.r.Findings {
		t.line()
		t.finding(&t.r.Findings[i])
	}
	t.failovers(textFailovers)
	t.timeline(textMoments)
	t.line()
	t.line(span{bold, "traffic as a whole"})
	t.field(plain, "traffic", t.paragraphs(t.traffic())...)
	t.field(plain, "nodes", t.paragraphs(t.nodes(8))...)
	if clocks := t.clocks(); clocks != "" {
		t.field(plain, "clocks", t.wrap(clocks)...)
	}
	t.line()
	t.line(span{bold, "what ricochet could not see"})
	t.field(plain, "", t.paragraphs(t.unseen(12))...)
	t.next("to see more:")
}

// next writes the capture to take next, unless doubts did already.
func (t *text) next(label string) {
	switch {
	case t.r.Coverage.Next == "" || t.r.Verdict != "bounced" && t.r.Verdict != "clean":
	case len(t.r.Findings) == 0:
		t.field(plain, label, t.r.Coverage.Next)
	default:
		t.line()
		t.line(span{bold, label + " "}, span{plain, t.r.Coverage.Next})
	}
}
