package world_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

// liveWorld is a Live world that runs until the end of the test.
type liveWorld struct {
	*world.World
	tape tape
	talk talk
}

func newLive(t *testing.T, o world.Options) *liveWorld {
	t.Helper()
	expectNoLeak(t)
	l := &liveWorld{}
	o.Wire = world.Live
	if o.Tape == nil {
		o.Tape = &l.tape
	}
	l.World = world.New(o)
	l.talk.w = l.World
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, 0) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, world.ErrClosed) {
			t.Error(err)
		}
		l.Close()
		l.tape.expect(t)
	})
	return l
}

// said waits until as many lines have been said, and gives them without their times.
func (l *liveWorld) said(t *testing.T, n int) []string {
	t.Helper()
	var lines []string
	eventually(t, fmt.Sprintf("%d lines", n), func() bool {
		l.Do(func() { lines = append([]string(nil), l.talk.lines...) })
		return len(lines) >= n
	})
	for i, s := range lines {
		_, lines[i], _ = strings.Cut(s, " ")
	}
	return lines
}

// serve has a new host listen, and gives it and a stranger's connection to it.
func (l *liveWorld) serve(t *testing.T, onData func(*party, string)) (*world.Host, *world.Listener) {
	t.Helper()
	h := l.Host("server", local)
	var listener *world.Listener
	l.Do(func() { listener = serve(t, &l.talk, h, 0, onData) })
	return h, listener
}

// stranger connects from outside of the world.
func stranger(t *testing.T, l *world.Listener) *net.TCPConn {
	t.Helper()
	s, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.SetDeadline(time.Now().Add(20 * time.Second))
	return s.(*net.TCPConn)
}

func write(t *testing.T, s io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(s, text); err != nil {
		t.Fatal(err)
	}
}

func expectRead(t *testing.T, s io.Reader, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(s, b); err != nil || string(b) != want {
		t.Fatalf("read %q and %v, want %q", b, err, want)
	}
}

func TestLiveServesStrangers(t *testing.T) {
	w := newLive(t, world.Options{Latency: time.Hour}) // not for strangers
	_, l := w.serve(t, reply)
	s := stranger(t, l)
	for _, text := range []string{"a", "bcd", strings.Repeat("x", 10)} {
		write(t, s, text)
		expectRead(t, s, strings.ToUpper(text))
	}
	s.CloseWrite()
	if _, err := s.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the server does not close: %v", err)
	}
	expectLines(t, "talk", w.said(t, 5), []string{
		"server accepts", "server got a", "server got bcd", "server got xxxxxxxxxx", "server over: EOF",
	})
	w.Do(func() {
		for i, line := range w.tape.lines {
			_, w.tape.lines[i], _ = strings.Cut(line, " ")
		}
		expectLines(t, "tape", w.tape.lines, []string{
			`#1 > SYN 0 bytes "", heard 0`, `#1 < SYN 0 bytes "", heard 0`, `#1 > 0 bytes "", heard 0`,
			`#1 > 1 bytes "a", heard 0`, `#1 < 1 bytes "A", heard 1`,
			`#1 > 3 bytes "bcd", heard 1`, `#1 < 3 bytes "BCD", heard 4`,
			`#1 > 10 bytes "xxxxxxxx", heard 4`, `#1 < 10 bytes "XXXXXXXX", heard 14`,
			`#1 > FIN 0 bytes "", heard 14`, `#1 < FIN heard FIN 0 bytes "", heard 14`,
		})
	})
}

