package server

import (
	"strings"
	"testing"
	"time"
)

// state is how a node's handover stands.
func (l *lab) state(node string) string { return l.nodes[node].failover.state.String() }

// role is what ROLE says first.
func (l *lab) role(node string) string {
	u := l.open(node)
	return strings.Fields(strings.NewReplacer("[", " ", "]", " ", ",", " ", "$", "").Replace(l.ask(u, "ROLE")))[0]
}

func TestFailoverHandsTheRoleOver(t *testing.T) {
	l := pair(t, Options{})
	l.want(l.open("a"), "FAILOVER TO 127.0.0.1 7002", "+OK")
	l.play(100 * time.Millisecond)
	if got := l.state("a"); got != "no-failover" {
		t.Errorf("a is in state %s", got)
	}
	if a, b := l.role("a"), l.role("b"); a != "slave" || b != "master" {
		t.Errorf("a is %s, b is %s", a, b)
	}
	if a, b := l.nodes["a"].repl, l.nodes["b"].repl; a.id != b.id || a.state != linkConnected {
		t.Errorf("a follows %s in state %v, b is %s", a.id, a.state, b.id)
	}
}

// What a client hears from the old primary while the new one does not answer, and what
// it hears when that does, is the whole difference between the two orders.
func TestWhoAsksDuringTheHandover(t *testing.T) {
	for _, tt := range []struct {
		name         string
		order        Order
		setup        string
		command      string
		during, then string // replies while b is deaf, and in addition when it hears
	}{
		{"rc1 redirects a write", RedirectFirst, "CLIENT CAPA redirect", "SET k v", "-REDIRECT 127.0.0.1:7002", ""},
		{"rc1 redirects a read", RedirectFirst, "CLIENT CAPA redirect", "GET k", "-REDIRECT 127.0.0.1:7002", ""},
		{"the fix parks a write", PauseFirst, "CLIENT CAPA redirect", "SET k v", "", "-REDIRECT 127.0.0.1:7002"},
		{"the fix parks a read", PauseFirst, "CLIENT CAPA redirect", "GET k", "", "-REDIRECT 127.0.0.1:7002"},
		{"a plain write is refused", PauseFirst, "PING", "SET k v", "-READONLY You can't write against a read only replica.", ""},
		{"PING is served", PauseFirst, "CLIENT CAPA redirect", "PING", "+PONG", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := pair(t, Options{Order: tt.order})
			c := l.open("a", tt.setup)
			l.world.Do(l.nodes["b"].host.Deafen)
			l.want(l.open("a"), "FAILOVER TO 127.0.0.1 7002 TIMEOUT 100 FORCE", "+OK")
			l.play(200 * time.Millisecond)
			if got := l.state("a"); got != "failover-in-progress" {
				t.Fatalf("a is in state %s", got)
			}
			l.want(c, tt.command, tt.during)
			c.got = nil
			l.world.Do(l.nodes["b"].host.Hear)
			l.play(200 * time.Millisecond)
			if got := strings.Join(c.got, " "); got != tt.then {
				t.Errorf("at the end: got %q, want %q", got, tt.then)
			}
		})
	}
}

func TestAbortedFailoverLeavesThePrimary(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		act  func(l *lab)
		wait time.Duration
	}{
		{"the wait runs out", Options{}, func(l *lab) {
			l.world.Do(l.nodes["b"].host.Deafen)
			l.ask(l.open("a"), "SET k v")
			l.want(l.open("a"), "FAILOVER TO 127.0.0.1 7002 TIMEOUT 100", "+OK")
		}, time.Second},
		{"the operator aborts it while it waits", Options{}, func(l *lab) {
			l.world.Do(l.nodes["b"].host.Deafen)
			u := l.open("a")
			l.ask(u, "SET k v")
			l.want(u, "FAILOVER", "+OK")
			l.want(u, "FAILOVER ABORT", "+OK")
		}, time.Second},
		{"the operator aborts it while it is in progress", Options{}, func(l *lab) {
			l.world.Do(l.nodes["b"].host.Deafen)
			u := l.open("a")
			l.want(u, "FAILOVER TO 127.0.0.1 7002 TIMEOUT 50 FORCE", "+OK")
			l.play(time.Second)
			l.want(u, "FAILOVER ABORT", "+OK")
		}, time.Second},
		{"the other refuses", Options{Fault: RejectSync}, func(l *lab) {
			l.want(l.open("a"), "FAILOVER", "+OK")
		}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := pair(t, tt.o)
			parked := l.open("a")
			tt.act(l)
			l.send(parked, "SET parked 1")
			l.play(tt.wait)
			if got := l.state("a"); got != "no-failover" {
				t.Errorf("a is in state %s", got)
			}
			if got := l.role("a"); got != "master" {
				t.Errorf("a is %s", got)
			}
			if got := strings.Join(parked.got, " "); got != "+OK" {
				t.Errorf("the write that waited got %q", got)
			}
		})
	}
}

func TestTwoPrimariesAfterALostAnswer(t *testing.T) {
	for _, fault := range []Fault{LoseAnswer, DropLink} {
		l := pair(t, Options{Fault: fault})
		l.want(l.open("a"), "FAILOVER", "+OK")
		l.play(2 * linkTimeout)
		if a, b := l.role("a"), l.role("b"); a != "master" || b != "master" {
			t.Errorf("fault %d: a is %s, b is %s", fault, a, b)
		}
	}
}
