package world

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// ErrClosed is what Run and Listen report of a world that was closed.
var ErrClosed = errors.New("world is closed")

// Wire says how bytes get from one host to another.
type Wire int

const (
	_ Wire = iota
	// Memory moves bytes within the process. Nothing else can see them.
	Memory
	// Loopback moves the same bytes at the same times of the world's clock, but over
	// TCP sockets, where other programs can watch them.
	Loopback
	// Live listens for any program: the clock is that of the machine, and the order
	// of events is that in which they come.
	Live
)

// Options says what a world is like.
type Options struct {
	Seed    uint64
	Wire    Wire          // how bytes travel; required
	Start   time.Time     // what the clock shows at first; unused by Live, which has the machine's
	Latency time.Duration // one way, between any two hosts that SetLatency was not called for; strangers have none
	Jitter  time.Duration // less than so much is added to a latency, by chance
	Pace    float64       // seconds of the machine's clock to one of the world; 0: as fast as it goes. Live has 1
	Tape    Tape          // sees every segment; nil: nobody does
}

// World is a clock, a queue of events, and what they happen to. All that is said
// about servers and clients in it happens within its events: code outside uses
// [World.Do], or waits until Run has returned.
type World struct {
	options Options
	rand    *rand.Rand

	mu        sync.Mutex
	now       time.Duration // since the start
	events    queue
	order     uint64   // of the latest event
	spare     []*event // to be used again
	listeners map[netip.AddrPort]*Listener
	homes     map[netip.AddrPort]*Host // who listened there last, and may again
	ports     map[netip.Addr]uint16    // the latest near end's
	latencies map[[2]*Host]time.Duration
	dirty     []*Conn // have bytes to send when the event is over
	flows     int     // connections begun so far
	segment   Segment // that the tape sees
	pairs     map[*pair]struct{}
	live      *live         // what Live needs besides; nil for the other wires
	began     time.Time     // when the machine's clock showed what is 0 here, as Run knows it
	wake      chan struct{} // the next event is another one than it was
	err       error         // the first thing that went wrong with a socket
	closed    bool
}

// New makes a world. Close frees what it holds.
func New(o Options) *World {
	w := &World{
		options:   o,
		rand:      rand.New(rand.NewPCG(o.Seed, o.Seed^0x9e3779b97f4a7c15)),
		listeners: map[netip.AddrPort]*Listener{},
		homes:     map[netip.AddrPort]*Host{},
		ports:     map[netip.Addr]uint16{},
		latencies: map[[2]*Host]time.Duration{},
		pairs:     map[*pair]struct{}{},
		wake:      make(chan struct{}, 1),
	}
	if o.Wire == Live {
		w.live = newLive(w)
		w.options.Start = w.live.start.Round(0)
		w.options.Pace = 1
	}
	return w
}

// Now is the time of the world's clock. It stands still during an event, and never
// goes back.
func (w *World) Now() time.Time { return w.options.Start.Add(w.now) }

// Elapsed is how long the world has existed by its own clock.
func (w *World) Elapsed() time.Duration { return w.now }

// Rand is the world's chance: the same for the same seed. Over Live it is the order
// of events that differs.
func (w *World) Rand() *rand.Rand { return w.rand }

// Do calls f as an event, whether Run is under way or not. It is for code outside of
// events; it waits for the event that is under way.
func (w *World) Do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.catchUp()
	f()
	w.flush()
}

// SetLatency sets how long bytes take from one host to another and back again, one way.
func (w *World) SetLatency(a, b *Host, d time.Duration) {
	w.latencies[[2]*Host{a, b}] = d
	w.latencies[[2]*Host{b, a}] = d
}

// latency is how long the next bytes take from one host to another.
func (w *World) latency(from, to *Host) time.Duration {
	d, ok := w.latencies[[2]*Host{from, to}]
	if !ok {
		d = w.options.Latency
	}
	if w.options.Jitter > 0 {
		d += time.Duration(w.rand.Int64N(int64(w.options.Jitter)))
	}
	return d
}

// flush sends what the connections were given during the event.
func (w *World) flush() {
	for i := 0; i < len(w.dirty); i++ { // sending may add to it
		w.dirty[i].flush()
	}
	clear(w.dirty)
	w.dirty = w.dirty[:0]
}

// fail remembers what ends the world.
func (w *World) fail(err error) {
	if w.err == nil {
		w.err = err
		w.rouse()
	}
}

// Close ends the world: Run returns ErrClosed if it is under way, nothing happens any
// more, and all sockets and goroutines are gone when Close returns. It is not for
// events. Closing again does nothing.
func (w *World) Close() error {
	w.mu.Lock()
	w.closed = true
	w.events, w.spare, w.dirty = nil, nil, nil
	for _, l := range w.listeners {
		l.stop()
	}
	clear(w.listeners)
	for p := range w.pairs {
		p.close()
	}
	clear(w.pairs)
	if w.live != nil {
		w.live.stop()
	}
	w.rouse()
	w.mu.Unlock()
	if w.live != nil {
		w.live.tasks.Wait()
	}
	return nil
}

// rouse has Run look again.
func (w *World) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// sleep waits for d to pass, for rouse, or for the end of ctx, whose error it returns.
func (w *World) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
	case <-w.wake:
	}
	return nil
}
