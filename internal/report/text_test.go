package report

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func render(t *testing.T, r *Report, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	filtered := bouncing()
	filtered.Findings = nil
	note := healthy()
	note.Findings = several().Findings[3:]
	note.Findings[0].ID = "F1"
	for _, c := range []struct {
		name string
		r    *Report
		o    TextOptions
	}{
		{"clean", healthy(), TextOptions{}},
		{"clean-with-a-note", note, TextOptions{}},
		{"bounced", bouncing(), TextOptions{Width: 80}},
		{"bounced-in-colour", bouncing(), TextOptions{Color: true}},
		{"bounced-but-filtered", filtered, TextOptions{}},
		{"several", several(), TextOptions{}},
		{"several-narrow", several(), TextOptions{Width: 80}},
		{"inconclusive", encrypted(), TextOptions{}},
		{"nothing-at-all", &Report{}, TextOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, "text-"+c.name+".txt", []byte(render(t, c.r, c.o)))
		})
	}
}

func TestTextIsShortWithoutFindings(t *testing.T) {
	for _, verdict := range []string{"clean", "bounced", "inconclusive"} {
		r := several()
		r.Verdict, r.Findings = verdict, nil
		r.Reasons = []string{"one", "two", "three"}
		for failovers, more := range []int{0, 3, 2, 3, 3, 3} {
			r.Failovers = nil
			for range failovers {
				r.Failovers = append(r.Failovers, several().Failovers[1])
			}
			if n := strings.Count(render(t, r, TextOptions{}), "\n"); n < 4 || n > 10+more {
				t.Errorf("%s, %d failovers: %d lines, want 4 to %d", verdict, failovers, n, 10+more)
			}
		}
	}
	if n := strings.Count(render(t, &Report{Verdict: "clean"}, TextOptions{}), "\n"); n != 4 {
		t.Errorf("empty report: %d lines, want 4", n)
	}
}

