package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// What a fake answers besides RESP.
const (
	hangUp = "close"
	mute   = "silent"
)

// request is a command that arrived at a fake, as the fake saw it.
type request struct {
	node  int
	text  string
	asked bool
	multi bool
	conn  int // number of the connection
	reply string
}

// stage is nodes that answer by a script, and one log.
type stage struct {
	t     testing.TB
	world *world.World
	hosts []*world.Host
	log   *Log
	// answer says what a node replies; empty: what a server without data would.
	answer func(node int, text string, asked bool) string
	seen   []request
	conns  int
	open   int
}

const firstPort = 7001

func node(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(firstPort+i))
}

func newStage(t testing.TB, nodes int, answer func(node int, text string, asked bool) string) *stage {
	w := world.New(world.Options{Seed: 1, Wire: world.Memory, Latency: 100 * time.Microsecond, Start: time.Unix(1721779200, 0)})
	t.Cleanup(func() { w.Close() })
	s := &stage{t: t, world: w, log: &Log{}, answer: answer}
	for i := range nodes {
		h := w.Host(fmt.Sprint("node", i), node(i).Addr())
		if _, err := h.Listen(node(i).Port(), func(c *world.Conn) {
			s.conns++
			s.open++
			c.Handle(&fake{stage: s, node: i, conn: c, number: s.conns})
		}); err != nil {
			t.Fatal(err)
		}
		s.hosts = append(s.hosts, h)
	}
	return s
}

// start starts a client with what tests leave out.
func (s *stage) start(o Options) *Client {
	if o.Name == "" {
		o.Name = "c"
	}
	if o.Nodes == nil {
		o.Nodes = []netip.AddrPort{node(0)}
	}
	return Start(s.world.Host(o.Name, node(0).Addr()), s.log, o)
}

// play lets time pass.
func (s *stage) play(d time.Duration) {
	s.t.Helper()
	if err := s.world.Run(context.Background(), s.world.Elapsed()+d); err != nil {
		s.t.Fatal(err)
	}
}

// texts is what arrived, without what connections begin with: "0 GET k".
func (s *stage) texts() string {
	var all []string
	for _, r := range s.seen {
		if !control(r.text) {
			all = append(all, fmt.Sprintf("%d %s", r.node, r.text))
		}
	}
	return strings.Join(all, ", ")
}

func control(text string) bool {
	for _, name := range []string{"HELLO", "CLIENT", "READONLY"} {
		if strings.HasPrefix(text, name) {
			return true
		}
	}
	return false
}

// fake is a connection to a node.
type fake struct {
	stage  *stage
	node   int
	conn   *world.Conn
	number int
	in     protocol.Requests
	asked  bool
	multi  bool
	spoilt bool
}

func (f *fake) Closed(error) { f.stage.open-- }

func (f *fake) Data(b []byte) {
	f.in.Feed(b)
	for !f.conn.Closed() {
		args, ok, err := f.in.Next()
		if err != nil {
			f.stage.t.Fatal(err)
		}
		if !ok {
			return
		}
		words := make([]string, len(args))
		for i := range args {
			words[i] = string(args[i])
		}
		f.request(strings.Join(words, " "))
	}
}

func (f *fake) request(text string) {
	name, _, _ := strings.Cut(text, " ")
	reply := f.stage.answer(f.node, text, f.asked)
	f.stage.seen = append(f.stage.seen, request{f.node, text, f.asked, f.multi, f.number, reply})
	if reply == "" {
		reply = f.usual(name)
	}
	if name == "ASKING" {
		f.asked = true
	} else if f.multi = (f.multi || name == "MULTI") && name != "EXEC"; !f.multi {
		f.asked = false
	}
	f.spoilt = f.multi && (f.spoilt || strings.HasPrefix(reply, "-"))
	switch reply {
	case hangUp:
		f.stage.open--
		f.conn.Close()
	case mute:
	default:
		f.conn.Send([]byte(reply + "\r\n"))
	}
}

// usual is what a server without data replies.
func (f *fake) usual(name string) string {
	switch {
	case name == "HELLO":
		return "%1\r\n$6\r\nserver\r\n$6\r\nvalkey"
	case name == "EXEC" && f.spoilt:
		return "-EXECABORT Transaction discarded because of previous errors."
	case name == "EXEC":
		return "*1\r\n+OK"
	case f.multi:
		return "+QUEUED"
	case name == "BLPOP":
		return mute
	}
	return "+OK"
}

// to is a redirect to a node.
func to(n int) string { return fmt.Sprintf("-REDIRECT %v", node(n)) }

func movedTo(key string, n int) string { return fmt.Sprintf("-MOVED %d %v", slot(key), node(n)) }

func askAt(key string, n int) string { return fmt.Sprintf("-ASK %d %v", slot(key), node(n)) }

// once does things, one after the other.
func once(things ...string) Work {
	return func(n int, _ *rand.Rand) [][]string {
		if n >= len(things) {
			return nil
		}
		var words [][]string
		for _, c := range strings.Split(things[n], "; ") {
			words = append(words, strings.Fields(c))
		}
		return words
	}
}

// turns answers a command with one reply after the other, and then as usual.
func turns(replies map[string][]string) func(int, string, bool) string {
	return func(n int, text string, _ bool) string {
		at := fmt.Sprintf("%d %s", n, text)
		if len(replies[at]) == 0 {
			return ""
		}
		r := replies[at][0]
		replies[at] = replies[at][1:]
		return r
	}
}
