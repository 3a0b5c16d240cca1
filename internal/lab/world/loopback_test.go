package world_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

func TestLoopbackShutsStrangersOut(t *testing.T) {
	expectNoLeak(t)
	s := newStage(t, world.Loopback)
	var strangers []net.Conn
	for range 3 {
		strangers = append(strangers, stranger(t, s.listener))
	}
	s.connect(send("abc"))
	run(t, s.w)
	expectLines(t, "talk", s.lines, []string{
		"10ms server accepts", "20ms client connected", "30ms server got abc", "40ms client got ABC",
	})
	for _, c := range strangers {
		if n, err := c.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			t.Errorf("a stranger got %d bytes and %v", n, err)
		}
	}
}

func TestLoopbackErrorsEndTheWorld(t *testing.T) {
	outsider, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outsider.Close()
	elsewhere := netip.MustParseAddr("192.0.2.1")
	for _, test := range []struct {
		name string
		from netip.Addr
		to   func(*stage) netip.AddrPort
		want string
	}{
		{
			"some other program listens where the world has nobody", local,
			func(*stage) netip.AddrPort { return netip.MustParseAddrPort(outsider.Addr().String()) },
			"some other program listens there",
		},
		{
			"a host with an address that is not this machine's", elsewhere,
			func(s *stage) netip.AddrPort { return s.listener.Addr() },
			"192.0.2.1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, world.Loopback)
			dial(s.talk, s.w.Host("client", test.from), test.to(s), func(*party) {})
			err := s.w.Run(context.Background(), time.Hour)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Run: %v, want something with %q", err, test.want)
			}
		})
	}
	t.Run("a port that another program has", func(t *testing.T) {
		s := newStage(t, world.Loopback)
		port := netip.MustParseAddrPort(outsider.Addr().String()).Port()
		if _, err := s.server.Listen(port, nil); err == nil {
			t.Error("no error")
		}
	})
}

// What passes through the sockets of a connection may be larger than their buffers.
func TestLoopbackCarriesMuchAtOnce(t *testing.T) {
	s := newStage(t, world.Loopback)
	const size = 32 << 20
	got := 0
	s.connect(func(p *party) {
		p.conn.Send(make([]byte, size))
		p.conn.Handle(count{&got})
	})
	s.listener.Close()
	if _, err := s.server.Listen(s.listener.Addr().Port(), func(c *world.Conn) { c.Handle(count{&got}) }); err != nil {
		t.Fatal(err)
	}
	run(t, s.w)
	if got != size {
		t.Errorf("%d bytes arrived of %d", got, size)
	}
}

type count struct{ n *int }

func (c count) Data(b []byte) { *c.n += len(b) }
func (c count) Closed(error)  {}

// A world that is closed in the middle leaves no socket: its ports are free.
func TestLoopbackClose(t *testing.T) {
	expectNoLeak(t)
	s := newStage(t, world.Loopback)
	s.connect(send("abc"))
	if err := s.w.Run(context.Background(), ms(25)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.w.Close(); err != nil {
			t.Error(err)
		}
	}
	if c, err := net.Dial("tcp", s.listener.Addr().String()); err == nil {
		c.Close()
		t.Error("somebody still listens")
	}
	if err := s.w.Run(context.Background(), time.Hour); err != world.ErrClosed {
		t.Errorf("Run in a closed world: %v", err)
	}
	// Timers and connections of a closed world may still be told things.
	s.w.Do(func() {
		s.server.After(0, func() { t.Error("an event in a closed world") }).Stop()
		s.theirs.conn.Send([]byte("x"))
		s.theirs.conn.Close()
		s.server.Kill()
		dial(s.talk, s.client, s.listener.Addr(), func(*party) { t.Error("a connection in a closed world") })
	})
}
