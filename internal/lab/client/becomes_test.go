package client

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

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
			o:       Options{Nodes: nodes(0, 2), Protocol: 3, Habit: Keeps},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 HELLO 3 SETNAME c": {"-ERR no"}},
			sent:    "0 GET k, 2 GET k",
			log:     "GET k: 0 served",
			errors:  "ERR",
		},
		{
			name:    "the target refuses the handshake, and the shared connection is still that of before",
			o:       Options{Nodes: nodes(0, 2), Protocol: 3, Habit: Shares},
			things:  []string{"GET k"},
			replies: replies{"0 GET k": {to(1)}, "1 HELLO 3 SETNAME c": {"-ERR no"}},
			sent:    "0 GET k, 0 GET k",
			log:     "GET k: 0 served returned",
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
