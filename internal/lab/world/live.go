package world

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// maxLinks is how many connections a Live world has at a time. More are closed when
// they have been accepted.
const maxLinks = 10_000

// Stats counts what a Live world did to protect itself.
type Stats struct {
	Overruns   int // connections reset because the other end did not read
	TurnedAway int // connections closed because there were too many
}

// Stats tells what has been counted so far. It is for events.
func (w *World) Stats() Stats {
	if w.live == nil {
		return Stats{}
	}
	return w.live.stats
}

// live is a world that other programs take part in. Goroutines wait for what they do,
// and enter the world with it one at a time, by the world's lock, while Run is under
// way.
type live struct {
	world   *World
	start   time.Time // with the reading of the monotonic clock
	running bool
	moved   *sync.Cond // something that a goroutine may wait for has changed; of the world's lock
	waiting int        // goroutines that do
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup // all goroutines; they begin in events
	links   map[*link]struct{}
	dialled map[netip.AddrPort]*Host // whose address the near end of a connection is
	stats   Stats
}

func newLive(w *World) *live {
	v := &live{
		world:   w,
		start:   time.Now(),
		moved:   sync.NewCond(&w.mu),
		links:   map[*link]struct{}{},
		dialled: map[netip.AddrPort]*Host{},
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	return v
}

// tick sets the world's clock by the machine's.
func (v *live) tick() { v.world.now = max(v.world.now, time.Since(v.start)) }

// enter begins an event that comes from outside, unless the world is closed; the
// caller has its lock. It waits for Run, and for ready unless that is nil.
func (v *live) enter(ready func() bool) bool {
	w := v.world
	for !w.closed && !(v.running && (ready == nil || ready())) {
		v.waiting++
		v.moved.Wait()
		v.waiting--
	}
	if w.closed {
		return false
	}
	w.catchUp()
	return true
}

// stir wakes the goroutines that wait in enter.
func (v *live) stir() {
	if v.waiting > 0 {
		v.moved.Broadcast()
	}
}

// stop has all goroutines end.
func (v *live) stop() {
	v.cancel()
	for k := range v.links {
		k.abandon()
		k.socket.Close()
	}
	v.stir()
}
