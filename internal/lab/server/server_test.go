package server

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// lab is a world with nodes, for tests.
type lab struct {
	t     *testing.T
	world *world.World
	user  *world.Host
	nodes map[string]*Node
}

// newLab starts a node for each of the options, named a, b, c ... in their order.
func newLab(t *testing.T, options ...Options) *lab {
	t.Helper()
	w := world.New(world.Options{
		Seed: 1, Wire: world.Memory, Start: time.Unix(1721779200, 0).UTC(), Latency: 50 * time.Microsecond,
	})
	l := &lab{t: t, world: w, nodes: map[string]*Node{}}
	local := netip.MustParseAddr("127.0.0.1")
	for i, o := range options {
		name := string(rune('a' + i))
		o.Port = uint16(7001 + i)
		n, err := Start(w.Host(name, local), o)
		if err != nil {
			t.Fatal(err)
		}
		l.nodes[name] = n
	}
	l.user = w.Host("user", local)
	return l
}

// pair is two nodes, of which b replicates from a.
func pair(t *testing.T, o Options) *lab {
	t.Helper()
	l := newLab(t, o, o)
	l.want(l.open("b"), "REPLICAOF 127.0.0.1 7001", "+OK")
	l.play(2 * time.Second)
	return l
}

// play lets time pass.
func (l *lab) play(d time.Duration) {
	l.t.Helper()
	if err := l.world.Run(context.Background(), l.world.Elapsed()+d); err != nil {
		l.t.Fatal(err)
	}
}

// user is a connection of somebody who types commands.
type user struct {
	conn    *world.Conn
	replies protocol.Replies
	got     []string
	closed  bool
}

func (u *user) Data(b []byte) {
	u.replies.Feed(b)
	for {
		v, ok, err := u.replies.Next()
		if err != nil {
			u.got = append(u.got, "error: "+err.Error())
		}
		if !ok {
			return
		}
		u.got = append(u.got, v.String())
	}
}

func (u *user) Closed(error) { u.closed = true }

// open connects to a node and sends commands, which must not fail.
func (l *lab) open(node string, commands ...string) *user {
	l.t.Helper()
	u := &user{}
	l.world.Do(func() {
		l.user.Dial(l.nodes[node].Addr(), func(c *world.Conn, err error) {
			if err != nil {
				l.t.Fatal(err)
			}
			u.conn = c
			c.Handle(u)
		})
	})
	l.play(time.Millisecond)
	for _, c := range commands {
		if got := l.ask(u, c); strings.HasPrefix(got, "-") {
			l.t.Fatalf("%s: %s", c, got)
		}
	}
	return u
}

// send sends a command and does not wait.
func (l *lab) send(u *user, command string) {
	l.world.Do(func() { u.conn.Send(protocol.AppendCommand(nil, strings.Fields(command)...)) })
}

// ask sends a command and returns what came a millisecond later: empty if nothing did.
func (l *lab) ask(u *user, command string) string {
	l.t.Helper()
	u.got = nil
	l.send(u, command)
	l.play(time.Millisecond)
	return strings.Join(u.got, " ")
}

// want asks and compares.
func (l *lab) want(u *user, command, reply string) {
	l.t.Helper()
	if got := l.ask(u, command); got != reply {
		l.t.Errorf("%s: got %q, want %q", command, got, reply)
	}
}
