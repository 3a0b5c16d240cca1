package play

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ricochet/internal/lab/client"
	"ricochet/internal/lab/server"
	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
)

// Options say how a scenario is played. Zero values are what the scenario is about.
type Options struct {
	Seed     uint64
	Wire     world.Wire    // how bytes travel; 0: in memory
	Pace     float64       // seconds of the machine's clock to one of the lab's; 0: as fast as it goes
	Duration time.Duration // how long the clients work
	Clients  int           // 0: eight
	Port     uint16        // of the first node; the others follow. 0: 7001
	Order    server.Order
	Blocked  server.Blocked
	Fault    server.Fault
	// RefuseStale is replica-serve-stale-data no.
	RefuseStale bool
	// PlainWrites has the client that knows nothing of redirects write rather than read:
	// it goes on doing so where it was told READONLY.
	PlainWrites bool
	// LinkDelay is how long bytes take between two nodes, one way. 0: what the scenario
	// is at its clearest with.
	LinkDelay time.Duration
	// Deaf is how long the failover's target does not answer anything.
	Deaf time.Duration
	// Frames gets the traffic as pcapng; nil: nobody does.
	Frames io.Writer
	// Say is told what is done, as it is done; nil: nobody is.
	Say func(Step)
}

// Step is something that was done or that came of it.
type Step struct {
	At   time.Duration // since the clients began; negative before
	Who  string        // operator, a node's address, or clients
	Text string
}

// Outcome is what came of playing a scenario.
type Outcome struct {
	Nodes []netip.AddrPort
	Log   *client.Log
	Took  time.Duration // by the lab's clock
}

// FirstPort is the port of the first node unless options say otherwise: one of those
// that ricochet watch looks at.
const FirstPort = 7001

// start is what the lab's clock shows first, unless it is the machine's: the day on
// which valkey #821 was reported. It is fixed so that a seed gives the same capture.
func start() time.Time { return time.Date(2024, 7, 24, 0, 0, 0, 0, time.UTC) }

// lead is how long the nodes have to find each other before the clients come, and
// grace how long the clients have to end what they do.
const lead, grace = 500 * time.Millisecond, 500 * time.Millisecond

// defaults fills in what options leave open.
func (o Options) defaults(sc Scenario) Options {
	if o.Wire == 0 {
		o.Wire = world.Memory
	}
	if o.Duration == 0 {
		o.Duration = sc.Duration
		if o.Fault == server.LoseAnswer {
			o.Duration += time.Minute // until the link is given up
		}
	}
	if o.Clients == 0 {
		o.Clients = 8
	}
	if o.Port == 0 {
		o.Port = FirstPort
	}
	if o.Order == 0 {
		o.Order = server.PauseFirst
	}
	if o.LinkDelay == 0 {
		o.LinkDelay = sc.LinkDelay
	}
	if o.Say == nil {
		o.Say = func(Step) {}
	}
	return o
}

// Play plays a scenario. When ctx is done it ends early and returns what there is, with
// ctx's error.
func Play(ctx context.Context, sc Scenario, o Options) (_ *Outcome, err error) {
	o = o.defaults(sc)
	wo := world.Options{
		Seed: o.Seed, Wire: o.Wire, Pace: o.Pace, Start: start(),
		Latency: 200 * time.Microsecond, Jitter: 50 * time.Microsecond,
	}
	if o.Frames != nil {
		frames, err := tape.New(o.Frames, tape.Options{})
		if err != nil {
			return nil, fmt.Errorf("write frames: %w", err)
		}
		wo.Tape = frames
		defer func() {
			if failed := frames.Flush(); failed != nil && err == nil {
				err = fmt.Errorf("write frames: %w", failed)
			}
		}()
	}
	w := world.New(wo)
	defer w.Close()
	s := &stage{o: o, sc: sc, world: w, log: &client.Log{}, began: lead}
	w.Do(func() { err = s.open() })
	if err != nil {
		return nil, err
	}
	err = w.Run(ctx, lead+o.Duration+grace)
	w.Do(s.log.Finish)
	return s.outcome(), err
}
