package client

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
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

func TestWhatBecomesOfACommand(t *testing.T) {
	type replies = map[string][]string
	nodes := func(n ...int) (all []netip.AddrPort) {
		for _, i := range n {
			all = append(all, node(i))
		}
		return all
	}
	for _, tc := range []struct {
		name    string
		o       Options
		things  []string
		replies replies
		kill    []int
		sent    string // what arrived at the nodes
		log     string
		errors  string
	}{
		{
			name:   "served at once",
			things: []string{"GET k"},
			sent:   "0 GET k",
		},
		{
			name:    "an error is the end",
			things:  []string{"GET k", "SET k v"},
			replies: replies{"0 GET k": {"-TRYAGAIN no"}},
			sent:    "0 GET k, 0 SET k v",
			log:     "GET k: failed",
			errors:  "TRYAGAIN",
		},
		{
			name:    "redirected once, and the next command goes there at once",
			things:  []string{"GET k", "GET l"},
			replies: replies{"0 GET k": {to(1)}},
			sent:    "0 GET k, 1 GET k, 1 GET l",
			log:     "GET k: 0 served",
		},
		{
			name:    "back where it was, and served",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 GET k": {to(0)}},
			sent:    "0 GET k, 1 GET k, 0 GET k",
			log:     "GET k: 0 1 served returned",
		},
		{
			name:    "back where it was, and an error",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1), "-LOADING"}, "1 GET k": {to(0)}},
			sent:    "0 GET k, 1 GET k, 0 GET k",
			log:     "GET k: 0 1 failed",
			errors:  "LOADING",
		},
		{
			name:    "redirected twice by one node",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1), to(1)}, "1 GET k": {to(0)}},
			sent:    "0 GET k, 1 GET k, 0 GET k, 1 GET k",
			log:     "GET k: 0 1 0 served bounced",
		},
		{
			name:    "a node that names itself",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(0), "-REDIRECT :7001"}},
			sent:    "0 GET k, 0 GET k, 0 GET k",
			log:     "GET k: 0 0 served bounced",
		},
		{
			name:    "an error in between makes it another command",
			things:  []string{"GET k", "GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 GET k": {"-READONLY", to(0)}},
			sent:    "0 GET k, 1 GET k, 1 GET k, 0 GET k",
			log:     "GET k: 0 failed, GET k: 1 served",
			errors:  "READONLY",
		},
		{
			name:    "a slot that moves is no revisit",
			o:       Options{Cluster: true, Nodes: nodes(1)},
			things:  []string{"GET k", "GET k"},
			replies: replies{"1 GET k": {movedTo("k", 0)}, "0 GET k": {askAt("k", 1)}},
			sent:    "1 GET k, 0 GET k, 1 ASKING, 1 GET k, 0 GET k",
			log:     "GET k: 1 0 served",
		},
		{
			name:    "ASKING forgotten",
			o:       Options{Cluster: true, AskingForgotten: true},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {askAt("k", 1), askAt("k", 1)}, "1 GET k": {movedTo("k", 0)}},
			sent:    "0 GET k, 1 GET k, 0 GET k, 1 GET k",
			log:     "GET k: 0 1 0 served bounced",
		},
		{
			name:    "asked twice",
			o:       Options{Cluster: true},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {askAt("k", 1)}, "1 GET k": {askAt("k", 2)}, "2 GET k": {askAt("k", 1)}},
			sent:    "0 GET k, 1 ASKING, 1 GET k, 2 ASKING, 2 GET k, 1 ASKING, 1 GET k",
			log:     "GET k: 0 1a 2a served returned",
		},
		{
			name:    "the target refuses",
			o:       Options{Nodes: nodes(1, 0)},
			kill:    []int{1},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1), to(1)}},
			sent:    "0 GET k, 0 GET k, 0 GET k",
			log:     "GET k: 0 0 served bounced",
		},
		{
			name:    "the target refuses whoever shares a connection",
			o:       Options{Habit: Shares},
			kill:    []int{1},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1), to(1)}},
			sent:    "0 GET k, 0 GET k, 0 GET k",
			log:     "GET k: 0 0 served bounced",
		},
		{
			name:    "the target hangs up",
			o:       Options{Nodes: nodes(0, 2)},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 GET k": {hangUp}},
			sent:    "0 GET k, 1 GET k, 2 GET k",
			log:     "GET k: 0 served",
		},
		{
			name:    "the target refuses the handshake",
			o:       Options{Nodes: nodes(0, 2), Protocol: 3},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 HELLO 3 SETNAME c": {"-ERR no"}},
			sent:    "0 GET k, 2 GET k",
			log:     "GET k: 0 served",
			errors:  "ERR",
		},
		{
			name:    "a connection that ends before any redirect",
			o:       Options{Nodes: nodes(0, 1)},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {hangUp}},
			sent:    "0 GET k, 1 GET k",
			log:     "GET k: failed",
		},
		{
			name:    "unblocked",
			things:  []string{"BLPOP l 0", "GET k"},
			replies: replies{"0 BLPOP l 0": {"-UNBLOCKED force unblock"}},
			sent:    "0 BLPOP l 0, 0 GET k",
			log:     "BLPOP l: failed",
			errors:  "UNBLOCKED",
		},
		{
			name:    "a limit",
			o:       Options{Limit: 2},
			things:  []string{"GET k", "GET l"},
			replies: replies{"0 GET k": {to(1)}, "1 GET k": {to(0)}},
			sent:    "0 GET k, 1 GET k, 1 GET l",
			log:     "GET k: 0 1 given-up",
		},
		{
			name:    "who stays does not follow",
			o:       Options{Habit: Stays},
			things:  []string{"GET k", "GET l"},
			replies: replies{"0 GET k": {to(1)}},
			sent:    "0 GET k, 0 GET l",
			log:     "GET k: 0 given-up",
		},
		{
			name:    "who knows no cluster does not follow MOVED",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {movedTo("k", 1)}},
			sent:    "0 GET k",
			log:     "GET k: 0 given-up",
		},
		{
			name:    "a redirect to a name",
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {"-REDIRECT example.test:7001"}},
			sent:    "0 GET k",
			log:     "GET k: 0 given-up",
		},
		{
			name:    "no answer in time",
			o:       Options{Timeout: time.Second},
			things:  []string{"GET k", "GET l"},
			replies: replies{"0 GET k": {mute}},
			sent:    "0 GET k, 0 GET l",
			log:     "GET k: given-up",
		},
		{
			name:    "no answer in time to what a connection begins with",
			o:       Options{Timeout: time.Second, Nodes: nodes(0, 1)},
			things:  []string{"GET k"},
			replies: replies{"0 CLIENT SETNAME c": {mute}},
			sent:    "1 GET k",
		},
		{
			name:    "redirected while queueing: the abort is no redirect",
			things:  []string{"SET k v; GET k"},
			replies: replies{"0 SET k v": {to(1)}, "0 GET k": {to(1)}},
			sent:    "0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC",
			log:     "SET k: 0 served, GET k: 0 served, EXEC: failed",
			errors:  "EXECABORT",
		},
		{
			name:    "one of two is redirected while queueing",
			things:  []string{"SET k v; GET k"},
			replies: replies{"0 SET k v": {to(1)}},
			sent:    "0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC",
			log:     "SET k: 0 served, EXEC: failed",
			errors:  "EXECABORT",
		},
		{
			name:    "EXEC is redirected",
			things:  []string{"SET k v; GET k"},
			replies: replies{"0 EXEC": {to(1)}},
			sent:    "0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC",
			log:     "EXEC: 0 served",
		},
		{
			name:    "a transaction bounces",
			things:  []string{"SET k v; GET k"},
			replies: replies{"0 EXEC": {to(1), to(1)}, "1 EXEC": {to(0)}},
			sent: "0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC, " +
				"0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC",
			log: "EXEC: 0 1 0 served bounced",
		},
		{
			name:    "a transaction asks",
			o:       Options{Cluster: true},
			things:  []string{"SET k v; GET k"},
			replies: replies{"0 GET k": {askAt("k", 1)}},
			sent:    "0 MULTI, 0 SET k v, 0 GET k, 0 EXEC, 1 ASKING, 1 MULTI, 1 SET k v, 1 GET k, 1 EXEC",
			log:     "GET k: 0 served, EXEC: failed",
			errors:  "EXECABORT",
		},
	} {
		habits := []Habit{Keeps, Reconnects, Shares}
		if tc.o.Habit != 0 {
			habits = []Habit{tc.o.Habit}
		}
		for _, habit := range habits {
			t.Run(fmt.Sprint(tc.name, " ", habit), func(t *testing.T) {
				rest := replies{}
				for at, r := range tc.replies {
					rest[at] = slices.Clone(r)
				}
				s := newStage(t, 3, turns(rest))
				for _, i := range tc.kill {
					s.hosts[i].Kill()
				}
				o := tc.o
				o.Habit, o.Next, o.Redirects = habit, once(tc.things...), !o.Cluster
				c := s.start(o)
				s.play(10 * time.Second)
				if got := s.texts(); got != tc.sent {
					t.Errorf("arrived:\n%s\nwant:\n%s", got, tc.sent)
				}
				if got := s.shown(); got != tc.log {
					t.Errorf("log: %s\nwant: %s", got, tc.log)
				}
				n := s.log.Count()
				if got := strings.Join(slices.Sorted(maps.Keys(n.Errors)), " "); got != tc.errors {
					t.Errorf("errors: %s, want %s", got, tc.errors)
				}
				checkCount(t, s, n)
				over := false
				s.world.Do(func() { c.Stop(func() { over = true }) })
				s.play(time.Second)
				if !over || s.open != 0 {
					t.Errorf("over: %t, open connections: %d", over, s.open)
				}
				if len(s.log.open) != 0 {
					t.Error("commands left under way")
				}
			})
		}
	}
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
