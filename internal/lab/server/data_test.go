package server

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// streamOf is what replicas of a node got for commands, as words.
func (l *lab) streamOf(node string, since int64) string {
	l.t.Helper()
	r := &l.nodes[node].repl
	stream, ok := r.since(r.id, since+1)
	if !ok {
		l.t.Fatal("the backlog does not go back so far")
	}
	var in protocol.Requests
	in.Feed(stream)
	var all []string
	for {
		args, ok, err := in.Next()
		if err != nil {
			l.t.Fatal(err)
		}
		if !ok {
			return strings.Join(all, "; ")
		}
		var words []string
		for _, a := range args {
			words = append(words, string(a))
		}
		all = append(all, strings.Join(words, " "))
	}
}

// The streams are those of valkey-server 8.0.1 for the same commands.
func TestWhatReplicasGet(t *testing.T) {
	for _, tt := range []struct {
		name, setup, commands, want string
	}{
		{"a string", "", "SET k v", "SET k v"},
		{"options stay", "SET k v", "SET k w XX KEEPTTL", "SET k w XX KEEPTTL"},
		{"but for GET", "SET k v", "SET k w get xx", "SET k w xx"},
		{"nothing was set", "SET k v", "SET k w NX; SET k w NX GET; SETNX k w", ""},
		{"GETSET is a SET", "", "GETSET k v", "SET k v"},
		{"GETDEL is a DEL", "SET k v", "GETDEL k; GETDEL k", "DEL k"},
		{"numbers", "", "INCR i; DECRBY i 2; INCRBY i x", "INCR i; DECRBY i 2"},
		{"several", "", "MSET a 1 b 2", "MSET a 1 b 2"},
		{"pops", "RPUSH l 1 2 3 4", "LPOP l 0; LPOP l; RPOP l 2; RPOP l 100; LPOP l", "LPOP l; RPOP l 2; RPOP l 100"},
		{"pushes", "", "LPUSHX l 1; RPUSH l 1 2; RPUSHX l 3", "RPUSH l 1 2; RPUSHX l 3"},
		{"deletion", "SET k v", "DEL none; UNLINK none; DEL none k", "DEL none k"},
		{"FLUSHALL of nothing", "", "FLUSHALL ASYNC; FLUSHDB", "FLUSHALL ASYNC; FLUSHDB"},
		{"BLPOP is an LPOP", "RPUSH l 1", "BLPOP none l 0", "LPOP l"},
		{"BLPOP that was in vain", "", "MULTI; BLPOP l 0; EXEC", ""},
		{"reads", "SET k v", "GET k; TYPE k; SCAN 0; TTL k", ""},
		{"a transaction", "", "MULTI; SET k 1; GET k; SET k 2; EXEC", "MULTI; SET k 1; SET k 2; EXEC"},
		{"a transaction with one change", "", "MULTI; GET k; SET k 1; EXEC", "SET k 1"},
		{"a transaction without", "", "MULTI; GET k; EXEC", ""},
		{"a transaction that was given up", "", "MULTI; SET k 1; DISCARD", ""},
		{"words of its own within one", "RPUSH l a", "MULTI; SET k 1; GETSET k 2; BRPOP l 0; EXEC", "MULTI; SET k 1; SET k 2; RPOP l; EXEC"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := pair(t, Options{})
			u := l.open("a", "PING")
			for c := range strings.SplitSeq(tt.setup, "; ") {
				l.ask(u, c)
			}
			since := l.nodes["a"].repl.offset
			for c := range strings.SplitSeq(tt.commands, "; ") {
				l.ask(u, c)
			}
			if got := strings.TrimPrefix(l.streamOf("a", since), "SELECT 0; "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			l.play(10 * time.Millisecond)
			sameData(t, l.nodes["b"].keys.entries, l.nodes["a"].keys.entries)
		})
	}
}