func TestHeadline(t *testing.T) {
	finding := func(rule, severity string, nodes ...string) Finding {
		return Finding{ID: "F1", Rule: rule, Severity: severity, Nodes: nodes, DurationMS: 1300, Commands: 2, RedirectReplies: 12,
			Clients: []Client{{Host: "h"}}, Failover: "E1", Cause: Cause{Summary: "A redirected while it waited"}}
	}
	for _, c := range []struct {
		name     string
		findings []Finding
		totals   Totals
		want     string
	}{
		{"one bounce", []Finding{finding("bounce", "warning", "A", "B")}, Totals{BouncedCommands: 2},
			"1 client bounced between A and B for 1.3 s: 12 redirects for 2 commands"},
		{"a ring of five", []Finding{finding("bounce", "warning", "A", "B", "C", "D", "E")}, Totals{BouncedCommands: 2},
			"1 client bounced among A, B, C and 2 more nodes for 1.3 s: 12 redirects for 2 commands"},
		{"a node names itself", []Finding{finding("self-redirect", "critical", "A")}, Totals{BouncedCommands: 2},
			"A sent 1 client back to itself for 1.3 s: 12 redirects for 2 commands"},
		{"the target is down", []Finding{finding("unreachable-target", "critical", "A", "B")}, Totals{BouncedCommands: 2},
			"A and B kept sending 1 client to a node out of reach for 1.3 s: 12 redirects for 2 commands"},
		{"two primaries", []Finding{finding("dual-primary", "critical", "A", "B")}, Totals{},
			"A and B both took writes for 1.3 s; no command bounced"},
		{"a loop on a replica", []Finding{finding("readonly-loop", "warning", "B")}, Totals{},
			"1 client kept writing to B, which is read-only, for 1.3 s: 12 redirects for 2 commands; no command bounced"},
		{"a broken promise", []Finding{finding("failover-violation", "warning", "A")}, Totals{},
			"failover E1 broke a promise: A redirected while it waited; no command bounced"},
		{"a rule unknown here", []Finding{finding("new-rule", "warning", "A")}, Totals{},
			"new-rule at A for 1.3 s: 12 redirects for 2 commands; no command bounced"},
		{"two bounces and a note", []Finding{finding("bounce", "warning", "A", "B"), finding("self-redirect", "critical", "A"), finding("long-chain", "info", "A")}, Totals{BouncedCommands: 4},
			"2 findings, 1 critical: 4 commands bounced between A and B: 24 redirects"},
		{"a bounce and two primaries", []Finding{finding("bounce", "warning", "A", "B"), finding("dual-primary", "warning", "A", "B")}, Totals{BouncedCommands: 2},
			"2 findings: 2 commands bounced between A and B: 12 redirects; also dual-primary"},
		{"two findings and no bounce", []Finding{finding("dual-primary", "critical", "A", "B"), finding("readonly-loop", "warning", "A")}, Totals{},
			"2 findings, 1 critical: A and B both took writes for 1.3 s; no command bounced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Report{Verdict: "bounced", Findings: c.findings, Totals: c.totals}
			got, _, _ := strings.Cut(render(t, r, TextOptions{}), "\n")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCleanHeadlineClaimsOnlyWhatTheTotalsSay(t *testing.T) {
	for _, c := range []struct {
		totals Totals
		want   string
	}{
		{Totals{Commands: 1, Connections: 1}, "no bounces: 1 command of 1 connection, none redirected"},
		{Totals{Commands: 9, Connections: 2, RedirectReplies: RedirectReplies{Moved: 3}}, "no bounces: 9 commands of 2 connections, 3 redirect replies"},
		{Totals{Commands: 9, Connections: 2, RedirectReplies: RedirectReplies{Moved: 3}, RedirectedCommands: 3, MaxHops: 1},
			"no bounces: 9 commands of 2 connections, 3 redirected once each"},
		{Totals{Commands: 9, Connections: 2, RedirectReplies: RedirectReplies{Moved: 5}, RedirectedCommands: 3, MaxHops: 2, ReturnedCommands: 1},
			"no bounces: 9 commands of 2 connections, 3 redirected with at most 2 hops each, 1 came back once and was served"},
	} {
		got, _, _ := strings.Cut(render(t, &Report{Verdict: "clean", Totals: c.totals}, TextOptions{}), "\n")
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// setStrings sets every string below v, the keys of maps included, except those
// that choose what is written.
func setStrings(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Verdict" && name != "Rule" && name != "Severity" {
				setStrings(v.Field(i), s)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			setStrings(v.Index(i), s)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(s), reflect.ValueOf(int64(1)))
	}
}

func TestHostileStringsCannotBreakTheText(t *testing.T) {
	const hostile = "\x1b[31;1mred\x1b]0;title\x07\r\n<script>\u009b2J\u202e\x00\x7f\xff"
	for _, make := range []func() *Report{healthy, bouncing, several, encrypted} {
		bad, good := make(), make()
		setStrings(reflect.ValueOf(bad).Elem(), hostile)
		setStrings(reflect.ValueOf(good).Elem(), "harmless")
		got, want := render(t, bad, TextOptions{}), render(t, good, TextOptions{})
		for i := range len(got) {
			if got[i] != '\n' && !isPrintable(got[i]) {
				t.Fatalf("byte %#x in %q", got[i], got[max(0, i-20):i+1])
			}
		}
		if g, w := strings.Count(got, "\n"), strings.Count(want, "\n"); g != w {
			t.Errorf("%d lines, with harmless strings %d:\n%s", g, w, got)
		}
		// With colours, the only escapes are the tool's own.
		coloured := render(t, bad, TextOptions{Color: true})
		for _, code := range []string{"0", "1", "2", "31;1", "32;1", "33;1"} {
			coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
		}
		if coloured != got {
			t.Error("the colours changed more than colours")
		}
	}
}

func TestWidthLosesNothing(t *testing.T) {
	for name, r := range map[string]*Report{"several": several(), "healthy": healthy(), "bouncing": bouncing()} {
		want := strings.Fields(render(t, r, TextOptions{}))
		for _, width := range []int{1, 30, 47, 80, 120, 200} {
			if got := strings.Fields(render(t, r, TextOptions{Width: width})); !reflect.DeepEqual(got, want) {
				t.Errorf("%s at %d columns: the words differ", name, width)
			}
		}
	}
}

func TestHostileVerdictAndRule(t *testing.T) {
	r := bouncing()
	r.Verdict, r.Findings[0].Rule, r.Findings[0].Severity = "\x1b", "\x1b\n", "\x1b"
	if got := render(t, r, TextOptions{}); strings.Contains(got, "\x1b") || !strings.HasPrefix(got, "cannot tell: ") {
		t.Errorf("got %q", got)
	}
}

func TestWrapKeepsWordsWhole(t *testing.T) {
	x := &text{o: TextOptions{Width: 40}}
	got := x.wrap("a cause that is said at some length and names " + nodeA + strings.Repeat("x", 60) + " at its end")
	if want := []string{"a cause that is said at", "some length and names", nodeA + strings.Repeat("x", 60), "at its end"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

// A full disk or a closed pipe is to be told from a report that was written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritersReportThatWritingFailed(t *testing.T) {
	ndjson := func(w io.Writer) error {
		n := NewNDJSON(w)
		for range 2000 {
			n.Chain(&Chain{Command: "GET key:1"})
		}
		return n.Close(several())
	}
	for name, write := range map[string]func(io.Writer) error{
		"text":   func(w io.Writer) error { return WriteText(w, several(), TextOptions{}) },
		"json":   several().WriteJSON,
		"ndjson": ndjson,
	} {
		if err := write(broken{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v, want io.ErrClosedPipe", name, err)
		}
	}
}

func BenchmarkWriteText(b *testing.B) {
	r := several()
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteText(io.Discard, r, TextOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
