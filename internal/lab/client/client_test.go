package client

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

// shown is the log as tests want to read it.
func (s *stage) shown() string {
	var all []string
	for _, c := range s.log.Commands {
		line := c.Text + ":"
		for _, h := range c.Hops {
			line += fmt.Sprintf(" %d", h.Node.Port()-firstPort)
			if h.Asked {
				line += "a"
			}
		}
		line += " " + c.Outcome.String()
		if c.Bounced() {
			line += " bounced"
		}
		if c.Returned() {
			line += " returned"
		}
		all = append(all, line)
	}
	return strings.Join(all, ", ")
}

// checkCount compares counts with the log that it is shown and with what arrived.
func checkCount(t *testing.T, s *stage, n Count) {
	t.Helper()
	want := Count{Commands: n.Commands, Sent: len(s.seen), Replies: n.Replies}
	for _, c := range s.log.Commands {
		if len(c.Hops) > 0 {
			want.Redirected++
		}
		want.MaxHops = max(want.MaxHops, len(c.Hops))
		times := map[string]int{}
		most := 0
		for _, h := range c.Hops {
			at := fmt.Sprint(h.Node, h.Asked)
			times[at]++
			most = max(most, times[at])
		}
		if most > 1 {
			want.Bounced++
			want.BouncedReplies += len(c.Hops)
		}
		if c.Returned() {
			want.Returned++
		}
	}
	n.Redirects, n.Errors = nil, nil
	if fmt.Sprint(n) != fmt.Sprint(want) {
		t.Errorf("count %+v, want %+v", n, want)
	}
}

func TestHandshake(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    Options
		want string
	}{
		{"nothing", Options{}, "CLIENT SETNAME c"},
		{"RESP2", Options{Protocol: 2, Redirects: true, Library: "lib", LibraryVersion: "1"},
			"CLIENT SETNAME c, CLIENT CAPA redirect, CLIENT SETINFO LIB-NAME lib, CLIENT SETINFO LIB-VER 1"},
		{"RESP3", Options{Protocol: 3, Redirects: true, ReadOnly: true}, "HELLO 3 SETNAME c, CLIENT CAPA redirect, READONLY"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t, 1, turns(map[string][]string{"0 CLIENT CAPA redirect": {"-ERR unknown"}}))
			tc.o.Habit, tc.o.Next = Keeps, once("GET k")
			s.start(tc.o)
			s.play(time.Second)
			var got []string
			for _, r := range s.seen {
				got = append(got, r.text)
			}
			if want := tc.want + ", GET k"; strings.Join(got, ", ") != want {
				t.Errorf("got %v, want %s", got, want)
			}
			if n := s.log.Count(); n.Sent != len(got) || n.Replies != len(got) || n.Commands != 1 {
				t.Errorf("count %+v", n)
			}
		})
	}
}

// conns is how many connections carried commands other than those they begin with.
func (s *stage) used() int {
	used := map[int]bool{}
	for _, r := range s.seen {
		used[r.conn] = used[r.conn] || !control(r.text)
	}
	n := 0
	for _, yes := range used {
		if yes {
			n++
		}
	}
	return n
}

func TestConnectionsByHabit(t *testing.T) {
	for _, tc := range []struct {
		habit Habit
		conns int
		left  int // open after the last redirect
	}{
		{Keeps, 2, 2},
		{Reconnects, 6, 1},
		{Shares, 6, 6},
	} {
		t.Run(fmt.Sprint(tc.habit), func(t *testing.T) {
			s := newStage(t, 2, turns(map[string][]string{
				"0 GET k": {to(1), to(1), to(1)}, "1 GET k": {to(0), to(0)},
			}))
			c := s.start(Options{Habit: tc.habit, Redirects: true, Next: once("GET k")})
			s.play(time.Second)
			if s.used() != tc.conns || s.open != tc.left {
				t.Errorf("%d connections, %d open, want %d, %d", s.used(), s.open, tc.conns, tc.left)
			}
			s.play(replacedFor)
			if tc.habit == Shares && s.open != 1 {
				t.Errorf("%d connections live on", s.open)
			}
			s.world.Do(func() { c.Stop(nil) })
			s.play(time.Second)
			if s.open != 0 {
				t.Errorf("%d connections after the end", s.open)
			}
		})
	}
}

