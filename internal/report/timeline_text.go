package report

import "fmt"

// textMoments is how many moments of the timeline the text has.
const textMoments = 30

// widestAbout is the width up to which what a moment is about makes a column.
const widestAbout = 24

// timeline writes what happened, the first first.
func (t *text) timeline(most int) {
	all := t.r.Moments()
	if len(all) == 0 {
		return
	}
	rest := int64(0)
	if len(all) > most {
		rest = int64(len(all) - most)
		all = all[:most]
	}
	width := 0
	for i := range all {
		if n := len(Clean(all[i].About)); n <= widestAbout {
			width = max(width, n)
		}
	}
	t.line()
	t.line(span{bold, "timeline"}, span{dim, " (UTC)"})
	for i := range all {
		m := &all[i]
		st := plain
		switch m.Kind {
		case "conflict", "violation":
			st = yellow
		}
		head := fmt.Sprintf("%s%s  %-*s  ", indent, t.clock(m.At), width, Clean(m.About))
		for j, l := range t.wrapBeside(len(head), commas(m.Text, t.packet(m.Capture, m.Packet))) {
			if j > 0 {
				head = fmt.Sprintf("%*s", len(head), "")
			}
			t.line(span{plain, head}, span{st, l})
		}
	}
	if rest > 0 {
		t.line(span{dim, indent + "and " + number(rest) + " more, see --output json"})
	}
}
