package chain

import (
	"fmt"
	"net/netip"
	"testing"

	"ricochet/detect"
)

// traffic makes evidence for measurements.
type traffic struct {
	tracker *Tracker
	e       detect.Evidence
	now     int64
	rank    uint64
}

func newTraffic() *traffic {
	return &traffic{tracker: New(Options{}), now: 1e18}
}

func (w *traffic) conn(id uint64, server byte) *detect.Conn {
	return &detect.Conn{
		ID:     id,
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, 1}), uint16(id)),
		Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, server}), 6379),
	}
}

func (w *traffic) sent(c *detect.Conn, ordinal, command uint64) {
	w.rank++
	w.e = detect.Evidence{Place: detect.Place{At: w.now}, Rank: w.rank, Kind: detect.Sent, Conn: c, Ordinal: ordinal, Command: command, Slot: -1}
	w.tracker.Add(&w.e)
}

func (w *traffic) replied(c *detect.Conn, ordinal, command uint64, r detect.Reply, d *detect.Detail) {
	w.rank++
	w.e = detect.Evidence{Place: detect.Place{At: w.now}, Rank: w.rank, Kind: detect.Replied, Reply: r, Conn: c, Since: w.now - 500, Ordinal: ordinal, Command: command, Slot: -1, Detail: d}
	w.tracker.Add(&w.e)
}

// toB is a redirect to the second node.
var toB = &detect.Detail{Target: "10.0.0.2:6379"}

// open opens n chains, of one command or each of its own.
func (w *traffic) open(n int, alike bool) {
	for i := range uint64(n) {
		c := w.conn(1000+i, 1)
		command := 1 + i
		if alike {
			command = 1
		}
		w.sent(c, 1, command)
		w.replied(c, 1, command, detect.Redirect, toB)
	}
}

func TestOrdinaryTrafficAllocatesNothing(t *testing.T) {
	for _, open := range []int{0, 1} {
		w := newTraffic()
		c := w.conn(1, 1)
		w.open(open, false)
		i := uint64(0)
		if n := testing.AllocsPerRun(1000, func() {
			i++
			w.sent(c, i, 1<<20+i)
			w.replied(c, i, 1<<20+i, detect.Served, nil)
		}); n != 0 {
			t.Errorf("a command and its reply allocate %v times with %d chains open", n, open)
		}
	}
}

// A command with its reply, as most are: twice the cost of a piece of evidence.
func BenchmarkOrdinary(b *testing.B) {
	for _, open := range []int{0, 1, MaxOpen} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			w := newTraffic()
			c := w.conn(1, 1)
			w.open(open, false)
			b.ReportAllocs()
			sent := detect.Evidence{Kind: detect.Sent, Conn: c}
			replied := detect.Evidence{Kind: detect.Replied, Reply: detect.Served, Conn: c}
			i := uint64(0)
			for b.Loop() {
				i++
				sent.At, sent.Ordinal, sent.Command, sent.Rank = w.now, i, 1<<20+i, i
				w.tracker.Add(&sent)
				replied.At, replied.Ordinal, replied.Command, replied.Rank = w.now, i, 1<<20+i, i
				w.tracker.Add(&replied)
			}
		})
	}
}

// A command like that of many chains that wait: it is compared with a bounded
// number of them.
func BenchmarkAlike(b *testing.B) {
	for _, open := range []int{1, 100, 10_000, MaxOpen} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			w := newTraffic()
			w.open(open, true)
			c := w.conn(1, 3)
			b.ReportAllocs()
			i := uint64(0)
			for b.Loop() {
				i++
				w.sent(c, i, 1)
				w.replied(c, i, 1, detect.Served, nil)
			}
		})
	}
}

// A chain begins while as many as may are open: another one makes room.
func BenchmarkEvict(b *testing.B) {
	w := newTraffic()
	w.open(MaxOpen, false)
	c := w.conn(1, 1)
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		i++
		w.sent(c, i, 1<<20+i)
		w.replied(c, i, 1<<20+i, detect.Redirect, toB)
	}
}

// A connection closes or goes blind while thousands of commands are on their way
// on others.
func BenchmarkInterrupted(b *testing.B) {
	for _, open := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("flying=%d", open), func(b *testing.B) {
			w := newTraffic()
			w.open(open, false)
			to := w.conn(2, 2)
			for i := range uint64(open) {
				w.sent(to, 1+i, 1+i)
			}
			if n := w.tracker.flies.n; n != open {
				b.Fatalf("%d commands are on their way, want %d", n, open)
			}
			c := w.conn(1, 1)
			b.ReportAllocs()
			for b.Loop() {
				w.e = detect.Evidence{Place: detect.Place{At: w.now}, Kind: detect.Blind, Conn: c}
				w.tracker.Add(&w.e)
			}
		})
	}
}

// One hop of a bounce.
func BenchmarkHop(b *testing.B) {
	w := newTraffic()
	conns := [2]*detect.Conn{w.conn(1, 1), w.conn(2, 2)}
	to := [2]*detect.Detail{toB, {Target: "10.0.0.1:6379"}}
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		i++
		w.now += 1000
		w.sent(conns[i&1], i, 7)
		w.replied(conns[i&1], i, 7, detect.Redirect, to[i&1])
	}
}

// BenchmarkFindings adds a chain when as many findings as may are known.
func BenchmarkFindings(b *testing.B) {
	var f Findings
	for i := range MaxFindings {
		f.Add(bouncedChain(byte(i>>8), byte(i)))
	}
	c := bouncedChain(0, 1)
	b.ReportAllocs()
	for b.Loop() {
		f.Add(c)
	}
}

// bouncedChain is a chain that went round between a node and another one.
func bouncedChain(x, y byte) *Chain {
	c := &Chain{Client: &Client{}, Conn: &detect.Conn{}, Outcome: Served}
	nodes := [2]netip.AddrPort{
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, x, y}), 6379),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 8, x, y}), 6379),
	}
	for i := range 3 {
		c.addHop(Hop{Place: detect.Place{At: int64(1 + i)}, Node: nodes[i&1], target: nodes[1-i&1], Reply: detect.Redirect})
	}
	return c
}