// Callers who share a connection go where it points when they try again, not where
// their own redirect pointed, and one new connection serves all who wait for it.
func TestSharesOneMove(t *testing.T) {
	s := newStage(t, 3, func(n int, text string, _ bool) string {
		switch {
		case n == 0 && text == "GET 0":
			return to(1)
		case n == 0 && text == "GET 1":
			return to(2)
		}
		return ""
	})
	s.start(Options{
		Habit: Shares, Redirects: true, Callers: 2,
		Next: func(n int, _ *rand.Rand) [][]string {
			if n > 1 {
				return nil
			}
			return [][]string{{"GET", fmt.Sprint(n)}}
		},
	})
	s.play(time.Second)
	if got, want := s.texts(), "0 GET 0, 0 GET 1, 1 GET 0, 1 GET 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.conns != 2 {
		t.Errorf("%d connections", s.conns)
	}
}

func TestPipelinesSendTogether(t *testing.T) {
	s := newStage(t, 2, func(n int, text string, _ bool) string {
		if n == 0 && strings.HasPrefix(text, "GET") && strings.HasSuffix(text, "0") {
			return to(1)
		}
		return ""
	})
	c := s.start(Options{Habit: Pipelines, Redirects: true, Think: time.Millisecond, Next: Reads(Unique("c"))})
	s.play(time.Second)
	s.world.Do(func() { c.Stop(nil) })
	s.play(time.Second)
	twice, batch := false, 0
	for i, r := range s.seen {
		twice = twice || i > 0 && r.text == s.seen[i-1].text && r.node == s.seen[i-1].node && r.conn == s.seen[i-1].conn
		if r.node == 0 && !control(r.text) {
			batch++
		}
	}
	n := s.log.Count()
	if !twice || batch < 2 {
		t.Error("no batch, or no command twice in it")
	}
	if n.Redirected == 0 || n.Bounced != 0 || n.MaxHops != 1 {
		t.Errorf("%+v", n)
	}
	checkCount(t, s, n)
}

func TestBackoffDoubles(t *testing.T) {
	s := newStage(t, 1, turns(map[string][]string{"0 GET k": {to(0), to(0), to(0)}}))
	s.start(Options{Habit: Keeps, Redirects: true, Backoff: 10 * time.Millisecond, Next: once("GET k")})
	s.play(time.Second)
	hops := s.log.Commands[0].Hops
	hops = append(hops, Hop{At: s.log.Commands[0].Ended})
	for i, want := range []time.Duration{10, 20, 40} {
		if got := hops[i+1].At.Sub(hops[i].At) - 200*time.Microsecond; got != want*time.Millisecond {
			t.Errorf("waited %v, want %v ms", got, int(want))
		}
	}
	if got := (&Options{Backoff: time.Millisecond}).backoff(1 << 20); got != MaxBackoff {
		t.Errorf("waits up to %v", got)
	}
}

func TestStopCutsALoop(t *testing.T) {
	for _, habit := range []Habit{Keeps, Reconnects, Pipelines, Shares} {
		t.Run(fmt.Sprint(habit), func(t *testing.T) {
			s := newStage(t, 2, func(n int, text string, _ bool) string {
				if control(text) {
					return ""
				}
				return to(1 - n)
			})
			c := s.start(Options{Habit: habit, Redirects: true, Next: Reads(Unique("c")), Callers: 3})
			s.play(time.Second)
			over := false
			s.world.Do(func() { c.Stop(func() { over = true }) })
			s.play(time.Second)
			if !over || s.open != 0 {
				t.Errorf("over %t, open %d", over, s.open)
			}
			n := s.log.Count()
			for _, c := range s.log.Commands {
				if c.Outcome != Open || !c.Bounced() {
					t.Errorf("%v: %v, bounced %t", c.Text, c.Outcome, c.Bounced())
				}
			}
			if n.Commands != n.Bounced || n.BouncedReplies != n.Redirects["REDIRECT"] {
				t.Errorf("%+v", n)
			}
			checkCount(t, s, n)
		})
	}
}

