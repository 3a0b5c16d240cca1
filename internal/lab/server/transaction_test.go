package server

import (
	"strings"
	"testing"
	"time"
)

// What becomes of a transaction whose server changes while commands are queued. The
// replies are those of valkey-server 8.0.1.
func TestExecAfterAChangeOfTheServer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		setup  string // of the client
		queued string
		admin  []string
		want   string
		after  string // to another EXEC
	}{
		{"a replica takes no write", "PING", "SET k v", []string{"REPLICAOF 127.0.0.1 7009"},
			"-EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.", "-ERR EXEC without MULTI"},
		{"a replica sends a write on", "CLIENT CAPA redirect", "SET k v", []string{"REPLICAOF 127.0.0.1 7009"},
			"-REDIRECT 127.0.0.1:7009", "-ERR EXEC without MULTI"},
		{"a replica sends a read on", "CLIENT CAPA redirect", "GET k", []string{"REPLICAOF 127.0.0.1 7009"},
			"-REDIRECT 127.0.0.1:7009", "-ERR EXEC without MULTI"},
		{"a replica runs what is neither", "CLIENT CAPA redirect", "ECHO x", []string{"REPLICAOF 127.0.0.1 7009"},
			"[$x]", "-ERR EXEC without MULTI"},
		{"old data is refused", "PING", "GET k", []string{"REPLICAOF 127.0.0.1 7009", "CONFIG SET replica-serve-stale-data no"},
			"-EXECABORT Transaction discarded because of: MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "-ERR EXEC without MULTI"},
		{"what needs no data runs", "PING", "INFO nothing", []string{"REPLICAOF 127.0.0.1 7009", "CONFIG SET replica-serve-stale-data no"},
			"[$]", "-ERR EXEC without MULTI"},
		{"writes are paused", "PING", "SET k v", []string{"CLIENT PAUSE 10000 WRITE"}, "", ""},
		{"reads go on", "PING", "GET k", []string{"CLIENT PAUSE 10000 WRITE"}, "[(nil)]", "-ERR EXEC without MULTI"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, Options{})
			u := l.open("a", tt.setup, "MULTI")
			l.want(u, tt.queued, "+QUEUED")
			l.open("a", tt.admin...)
			l.want(u, "EXEC", tt.want)
			l.want(u, "EXEC", tt.after)
		})
	}
}

func TestExecWithWordsTooMany(t *testing.T) {
	l := newLab(t, Options{})
	u := l.open("a")
	const want = "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
	l.want(u, "EXEC x", want)
	l.ask(u, "MULTI")
	l.want(u, "EXEC x", want)
	l.want(u, "EXEC", "-ERR EXEC without MULTI")
}

func TestATransactionHasABound(t *testing.T) {
	l := newLab(t, Options{})
	u := l.open("a", "MULTI", "SET k v")
	n := l.nodes["a"]
	n.clients[len(n.clients)-1].multi.size = maxQueued - 100
	l.want(u, "SET k v", "-ERR transaction is too large")
	l.want(u, "EXEC", "-EXECABORT Transaction discarded because of previous errors.")
	l.want(u, "GET k", "(nil)")
}

func TestWatchIsForgotten(t *testing.T) {
	for _, end := range []string{"UNWATCH", "MULTI; EXEC", "MULTI; DISCARD", "RESET", "QUIT"} {
		t.Run(end, func(t *testing.T) {
			l := newLab(t, Options{})
			u := l.open("a", "WATCH a b a")
			if got := len(l.nodes["a"].keys.watched["a"]); got != 1 {
				t.Errorf("watched %d times", got)
			}
			l.sendAll(u, end)
			l.play(10 * time.Millisecond)
			if w := l.nodes["a"].keys.watched; len(w) > 0 {
				t.Errorf("%d keys are still watched", len(w))
			}
		})
	}
}

// A write of the transaction's own client counts, and FLUSHALL where there is something.
func TestWhatBreaksAWatch(t *testing.T) {
	for _, tt := range []struct {
		setup, act string
		broken     bool
	}{
		{"SET k v", "SET k v", true},
		{"SET k v", "SET k v NX", false},
		{"SET k v", "GET k", false},
		{"SET k v", "DEL k", true},
		{"SET k v", "FLUSHALL", true},
		{"PING", "FLUSHALL", false},
		{"PING", "DEL k", false},
		{"RPUSH k 1 2", "LPOP k", true},
		{"RPUSH k 1 2", "BLPOP k 0", true},
		{"RPUSH k 1 2", "LPOP k 0", false},
		{"PING", "MSET j 1 k 2", true},
	} {
		t.Run(tt.setup+", "+tt.act, func(t *testing.T) {
			l := newLab(t, Options{})
			u := l.open("a", tt.setup, "WATCH k", tt.act, "MULTI", "PING")
			got := l.ask(u, "EXEC")
			if broken := got == "(nil)"; broken != tt.broken || !broken && !strings.Contains(got, "PONG") {
				t.Errorf("EXEC: %s", got)
			}
		})
	}
}
