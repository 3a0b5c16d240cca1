package world_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

// crowd is servers and clients that do things by chance, and note what happens.
type crowd struct {
	talk
	t       *testing.T
	rand    *rand.Rand
	tape    tape
	servers []*world.Host
	clients []*world.Host
	said    map[string]uint64 // bytes, by connection and direction
	flowed  map[string]uint64
}

// citizen is an end of a connection in a crowd. It checks that what arrives are the
// bytes that were sent, in their order.
type citizen struct {
	*crowd
	conn *world.Conn
}

// direction names what goes from one end of a connection to the other.
func direction(c *world.Conn, sent bool) string {
	if sent {
		return c.Local().String() + ">" + c.Remote().String()
	}
	return c.Remote().String() + ">" + c.Local().String()
}

func (z citizen) Data(b []byte) {
	name := direction(z.conn, false)
	before := z.flowed[name]
	z.flowed[name] += uint64(len(b))
	for i, got := range b {
		if want := byte((before + uint64(i)) % 251); got != want {
			z.t.Errorf("%s: byte %d is %d, not %d", name, before+uint64(i), got, want)
			return
		}
	}
	z.say("%s got %d bytes", name, len(b))
	z.act()
}

func (z citizen) Closed(err error) {
	z.say("%s over: %v", direction(z.conn, false), err)
	if err == io.EOF && z.flowed[direction(z.conn, false)] > z.said[direction(z.conn, false)] {
		z.t.Error("more arrived than was sent")
	}
}

// act does something with the connection.
func (z citizen) act() {
	switch n := z.rand.IntN(100); {
	case n < 70:
		z.send(1 + z.rand.IntN(40))
	case n < 80:
		z.send(z.rand.IntN(200 << 10))
	case n < 85:
		z.conn.Host().After(ms(z.rand.IntN(20)), z.act)
	case n < 95:
		z.send(1)
		z.conn.Close()
	default:
		z.conn.Reset()
	}
}

func (z citizen) send(n int) {
	if z.conn.Closed() {
		return
	}
	name := direction(z.conn, true)
	b := make([]byte, n)
	before := z.said[name]
	for i := range b {
		b[i] = byte((before + uint64(i)) % 251)
	}
	z.said[name] += uint64(n)
	z.conn.Send(b)
}

// listen has a server begin its life.
func (c *crowd) listen(i int) {
	_, err := c.servers[i].Listen(c.port(i), func(conn *world.Conn) {
		conn.Handle(citizen{c, conn})
	})
	if err != nil {
		c.t.Error(err)
	}
}

// port is where a server listens: below the ports of near ends, over sockets and not.
func (c *crowd) port(i int) uint16 { return uint16(17100 + i) }

// event does something, and then comes again.
func (c *crowd) event(left int) {
	i := c.rand.IntN(len(c.servers))
	server, client := c.servers[i], c.clients[c.rand.IntN(len(c.clients))]
	switch n := c.rand.IntN(100); {
	case n < 6:
		c.say("kill %s", server.Name())
		server.Kill()
		server.After(ms(c.rand.IntN(10)), func() { c.listen(i) })
	case n < 8:
		c.say("kill %s", client.Name())
		client.Kill()
	case n < 14:
		server.Deafen()
		server.World().Host("", local).After(ms(c.rand.IntN(15)), server.Hear)
	default:
		to := netAddr(c.port(i))
		client.Dial(to, func(conn *world.Conn, err error) {
			c.say("%s to %v: %v", client.Name(), to, err)
			if err == nil {
				z := citizen{c, conn}
				conn.Handle(z)
				z.send(5)
			}
		})
	}
	if left > 0 {
		server.World().Host("", local).After(time.Duration(c.rand.IntN(4000))*time.Microsecond, func() { c.event(left - 1) })
	}
}

// playCrowd plays a world with so many deeds in it, besides those that follow from them.
func playCrowd(t *testing.T, o world.Options, deeds int) *crowd {
	t.Helper()
	c := &crowd{t: t, said: map[string]uint64{}, flowed: map[string]uint64{}}
	o.Tape = &c.tape
	w := newWorld(t, o)
	c.w, c.rand = w, w.Rand()
	for i := range 3 {
		c.servers = append(c.servers, w.Host(fmt.Sprintf("s%d", i), local))
		c.clients = append(c.clients, w.Host(fmt.Sprintf("c%d", i), local))
		c.listen(i)
	}
	w.SetLatency(c.servers[0], c.clients[0], 0)
	w.Do(func() { c.event(deeds) })
	run(t, w)
	c.tape.expect(t)
	w.Close()
	return c
}

// The same seed gives the same world, to the byte, in memory and over sockets.
func TestSameSeedSameTape(t *testing.T) {
	expectNoLeak(t)
	tapes := map[[32]byte]uint64{}
	for seed := range uint64(4) {
		play := func(wire world.Wire) *crowd {
			return playCrowd(t, world.Options{Wire: wire, Seed: seed, Latency: ms(2), Jitter: ms(3)}, 150)
		}
		c := play(world.Memory)
		if len(c.lines) < 200 {
			t.Errorf("seed %d: only %d things happened", seed, len(c.lines))
		}
		for _, again := range []world.Wire{world.Memory, world.Loopback} {
			d := play(again)
			expectLines(t, fmt.Sprintf("seed %d, wire %d, talk", seed, again), d.lines, c.lines)
			expectLines(t, fmt.Sprintf("seed %d, wire %d, tape", seed, again), d.tape.lines, c.tape.lines)
		}
		sum := sha256.Sum256([]byte(fmt.Sprint(c.tape.lines)))
		if other, ok := tapes[sum]; ok {
			t.Errorf("seeds %d and %d give the same tape", seed, other)
		}
		tapes[sum] = seed
	}
}

// Whatever the world is like, the tape can be that of TCP, what arrives is what was
// sent, and all that begins comes to an end.
func FuzzCrowd(f *testing.F) {
	f.Add(uint64(1), uint16(0), uint16(0))
	f.Add(uint64(2), uint16(2000), uint16(0))
	f.Add(uint64(3), uint16(0), uint16(30000))
	f.Fuzz(func(t *testing.T, seed uint64, latency, jitter uint16) {
		playCrowd(t, world.Options{
			Wire: world.Memory, Seed: seed,
			Latency: time.Duration(latency) * time.Microsecond, Jitter: time.Duration(jitter) * time.Microsecond,
		}, 30)
	})
}
