package world_test

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

var local = netip.MustParseAddr("127.0.0.1")

// talk is a log of what happened to whom, with the time of the world's clock.
type talk struct {
	w     *world.World
	lines []string
}

func (k *talk) say(format string, args ...any) {
	k.lines = append(k.lines, fmt.Sprintf("%v ", k.w.Elapsed())+fmt.Sprintf(format, args...))
}

// party is a handler that logs what it gets, and then does what it is told to.
type party struct {
	talk   *talk
	name   string
	conn   *world.Conn
	onData func(*party, string)
	onOver func(*party, error)
}

func (p *party) Data(b []byte) {
	p.talk.say("%s got %s", p.name, b)
	if p.onData != nil {
		p.onData(p, string(b))
	}
}

func (p *party) Closed(err error) {
	p.talk.say("%s over: %v", p.name, err)
	if p.onOver != nil {
		p.onOver(p, err)
	}
}

// reply answers each piece of data with itself in capitals.
func reply(p *party, s string) { p.conn.Send([]byte(strings.ToUpper(s))) }

// serve has a host accept connections for parties that do onData.
func serve(t *testing.T, k *talk, h *world.Host, port uint16, onData func(*party, string)) *world.Listener {
	t.Helper()
	l, err := h.Listen(port, func(c *world.Conn) {
		k.say("%s accepts", h.Name())
		c.Handle(&party{talk: k, name: h.Name(), conn: c, onData: onData})
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// dial has a host connect, and calls f with its party.
func dial(k *talk, h *world.Host, to netip.AddrPort, f func(*party)) {
	h.Dial(to, func(c *world.Conn, err error) {
		if err != nil {
			k.say("%s: %v", h.Name(), err)
			return
		}
		k.say("%s connected", h.Name())
		p := &party{talk: k, name: h.Name(), conn: c}
		c.Handle(p)
		f(p)
	})
}

// tape writes down segments as lines, and checks that they can be those of TCP.
type tape struct {
	lines []string
	wrong []string
	last  time.Time
	flows map[int]*[2]half // client, server
}

// half is what one end of a connection has sent.
type half struct {
	bytes, heard        uint64
	syn, fin, rst, done bool
}

func (p *tape) Segment(s *world.Segment) {
	flags := ""
	for _, f := range []struct {
		on   bool
		name string
	}{{s.SYN, " SYN"}, {s.FIN, " FIN"}, {s.RST, " RST"}, {s.HeardFIN, " heard FIN"}} {
		if f.on {
			flags += f.name
		}
	}
	dir := ">"
	if s.FromServer {
		dir = "<"
	}
	line := fmt.Sprintf("%v #%d %s%s %d bytes %.8q, heard %d",
		s.At.Sub(time.Time{}), s.Flow.ID, dir, flags, len(s.Data), s.Data, s.Heard)
	p.lines = append(p.lines, line)
	p.check(s, func(what string) { p.wrong = append(p.wrong, line+": "+what) })
}

func (p *tape) check(s *world.Segment, wrong func(string)) {
	if s.At.Before(p.last) {
		wrong("time goes back")
	}
	p.last = s.At
	if p.flows == nil {
		p.flows = map[int]*[2]half{}
	}
	f := p.flows[s.Flow.ID]
	if f == nil {
		f = &[2]half{}
		p.flows[s.Flow.ID] = f
	}
	this, other := &f[0], &f[1]
	if s.FromServer {
		this, other = other, this
	}
	switch {
	case s.SYN != !this.syn && !(s.RST && !this.syn):
		wrong("SYN comes first, and once")
	case s.Heard > other.bytes:
		wrong("heard what was never said")
	case s.Heard < this.heard:
		wrong("has forgotten what it heard")
	case s.HeardFIN && !other.fin:
		wrong("heard a FIN that nobody sent")
	case this.done && !s.HeardFIN:
		wrong("has forgotten the FIN")
	case this.fin && (len(s.Data) > 0 || s.FIN):
		wrong("after its FIN")
	case this.rst:
		wrong("after its RST")
	case len(s.Data) > 32<<10:
		wrong("too long")
	case !s.SYN && !s.RST && !s.FIN && len(s.Data) == 0 && s.Heard == this.heard && s.HeardFIN == this.done &&
		!(this.bytes == 0 && s.Heard == 0):
		wrong("acknowledges nothing new")
	}
	this.bytes += uint64(len(s.Data))
	this.heard = s.Heard
	this.syn = this.syn || s.SYN
	this.fin = this.fin || s.FIN
	this.rst = this.rst || s.RST
	this.done = s.HeardFIN
}

func (p *tape) expect(t *testing.T) {
	t.Helper()
	for i, line := range p.wrong {
		if i == 10 {
			t.Errorf("and %d more", len(p.wrong)-10)
			return
		}
		t.Error(line)
	}
}

// run plays a world until nothing is left to happen, or for an hour of its clock.
func run(t *testing.T, w *world.World) {
	t.Helper()
	if err := w.Run(context.Background(), time.Hour); err != nil {
		t.Fatal(err)
	}
}

// newWorld makes a world that is closed at the end of the test.
func newWorld(t testing.TB, o world.Options) *world.World {
	w := world.New(o)
	t.Cleanup(func() { w.Close() })
	return w
}

func expectLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "(nothing)", "(nothing)"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s, line %d:\n got %s\nwant %s\nall:\n%s", what, i+1, g, w, strings.Join(got[:min(len(got), i+20)], "\n"))
			return
		}
	}
}

// eventually waits for something that goroutines bring about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// expectNoLeak fails the test if it ends with more goroutines than it began with.
func expectNoLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		eventually(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
	})
}

func netAddr(port uint16) netip.AddrPort { return netip.AddrPortFrom(local, port) }
