package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// tell writes events as text.
func tell(t *testing.T, verbose bool, o TextOptions, events ...Event) string {
	t.Helper()
	var b bytes.Buffer
	l := NewLiveText(&b, o)
	l.Verbose = verbose
	for _, e := range events {
		if err := l.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestLiveText(t *testing.T) {
	for _, c := range []struct {
		name    string
		verbose bool
		o       TextOptions
	}{
		{"log", false, TextOptions{}},
		{"terminal", false, TextOptions{Color: true, Width: 100}},
		{"verbose", true, TextOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, "live-"+c.name+".txt", []byte(tell(t, c.verbose, c.o, incident()...)))
		})
	}
}

func TestLiveLines(t *testing.T) {
	few := bounce()
	few.Clients = few.Clients[:2]
	many := bounce()
	many.Clients = manyClients(7)
	nobody := Finding{Rule: "bounce", Cycle: []string{nodeA}, Commands: 1, RedirectReplies: 2}
	for _, c := range []struct {
		name string
		e    Event
		want string
	}{
		{"interfaces and all ports", &Started{Mechanism: "packet", Interfaces: []string{"lo", "eth0"}, Ports: "all"},
			"watching by AF_PACKET on lo and eth0, all ports; Ctrl-C for the report"},
		{"a replay", &Started{Mechanism: "replay", Interfaces: []string{"a.pcap"}, Ports: "6379"},
			"watching a replay of a.pcap, ports 6379; Ctrl-C for the report"},
		{"few clients", &BounceEvent{State: "opened", Finding: few},
			"between 10.77.0.1:6379 and 10.77.0.2:6379 for 232 ms: 264 redirects for 3 commands; from 10.77.0.4 app-c/0 and 10.77.0.4 app-c/1; such as GET key:1; " +
				"cause redirect-during-failover (certain); remedy: upgrade the servers past 8.0.0-rc1"},
		{"many clients", &BounceEvent{State: "opened", Finding: many}, "; from 10.77.0.4 and 10.77.0.5; such as"},
		{"little is known", &BounceEvent{State: "opened", Finding: nobody},
			"bounce   opened    clients bounced at 10.77.0.1:6379: 2 redirects for 1 command"},
		{"the rule is not about bounces", &BounceEvent{State: "opened", Finding: Finding{ID: "F3", Rule: "readonly-loop", Nodes: []string{nodeA}, Clients: manyClients(1), Commands: 3}},
			"finding  opened    F3 1 client kept writing to 10.77.0.1:6379, which is read-only: 3 commands; from 10.77.0.4"},
		{"a slow bounce", &BounceEvent{State: "updated", Rate: 1.25, Finding: nobody}, "for 1 command; 1.2 redirects a second"},
		{"a fast bounce", &BounceEvent{State: "updated", Rate: 23456.7, Open: 1, Finding: nobody}, "; 23,457 redirects a second; 1 still on the way"},
		{"how commands ended", &BounceEvent{State: "closed", Finding: Finding{Rule: "bounce", Commands: 3, Outcomes: Outcomes{Served: 2, GivenUp: 1}}},
			"bounce   closed    clients bounced: 3 commands; 2 served after bouncing, 1 given up"},
		{"nothing is left of a guess", &BounceEvent{State: "retracted", Finding: Finding{ID: "F1", Rule: "bounce"}},
			"bounce   retracted F1 does not stand, as later evidence shows"},
		{"a state unknown here", &BounceEvent{State: "paused", Finding: nobody}, "bounce   paused    clients bounced"},
		{"a failover of which little is known", &FailoverEvent{State: "opened", Failover: Failover{Kind: "sentinel", To: nodeB, Confidence: "possible"}},
			"failover opened    sentinel unknown -> 10.77.0.2:6379 (possible)"},
		{"a failover that could be something else", &FailoverEvent{State: "closed", Failover: several().Failovers[1]},
			"failover closed    E2 failover 10.77.0.2:6379 -> unknown aborted in 500 ms (likely); 1 command parked, up to 480 ms; or CLIENT PAUSE WRITE"},
		{"a failover that was none", &FailoverEvent{State: "retracted", Failover: Failover{ID: "E1"}}, "failover retracted E1 does not stand, as later evidence shows"},
		{"a violation", &FailoverEvent{State: "updated", Failover: bouncing().Failovers[0]}, "failover ended     E1 done; violated: no-redirect-while-in-progress"},
		{"a first role", &RoleEvent{Node: nodeA, Role: "primary"}, "role     10.77.0.1:6379 is primary"},
		{"another primary", &RoleEvent{Node: nodeA, Role: "replica", Primary: nodeB, Before: "replica"}, "role     10.77.0.1:6379 is now replica of 10.77.0.2:6379"},
		{"a role is lost", &RoleEvent{Node: nodeA, Role: "unknown", Before: "primary"}, "role     10.77.0.1:6379: role unknown, was primary"},
		{"a loss goes on", &LossEvent{Cause: "bytes missing from the capture", Count: 1, Bytes: 5, TotalCount: 3, TotalBytes: 5000}, "loss     5,000 bytes missing from the capture, in 3 places so far"},
		{"nothing is seen", &Stats{Capture: Health{Packets: 1}}, "status   no commands yet in 1 packet: is it the right interface and port?"},
		{"stopped without a report", &Stopped{Reason: "error"}, "stopped  by an error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.TrimRight(tell(t, false, TextOptions{}, c.e), "\n")
			if !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestStatesAreToldApartByColour(t *testing.T) {
	seen := map[string]string{}
	for _, state := range []string{"opened", "updated", "closed", "retracted"} {
		got := tell(t, false, TextOptions{Color: true}, &BounceEvent{State: state, Finding: bounce()})
		_, after, _ := strings.Cut(got, "\x1b[0m")
		colour, _, _ := strings.Cut(after, "m")
		if other := seen[colour]; other != "" {
			t.Errorf("%s looks like %s", state, other)
		}
		seen[colour] = state
	}
	// What clients did not feel looks less urgent.
	note := bounce()
	note.Severity = "info"
	if got := tell(t, false, TextOptions{Color: true}, &BounceEvent{State: "opened", Finding: note}); !strings.Contains(got, "\x1b[1mbounce ") {
		t.Errorf("got %q", got)
	}
}

func TestWhatGoesOnHasEverFewerLines(t *testing.T) {
	got := tell(t, false, TextOptions{}, alike(600)...)
	// At 0, 1, 3, 7, 15, 31, 63, 123 s and then each minute.
	for _, word := range []string{"bounce", "loss"} {
		if n := strings.Count(got, " "+word+" "); n != 15 {
			t.Errorf("%d lines of %s in ten minutes, want 15", n, word)
		}
	}
	if !strings.Contains(got, "19:01:56.000 loss     640 bytes") {
		t.Errorf("the total of the time between is missing:\n%s", got)
	}
	if n := strings.Count(tell(t, true, TextOptions{}, alike(600)...), "\n"); n != 1201 {
		t.Errorf("%d lines with Verbose, want all 1,200 and the date", n)
	}
}

func TestPace(t *testing.T) {
	start := time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC)
	var p pace
	for i, c := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{999 * time.Millisecond, false},
		{time.Second, true},
		{2999 * time.Millisecond, false},
		{3 * time.Second, true},
		{time.Hour, true}, // after a long silence
		{time.Hour + time.Second, true},
		{-time.Hour, true}, // the clock was set back
		{-time.Hour + time.Second, true},
	} {
		if got := p.due("a", start.Add(c.after)); got != c.want {
			t.Errorf("%d: due after %v: %v", i, c.after, got)
		}
	}
	p.forget("a")
	if !p.due("a", start.Add(-time.Hour+time.Second)) {
		t.Error("what starts anew has no line")
	}
}

func TestBeyondItsBoundPaceHidesNothing(t *testing.T) {
	var p pace
	for i := range 3 * maxPaced {
		p.due(fmt.Sprint(i), time.Time{})
	}
	if len(p.beats) != maxPaced {
		t.Errorf("%d beats, want %d", len(p.beats), maxPaced)
	}
	if p.due("0", time.Time{}) || !p.due("x", time.Time{}) || !p.due("x", time.Time{}) {
		t.Error("what is beyond the bound is paced, or what is not is not")
	}
}

func TestStatusIsShownOnceUnlessNothingWasSeen(t *testing.T) {
	none := &Stats{At: at(5000)}
	for _, c := range []struct {
		name    string
		verbose bool
		events  []Event
		want    int
	}{
		{"traffic from the start", false, []Event{calm(5000), calm(10000), calm(600000)}, 1},
		{"no traffic at first", false, []Event{none, none, calm(10000), calm(15000)}, 2},
		{"no traffic at all", false, []Event{none, none, none}, 1},
		{"verbose", true, []Event{calm(0), calm(5000), calm(59999), calm(60000), calm(119999), calm(120000)}, 3},
		{"no valid time", false, []Event{&Stats{}, &Stats{}}, 1},
	} {
		if n := strings.Count(tell(t, c.verbose, TextOptions{}, c.events...), "status "); n != c.want {
			t.Errorf("%s: %d lines, want %d", c.name, n, c.want)
		}
	}
}

func TestWidthBreaksLinesAtWordsAndLosesNothing(t *testing.T) {
	words := func(s string) []string { return strings.Fields(strings.ReplaceAll(s, ";", "")) }
	wide, narrow := tell(t, true, TextOptions{}, incident()...), tell(t, true, TextOptions{Width: 80}, incident()...)
	if !reflect.DeepEqual(words(wide), words(narrow)) {
		t.Error("the words differ")
	}
	for l := range strings.Lines(narrow) {
		if len(l) > 81 && !strings.Contains(l, "remedy: ") {
			t.Errorf("%d columns: %s", len(l)-1, l)
		}
	}
	for _, width := range []int{1, 20, 33} {
		if !reflect.DeepEqual(words(wide), words(tell(t, true, TextOptions{Width: width}, incident()...))) {
			t.Errorf("width %d: the words differ", width)
		}
	}
}

func TestAFailoverIsToldWhenSomethingIsNew(t *testing.T) {
	f := healthy().Failovers[0]
	upTo := func(phases int, state string) Event {
		g := f
		g.Phases = g.Phases[:phases]
		return &FailoverEvent{State: state, At: at(700), Failover: g}
	}
	again := bouncing().Failovers[0]
	again.Conformance[0].Count++
	all := []Event{upTo(1, "opened"), upTo(1, "updated"), upTo(2, "updated"), upTo(2, "updated"), upTo(3, "updated"), upTo(4, "updated"),
		&FailoverEvent{State: "updated", At: at(701), Failover: bouncing().Failovers[0]}, &FailoverEvent{State: "updated", At: at(702), Failover: again},
		upTo(4, "closed")}
	for verbose, want := range map[bool]int{false: 6, true: len(all)} {
		if n := strings.Count(tell(t, verbose, TextOptions{}, all...), "\n") - 1; n != want { // without the date
			t.Errorf("%d lines, want %d (verbose %v)", n, want, verbose)
		}
	}
	// What was said of one that ended is forgotten, and so is what is beyond the bound.
	var l LiveText
	for i := range 3 * maxFollowed {
		f.ID = fmt.Sprint(i)
		if l.told(&FailoverEvent{State: "updated", Failover: f}) {
			t.Fatalf("%d was told before", i)
		}
	}
	if len(l.followed) != maxFollowed {
		t.Errorf("%d failovers, want %d", len(l.followed), maxFollowed)
	}
	for i := range 3 * maxFollowed {
		f.ID = fmt.Sprint(i)
		l.told(&FailoverEvent{State: "closed", Failover: f})
	}
	if len(l.followed) != 0 {
		t.Errorf("%d failovers that ended", len(l.followed))
	}
}

func TestARemedyCanBeCopied(t *testing.T) {
	f := bounce()
	const command = "valkey-cli -h 10.77.0.1 -p 6379 REPLICAOF NO ONE   # or REPLICAOF the node that should be its primary"
	f.Remedy, f.RemedyCommands = "", []string{command}
	for _, width := range []int{0, 60} {
		if got := tell(t, false, TextOptions{Width: width}, &BounceEvent{State: "opened", Finding: f}); !strings.Contains(got, "remedy: "+command+"\n") {
			t.Errorf("width %d:\n%s", width, got)
		}
	}
	f.Remedy, f.RemedyCommands = "make 10.77.0.1:6379 primary and 10.77.0.2:6379 its replica", []string{strings.Repeat("x", 90), "two"}
	const margin = "                      "
	if got, want := tell(t, false, TextOptions{Width: 60}, &BounceEvent{State: "opened", Finding: f}),
		margin+"remedy: make 10.77.0.1:6379 primary\n"+margin+"and 10.77.0.2:6379 its replica\n"+margin+f.RemedyCommands[0]+"\n"+margin+"two\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
	if got, want := tell(t, false, TextOptions{}, &BounceEvent{State: "opened", Finding: f}), "; remedy: "+f.Remedy+"\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestHostileStringsCannotBreakLiveText(t *testing.T) {
	const hostile = "\x1b[31;1mred\x1b]0;title\x07\r\n<script>\u009b2J\u202e\x00\x7f\xff"
	for i := range incident() {
		for _, known := range []bool{true, false} { // the words that choose what is written
			bad := incident()[i]
			v := reflect.ValueOf(bad).Elem()
			words := map[string]string{}
			for _, name := range []string{"State", "Mechanism", "Reason", "At"} {
				if f := v.FieldByName(name); f.IsValid() {
					words[name] = f.String()
				}
			}
			setStrings(v, hostile)
			for name, word := range words {
				if known {
					v.FieldByName(name).SetString(word)
				}
			}
			got := tell(t, true, TextOptions{}, bad)
			want := 1
			if known {
				want++ // the date
			}
			if s, ok := bad.(*Started); ok && s.Warning != "" {
				want++
			}
			if n := strings.Count(got, "\n"); n != want {
				t.Errorf("%T: %d lines, want %d:\n%s", bad, n, want, got)
			}
			if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
				t.Errorf("%T: %q", bad, got)
			}
			coloured := tell(t, true, TextOptions{Color: true}, bad)
			for _, code := range []string{"0", "1", "2", "31;1", "32;1", "33;1"} {
				coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
			}
			if coloured != got {
				t.Errorf("%T: the colours changed more than colours", bad)
			}
		}
	}
}

func TestLiveWritersReportThatWritingFailed(t *testing.T) {
	for name, event := range map[string]func(Event) error{
		"text":   NewLiveText(broken{}, TextOptions{}).Event,
		"ndjson": NewEvents(broken{}).Event,
	} {
		for range 2 {
			if err := event(calm(0)); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s: %v, want io.ErrClosedPipe", name, err)
			}
		}
	}
}

func BenchmarkLiveText(b *testing.B) {
	l := NewLiveText(io.Discard, TextOptions{})
	e := &BounceEvent{State: "opened", At: at(0), Finding: bounce()}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Event(e); err != nil {
			b.Fatal(err)
		}
	}
}