func TestLiveEndsOfStrangers(t *testing.T) {
	w := newLive(t, world.Options{})
	h, l := w.serve(t, func(p *party, s string) {
		reply(p, s)
		switch s {
		case "bye":
			p.conn.Close()
		case "reset":
			p.conn.Reset()
		}
	})

	s := stranger(t, l)
	write(t, s, "bye")
	expectRead(t, s, "BYE")
	if _, err := s.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after the server closed: %v", err)
	}

	s = stranger(t, l)
	write(t, s, "reset")
	if _, err := s.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("after the server reset: %v", err)
	}

	s = stranger(t, l)
	write(t, s, "x")
	expectRead(t, s, "X")
	s.SetLinger(0)
	s.Close()
	lines := w.said(t, 7)
	if last := lines[len(lines)-1]; last != "server over: connection reset" {
		t.Errorf("after the client reset: %s", last)
	}

	s = stranger(t, l)
	write(t, s, "y")
	expectRead(t, s, "Y")
	w.Do(func() {
		h.After(0, func() { t.Error("a timer of the dead") })
		h.Kill()
	})
	if _, err := s.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after the server was killed: %v", err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("a dead server accepts")
	}
	w.Do(func() { serve(t, &w.talk, h, l.Addr().Port(), reply) })
	s = stranger(t, l)
	write(t, s, "again")
	expectRead(t, s, "AGAIN")
}

func TestLiveDeafHost(t *testing.T) {
	w := newLive(t, world.Options{})
	h, l := w.serve(t, reply)
	first := stranger(t, l)
	write(t, first, "a")
	expectRead(t, first, "A")
	w.Do(func() {
		h.Deafen()
		h.After(0, func() { w.talk.say("timer") })
	})
	write(t, first, "b")
	second := stranger(t, l)
	write(t, second, "c")
	third := stranger(t, l)
	third.CloseWrite()
	seen := func(n int) {
		t.Helper()
		eventually(t, "the kernel takes it", func() (is bool) {
			w.Do(func() { is = strings.Count(strings.Join(w.tape.lines, "\n"), "< 0 bytes") == n })
			return is
		})
	}
	seen(2)
	// A deaf host's buffers are finite: then the client waits.
	first.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	many, err := io.Copy(first, strings.NewReader(strings.Repeat("x", 32<<20)))
	if err == nil || many > 24<<20 {
		t.Errorf("a deaf host took %d bytes: %v", many, err)
	}
	expectLines(t, "talk while deaf", w.said(t, 2), []string{"server accepts", "server got a"})

	w.Do(h.Hear)
	expectRead(t, first, "B"+strings.Repeat("X", int(many)))
	expectRead(t, second, "C")
	if _, err := third.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection that was closed meanwhile: %v", err)
	}
}

func TestLiveOverrun(t *testing.T) {
	big := bytes.Repeat([]byte("x"), 1<<20)
	w := newLive(t, world.Options{Tape: &tape{}})
	_, l := w.serve(t, func(p *party, s string) {
		for range 80 {
			p.conn.Send(big)
		}
	})
	lazy, other := stranger(t, l), stranger(t, l)
	write(t, lazy, "a")
	lines := w.said(t, 4)
	if !slices.Contains(lines, "server over: connection overrun") {
		t.Errorf("got %q", lines)
	}
	if _, err := io.Copy(io.Discard, lazy); err == nil {
		t.Error("the overrun connection ends as if all had been sent")
	}
	w.Do(func() {
		if got := w.Stats(); got.Overruns != 1 {
			t.Errorf("counted %+v", got)
		}
	})
	other.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := other.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the other connection: %v", err)
	}
}

// Two hosts of a Live world talk over sockets, with the latency they were given.
func TestLiveHostsOfTheWorld(t *testing.T) {
	w := newLive(t, world.Options{})
	h, l := w.serve(t, reply)
	client := w.Host("client", local)
	var began time.Time
	var took time.Duration
	w.SetLatency(h, client, ms(20))
	w.Do(func() {
		began = w.Now()
		dial(&w.talk, client, l.Addr(), func(p *party) {
			p.conn.Send([]byte("a"))
			p.onData = func(p *party, s string) {
				took = w.Now().Sub(began)
				p.conn.Close()
			}
		})
	})
	expectLines(t, "talk", w.said(t, 5), []string{
		"server accepts", "client connected", "server got a", "client got A", "server over: EOF",
	})
	if took < ms(80) || took > ms(80)+5*time.Second {
		t.Errorf("four times 20ms took %v", took)
	}
	w.Do(func() { // the hosts' own view: one connection, seen once
		if n := len(w.tape.flows); n != 1 {
			t.Errorf("%d flows on the tape", n)
		}
		h.Kill()
		dial(&w.talk, client, l.Addr(), func(*party) {})
	})
	if last := w.said(t, 6)[5]; last != "client: connection refused" {
		t.Errorf("got %q", last)
	}
	w.Do(func() {
		if last := w.tape.lines[len(w.tape.lines)-2:]; !strings.Contains(last[0], "#2 > SYN") || !strings.Contains(last[1], "#2 < RST") {
			t.Errorf("a refused connection is recorded as %q", last)
		}
	})
}

