package chain

import (
	"fmt"
	"strings"
	"testing"

	"ricochet/detect"
)

// liveLog takes down what a Live tells, and holds it to what is always true.
type liveLog struct {
	t    *testing.T
	text strings.Builder
	last map[int]Change // by number of the finding
	at   int64
	// forward says that the clock is not set back.
	forward bool
}

func (l *liveLog) add(c Change) {
	g := c.Finding
	var cycle []string
	for _, n := range g.Cycle {
		cycle = append(cycle, nodeName(n))
	}
	fmt.Fprintf(&l.text, "%s %s #%d %s: cycle %s, clients %d, commands %d, open %d, redirects %d\n", ms(c.At), c.State, g.Serial, g.Rule,
		strings.Join(cycle, " "), len(g.Shares()), g.Commands, c.Open, g.Redirects)
	if l.last == nil {
		l.last = map[int]Change{}
	}
	before, known := l.last[g.Serial]
	if known && before.State == Retracted {
		l.t.Errorf("finding %d is %s after it was retracted", g.Serial, c.State)
	}
	isOpen := known && before.State != Closed
	if (c.State == Opened) == isOpen {
		l.t.Errorf("finding %d is %s after %s", g.Serial, c.State, before.State)
	}
	if c.At < l.at && l.forward {
		l.t.Errorf("finding %d is told at %s, the one before at %s", g.Serial, ms(c.At), ms(l.at))
	}
	if c.State == Closed && c.Open != 0 || c.Open > int(g.Commands) {
		l.t.Errorf("finding %d is %s with %d commands, %d of them open", g.Serial, c.State, g.Commands, c.Open)
	}
	l.at = c.At
	l.last[g.Serial] = c
}

// check holds what was told to the findings at the end: each was opened and
// closed as it is, and nothing else was told that was not taken back.
func (l *liveLog) check(findings []*Finding) {
	final := map[int]*Finding{}
	for _, g := range findings {
		if g.Rule == detect.LongChain {
			continue // nothing that clients feel, and told at the end only
		}
		if final[g.Serial] = g; g.Serial == 0 {
			l.t.Errorf("finding %s at %s was never told", g.Rule, ms(g.First))
		}
	}
	for serial, c := range l.last {
		g := final[serial]
		switch {
		case c.State == Retracted:
			if g != nil {
				l.t.Errorf("finding %d was retracted and is there at the end", serial)
			}
		case c.State != Closed:
			l.t.Errorf("finding %d was left %s", serial, c.State)
		case g == nil:
			// Closed, and made part of another by a chain that joined the two.
			if len(l.last) < 2 {
				l.t.Errorf("finding %d was closed and is not there at the end", serial)
			}
		case sizeOf(g) != sizeOf(c.Finding) || g.First != c.Finding.First || g.Last != c.Finding.Last ||
			g.Outcomes != c.Finding.Outcomes || g.Severity != c.Finding.Severity || len(g.Shares()) != len(c.Finding.Shares()):
			l.t.Errorf("finding %d was closed as\n%+v\nand is at the end\n%+v", serial, c.Finding, g)
		}
	}
}

// What is told while a chain is followed must not be changed by what follows.
func TestLiveFindingsAreTheReceivers(t *testing.T) {
	s := newScript(t)
	var kept []*Finding
	var sizes []size
	s.live.tell = func(c Change) {
		s.told.add(c)
		kept, sizes = append(kept, c.Finding), append(sizes, sizeOf(c.Finding))
	}
	s.run(`
conn c1.a A
conn c1.b B
0ms sent c1.a k1
1ms redirect c1.a B
2ms sent c1.b k1
3ms redirect c1.b A
4ms sent c1.a k1
5ms redirect c1.a B
1500ms sent c1.b k1
1501ms redirect c1.b A
1502ms sent c1.a k1
1503ms ok c1.a
4000ms tick
`)
	if len(kept) < 3 {
		t.Fatalf("told %d times", len(kept))
	}
	for i, g := range kept {
		var shares int64
		for _, s := range g.Shares() {
			shares += s.Redirects
		}
		if sizeOf(g) != sizes[i] || shares != g.Redirects {
			t.Errorf("change %d was %+v and is %+v, its clients have %d redirects", i, sizes[i], sizeOf(g), shares)
		}
	}
}
