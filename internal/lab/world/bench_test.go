package world_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

// pong sends what it gets back, as often as it is told to.
type pong struct {
	conn *world.Conn
	left int
}

func (p *pong) Data(b []byte) {
	if p.left--; p.left >= 0 {
		p.conn.Send(b)
	}
}

func (p *pong) Closed(error) {}

// volley makes a world with connections over which a message goes to and fro.
func volley(t testing.TB, wire world.Wire, conns, exchanges int) *world.World {
	t.Helper()
	w := newWorld(t, world.Options{Wire: wire, Latency: time.Millisecond})
	server, client := w.Host("server", local), w.Host("client", local)
	l, err := server.Listen(0, func(c *world.Conn) { c.Handle(&pong{conn: c, left: exchanges}) })
	if err != nil {
		t.Fatal(err)
	}
	for range conns {
		w.Do(func() {
			client.Dial(l.Addr(), func(c *world.Conn, err error) {
				if err != nil {
					t.Error(err)
					return
				}
				c.Handle(&pong{conn: c, left: exchanges})
				c.Send([]byte("*1\r\n$4\r\nPING\r\n"))
			})
		})
	}
	return w
}

// One iteration is a message there and another back.
func BenchmarkExchange(b *testing.B) {
	for name, wire := range map[string]world.Wire{"memory": world.Memory, "loopback": world.Loopback} {
		for _, conns := range []int{1, 200} {
			b.Run(fmt.Sprintf("%s/connections=%d", name, conns), func(b *testing.B) {
				w := volley(b, wire, conns, b.N/conns)
				b.ReportAllocs()
				b.ResetTimer()
				if err := w.Run(context.Background(), 1<<62); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// One iteration is a timer that is set and stopped while a thousand others wait.
func BenchmarkTimerStop(b *testing.B) {
	w := newWorld(b, world.Options{Wire: world.Memory})
	h := w.Host("h", local)
	for i := range 1000 {
		h.After(time.Duration(i), func() {})
	}
	b.ReportAllocs()
	for b.Loop() {
		h.After(time.Second, func() {}).Stop()
	}
}

// In memory an exchange allocates nothing once the world has warmed up.
func TestExchangeAllocatesNothing(t *testing.T) {
	w := volley(t, world.Memory, 10, 1<<30)
	end := time.Second
	if err := w.Run(context.Background(), end); err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(10, func() { // a hundred exchanges of ten
		end += time.Second / 10
		w.Run(context.Background(), end)
	})
	if allocs > 1 {
		t.Errorf("1000 messages allocate %v times", allocs)
	}
}

// Timers that are stopped leave nothing behind.
func TestStoppedTimersAreFreed(t *testing.T) {
	w := newWorld(t, world.Options{Wire: world.Memory})
	h := w.Host("h", local)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 10_000 {
		ballast := make([]byte, 10<<10)
		h.After(time.Hour, func() { clear(ballast) }).Stop()
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("10000 stopped timers hold %d bytes", after-before)
	}
	runtime.KeepAlive(w)
}