func TestAStringThatGrowsLeavesItsNeighboursAlone(t *testing.T) {
	l := newLab(t, Options{})
	u := l.open("a", "MSET a 1 b 2 c 3", "APPEND a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "GETSET b 4", "APPEND b y")
	l.want(u, "MGET a b c", "[$1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, $4y, $3]")
}

func TestKeysDoNotExpire(t *testing.T) {
	l := newLab(t, Options{})
	u := l.open("a", "SET k v")
	l.want(u, "TTL k", ":-1")
	l.want(u, "PTTL none", ":-2")
	l.want(u, "SET k w KEEPTTL", "+OK")
	for _, c := range []string{"SET k x EX 10", "SET k x px 10 NX", "SET k x EXAT 99999999999", "SET k x GET PXAT 1"} {
		l.want(u, c, "-"+noExpiry)
	}
	l.want(u, "SET k x EX 0", "-ERR invalid expire time in 'set' command")
	l.want(u, "SET k x EX one", "-"+notInteger)
	l.want(u, "SET k x EX", "-"+syntaxError)
	l.want(u, "SET k x EX 10 PX 10", "-"+syntaxError)
	l.want(u, "SET k x KEEPTTL EX 10", "-"+syntaxError)
	l.want(u, "GET k", "$w")
}

// Each row is what a client is answered that waits, and what the one gets who pushes.
func TestBlockedClients(t *testing.T) {
	for _, tt := range []struct {
		name   string
		waits  []string // commands of each of the clients that wait, sent at once
		pushes string   // sent at once
		want   []string
		pusher string
	}{
		{"keys are tried in their order", []string{"BLPOP one two 0"}, "MULTI; RPUSH two x; RPUSH one y; EXEC",
			[]string{"[$one, $y]"}, "+OK +QUEUED +QUEUED [:1, :1]"},
		{"an earlier key is no list by then", []string{"BLPOP one two 0"}, "SET one s; RPUSH two x",
			[]string{"-" + wrongType}, "+OK :1"},
		{"a key twice", []string{"BLPOP l l 0; PING"}, "RPUSH l x y", []string{"[$l, $x] +PONG"}, ":2"},
		{"before the next command of who pushed", []string{"BLPOP l 0"}, "RPUSH l x; LPOP l",
			[]string{"[$l, $x]"}, ":1 (nil)"},
		{"others before the next command of who was served", []string{"BLPOP l 0; LPOP l", "BLPOP l 0"}, "RPUSH l x y",
			[]string{"[$l, $x] (nil)", "[$l, $y]"}, ":2"},
		{"who was served waits again, behind the others", []string{"BLPOP l 0; BLPOP l 0", "BLPOP l 0"}, "RPUSH l x; RPUSH l y; RPUSH l z",
			[]string{"[$l, $x] [$l, $z]", "[$l, $y]"}, ":1 :1 :1"},
		{"what came is gone again", []string{"BLPOP l 0"}, "MULTI; RPUSH l x; DEL l; EXEC",
			[]string{""}, "+OK +QUEUED +QUEUED [:1, :1]"},
		{"the last of them waits on", []string{"BLPOP l 0", "BRPOP l 0", "BRPOP l 0"}, "RPUSH l x y",
			[]string{"[$l, $x]", "[$l, $y]", ""}, ":2"},
		{"the time is up", []string{"BRPOP l 0.002; PING"}, "PING", []string{"(nil) +PONG"}, "+PONG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, Options{})
			var waiting []*user
			for _, commands := range tt.waits {
				u := l.open("a")
				l.sendAll(u, commands)
				l.play(time.Millisecond)
				waiting = append(waiting, u)
			}
			pusher := l.open("a")
			l.sendAll(pusher, tt.pushes)
			l.play(5 * time.Millisecond)
			if got := strings.Join(pusher.got, " "); got != tt.pusher {
				t.Errorf("who pushed got %q, want %q", got, tt.pusher)
			}
			for i, u := range waiting {
				if got := strings.Join(u.got, " "); got != tt.want[i] {
					t.Errorf("client %d got %q, want %q", i, got, tt.want[i])
				}
				u.conn.Close()
			}
			l.play(time.Millisecond)
			if k := l.nodes["a"].keys; len(k.waiting) > 0 || len(k.ready) > 0 {
				t.Errorf("left behind: waiting %v, ready %v", k.waiting, k.ready)
			}
		})
	}
}

// sendAll sends several commands at once.
func (l *lab) sendAll(u *user, commands string) {
	var b []byte
	for c := range strings.SplitSeq(commands, "; ") {
		b = protocol.AppendCommand(b, strings.Fields(c)...)
	}
	l.world.Do(func() { u.conn.Send(b) })
}

// What a command costs must not grow with the data.
func BenchmarkCommands(b *testing.B) {
	for _, bb := range []struct{ name, command string }{
		{"SET", "SET key:4711 v"},
		{"GET", "GET key:4711"},
		{"INCR", "INCR counter"},
		{"LPUSH and RPOP", "LPUSH list x; RPOP list"},
		{"RPUSH and LPOP", "RPUSH list x; LPOP list"},
		{"APPEND", "APPEND grows x"},
		{"SET and DEL", "SET key:x v; DEL key:x"},
		{"SCAN", "SCAN 50000"},
		{"MULTI", "MULTI; SET key:4711 v; GET key:4711; EXEC"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			n, c := loaded(b)
			commands := strings.Split(bb.command, "; ")
			words := make([][][]byte, len(commands))
			for i, command := range commands {
				for _, w := range strings.Fields(command) {
					words[i] = append(words[i], []byte(w))
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, args := range words {
					n.process(&request{client: c, args: args})
				}
				c.out.Reset()
			}
		})
	}
}

// loaded is a node with 100,000 strings and a list of 100,000 elements, and a client.
func loaded(tb testing.TB) (*Node, *client) {
	tb.Helper()
	w := world.New(world.Options{Seed: 1, Wire: world.Memory})
	n, err := Start(w.Host("a", netip.MustParseAddr("127.0.0.1")), Options{Port: 7001})
	if err != nil {
		tb.Fatal(err)
	}
	var conn world.Conn
	c := newClient(n, &conn, 1)
	for i := range 100000 {
		n.keys.entries.set("key:"+itoa(int64(i)), &entry{text: []byte("v")})
	}
	l := &list{}
	for range 100000 {
		l.push(false, []byte("x"))
	}
	n.keys.entries.set("list", &entry{items: l})
	return n, c
}

// Reading a string allocates one thing: the library's form of the reply.
func TestGetAllocatesOnlyItsReply(t *testing.T) {
	n, c := loaded(t)
	args := [][]byte{[]byte("GET"), []byte("key:4711")}
	allocs := testing.AllocsPerRun(1000, func() {
		n.get(c, args)
		c.out.Reset()
	})
	if allocs > 1 {
		t.Errorf("%v allocations", allocs)
	}
}