// A host that is killed while it connects leaves no connection behind, and one whose
// world is closed no socket.
func TestLiveKilledWhileConnecting(t *testing.T) {
	for _, latency := range []time.Duration{0, ms(10)} {
		t.Run(latency.String(), func(t *testing.T) {
			w := newLive(t, world.Options{Latency: latency})
			_, l := w.serve(t, reply)
			client := w.Host("client", local)
			w.Do(func() {
				dial(&w.talk, client, l.Addr(), func(*party) { t.Error("the dead connect") })
				client.Kill()
				dial(&w.talk, client, l.Addr(), send("a"))
			})
			eventually(t, "the second life is served", func() (is bool) {
				w.Do(func() { is = strings.Contains(strings.Join(w.talk.lines, "\n"), "client got A") })
				return is
			})
		})
	}
}

// A pipeline of bytes over a slow link comes in order, and not slower than the link.
func TestLiveLatencyIsNotAddedUp(t *testing.T) {
	w := newLive(t, world.Options{Latency: ms(50), Jitter: ms(30)})
	var got strings.Builder
	var last time.Time
	_, l := w.serve(t, func(p *party, s string) { got.WriteString(s); last = w.Now() })
	client := w.Host("client", local)
	var began time.Time
	const n = 100
	w.Do(func() {
		dial(&w.talk, client, l.Addr(), func(p *party) {
			began = w.Now()
			for i := range n {
				client.After(time.Duration(i)*time.Millisecond, func() { fmt.Fprintf(writer{p.conn}, "%03d", i) })
			}
		})
	})
	eventually(t, "all arrives", func() (is bool) {
		w.Do(func() { is = got.Len() == 3*n })
		return is
	})
	w.Do(func() {
		for i := range n {
			if s := got.String()[3*i:][:3]; s != fmt.Sprintf("%03d", i) {
				t.Fatalf("number %d is %s", i, s)
			}
		}
		if took := last.Sub(began); took < ms(n+50-1) || took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

type writer struct{ c *world.Conn }

func (w writer) Write(b []byte) (int, error) { w.c.Send(b); return len(b), nil }

// Nothing happens while Run is not under way, but what Do does.
func TestLiveStandsStillWithoutRun(t *testing.T) {
	expectNoLeak(t)
	w := newWorld(t, world.Options{Wire: world.Live})
	k := &talk{w: w}
	h := w.Host("server", local)
	var l *world.Listener
	w.Do(func() { l = serve(t, k, h, 0, reply) })
	s := stranger(t, l)
	write(t, s, "a")
	s.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, _ := s.Read(make([]byte, 1)); n > 0 || len(k.lines) > 0 {
		t.Error("something happened before Run")
	}
	end := w.Elapsed() + 100*time.Millisecond
	w.Do(func() { end = w.Elapsed() + 100*time.Millisecond })
	if err := w.Run(context.Background(), end); err != nil {
		t.Error(err)
	}
	if w.Elapsed() < end {
		t.Errorf("Run ended after %v, not %v", w.Elapsed(), end)
	}
	s.SetReadDeadline(time.Now().Add(10 * time.Second))
	expectRead(t, s, "A")
	lines := len(k.lines) // no lock: nothing happens
	write(t, s, "b")
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if len(k.lines) != lines {
		t.Error("something happened after Run")
	}
	if _, err := h.Listen(0, nil); !errors.Is(err, world.ErrClosed) {
		t.Errorf("listening in a closed world: %v", err)
	}
}