func TestStopCutsBlockedCommandsAndFinishTheRest(t *testing.T) {
	s := newStage(t, 1, turns(map[string][]string{"0 GET k": {mute}}))
	a := s.start(Options{Name: "a", Habit: Keeps, Next: once("BLPOP l 0")})
	b := s.start(Options{Name: "b", Habit: Keeps, Next: once("GET k")})
	s.play(time.Second)
	var over string
	s.world.Do(func() {
		a.Stop(func() { over += "a" })
		b.Stop(func() { over += "b" })
	})
	s.play(time.Second)
	if over != "a" || s.shown() != "BLPOP l: open" {
		t.Errorf("over %s, log %s", over, s.shown())
	}
	s.world.Do(s.log.Finish)
	if want := "BLPOP l: open, GET k: open"; s.shown() != want {
		t.Errorf("log %s, want %s", s.shown(), want)
	}
}

func TestLogForgetsHopsAndGoesOnCounting(t *testing.T) {
	s := newStage(t, 2, func(n int, text string, _ bool) string {
		if control(text) {
			return ""
		}
		return to(1 - n)
	})
	s.log.Limit = 10
	s.start(Options{Habit: Keeps, Redirects: true, Next: once("GET k")})
	s.play(100 * time.Millisecond)
	n, c := s.log.Count(), s.log.Commands[0]
	if len(c.Hops) != 9 || c.HopCount < 100 || s.log.Forgotten != c.HopCount-9 {
		t.Errorf("%d hops kept, %d counted, %d forgotten", len(c.Hops), c.HopCount, s.log.Forgotten)
	}
	if n.MaxHops != c.HopCount || n.BouncedReplies != c.HopCount || n.Bounced != 1 {
		t.Errorf("%+v", n)
	}
}

func TestErrorsOfManyKinds(t *testing.T) {
	c := newCount()
	for i := range 2 * maxWords {
		c.fault(fmt.Sprintf("E%d text", i))
	}
	if len(c.Errors) != maxWords+1 || c.Errors[otherError] != maxWords {
		t.Errorf("%d kinds, %d others", len(c.Errors), c.Errors[otherError])
	}
}

func TestSameSeedSameCommands(t *testing.T) {
	run := func() string {
		s := newStage(t, 2, func(n int, text string, _ bool) string {
			if strings.HasSuffix(text, "3") {
				return to(1)
			}
			return ""
		})
		for i, h := range []Habit{Keeps, Reconnects, Pipelines, Shares, Stays} {
			s.start(Options{Name: fmt.Sprint("c", i), Habit: h, Redirects: true, Think: time.Millisecond, Callers: 2, Next: Mix(Hot(5), 0.5)})
		}
		s.play(200 * time.Millisecond)
		return s.texts()
	}
	if a, b := run(), run(); a != b || len(a) < 1000 {
		t.Error("not the same, or too little")
	}
}

func TestByClient(t *testing.T) {
	s := newStage(t, 2, turns(map[string][]string{"0 GET k": {to(1)}}))
	s.start(Options{Name: "a", Habit: Keeps, Redirects: true, Next: once("GET k")})
	s.start(Options{Name: "b", Habit: Keeps, Next: once("GET l", "GET m")})
	s.play(time.Second)
	n := s.log.ByClient()
	if len(n) != 2 || n["a"].Redirected != 1 || n["a"].Commands != 1 || n["b"].Redirected != 0 || n["b"].Commands != 2 {
		t.Errorf("%+v", n)
	}
}

// Killing the host of a client ends it: nothing of it happens any more.
func TestClientOfAKilledHost(t *testing.T) {
	s := newStage(t, 1, turns(nil))
	var h *world.Host
	s.world.Do(func() {
		h = s.world.Host("c", node(0).Addr())
		Start(h, s.log, Options{Name: "c", Habit: Keeps, Nodes: []netip.AddrPort{node(0)}, Think: time.Millisecond, Next: Reads(Hot(1))})
	})
	s.play(100 * time.Millisecond)
	s.world.Do(h.Kill)
	n := s.log.Count().Sent
	s.play(100 * time.Millisecond)
	if got := s.log.Count().Sent; got != n || s.open != 0 {
		t.Errorf("%d commands after the end, %d connections open", got-n, s.open)
	}
}
