package pipeline

import (
	"context"
	"errors"
	"time"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
	"ricochet/internal/report"
)

// How often things are looked at while packets come, in nanoseconds of packet
// time: what is told must be told soon, and cost nothing.
const (
	tickEvery  = 20_000_000
	lossEvery  = 200_000_000
	statsEvery = 1_000_000_000
)

// DefaultEvery is how often an event says how things stand.
const DefaultEvery = 10 * time.Second

// setBack is how far back a time must lie, in nanoseconds, to say that the clock
// was set, and not that packets traded places.
const setBack = 10_000_000_000

// Keeper keeps packets. An error ends the keeping, not the analysis.
type Keeper interface {
	// Packet takes a packet, whose data it must not hold on to.
	Packet(*capture.Packet) error
	// Idle says that time has passed, in nanoseconds since the Unix epoch.
	Idle(now int64) error
}

// WatchOptions configure an analysis of packets as they come. Of the Options,
// From, To, Workers, Stdin and Progress have no effect.
type WatchOptions struct {
	Options
	// Known says that Ports are where servers are expected, not all there is.
	Known bool
	// Started is what the first event says; its Type and At are filled in.
	Started report.Started
	// Event takes what happens, in order. It must not keep the goroutine waiting:
	// packets are lost meanwhile.
	Event func(report.Event)
	// Every is how often an event says how things stand, in packet time; 0 means
	// DefaultEvery.
	Every time.Duration
	// Stats takes, about once a second of packet time, how things stand. It may
	// keep what it is given.
	Stats func(*report.Stats)
	// Process reports what the process costs. It may be nil.
	Process func() report.Process
	// Keep keeps the packets; nil for none. KeepFailed is told its first error,
	// after which it is not called again.
	Keep       Keeper
	KeepFailed func(error)
	// Reason says why the analysis came to its end, for the last event. It is
	// asked then.
	Reason func() string
}

// Watch analyses packets as they come, until the source ends or ctx is cancelled,
// and tells meanwhile what happens. The report is that of everything seen. When
// ctx is cancelled a live source is stopped and what waits in it is still read.
func Watch(ctx context.Context, src capture.Source, o WatchOptions) (*report.Report, error) {
	stop := context.AfterFunc(ctx, func() {
		if live, ok := src.(capture.Live); ok {
			live.Stop()
		} else {
			src.Close()
		}
	})
	defer stop()

	w := newWatch(src, o)
	w.failure = w.loop(src)
	return w.end()
}

// watch is an analysis that tells what happens.
type watch struct {
	run
	o      WatchOptions
	src    capture.Source
	tables *[decode.Shards]*decode.Table
	rank   uint64

	now                              int64 // time of the latest packet, or up to which there was none
	first                            int64 // time of the first
	tick, lossTick, statTick, evtick int64 // when to look next
	told                             decode.Blindness
	bounces                          map[string]int64 // findings told, by rule
	open                             map[string]int64 // findings about nodes that are open, by rule
	grown                            map[*failover.Dual]told
}

func newWatch(src capture.Source, o WatchOptions) *watch {
	if o.Event == nil {
		o.Event = func(report.Event) {}
	}
	if o.Every <= 0 {
		o.Every = DefaultEvery
	}
	w := &watch{o: o, src: src, bounces: map[string]int64{}, open: map[string]int64{}, grown: map[*failover.Dual]told{}}
	w.run = run{o: o.Options, live: true, telling: true, serials: newSerials(), filter: newFilter(o.Clients, o.Nodes)}
	w.d = newDetectors(int64(o.Window), o.skew(), listeners{w.filter.note, w.bounce, w.role, w.failover})
	w.d.redirects = newRedirects(func(e *report.RedirectEvent) { o.Event(e) })
	dec := w.decoding()
	dec.Only = dec.Only && !o.Known
	w.tables = w.run.tables(dec, &w.rank)
	return w
}

// loop reads packets, and looks at the time as it passes.
func (w *watch) loop(src capture.Source) error {
	var (
		p   capture.Packet
		seg frame.Segment
		dec frame.Decoder
	)
	for {
		err := src.Next(&p)
		if errors.Is(err, capture.ErrIdle) {
			w.pass(p.Time)
			continue
		}
		if err != nil {
			w.in.fragments = lostFragments(&dec)
			return ended(err)
		}
		if p.Time >= w.tick || p.Time < w.now-setBack {
			w.pass(p.Time)
		}
		w.keep(&p)
		w.rank++
		v := dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg)
		w.in.note(v, &p)
		if v == frame.TCP {
			m := decode.Mark{Time: p.Time, Packet: p.Number, Capture: int32(p.Origin)}
			w.tables[decode.ShardOf(&seg)].Segment(&seg, m, w.rank)
		}
	}
}

// pass lets time pass up to now.
func (w *watch) pass(now int64) {
	if w.first == 0 {
		w.begin(now)
	}
	if now < w.now-setBack { // the clock was set
		w.tick, w.lossTick, w.statTick, w.evtick = 0, 0, 0, 0
	}
	w.now = now
	w.tick = now + tickEvery
	w.d.tracker.Advance(now)
	w.d.live.Advance(now)
	w.d.failovers.Advance(now)
	w.duals(false)
	w.d.redirects.advance(now)
	w.keep(nil)
	if now >= w.lossTick {
		w.lossTick = now + lossEvery
		w.losses(false)
	}
	if now >= w.statTick {
		w.statTick = now + statsEvery
		w.stand(now >= w.evtick)
	}
}

// begin tells that the first packet, or the first moment without one, has come.
func (w *watch) begin(now int64) {
	w.first = now
	w.evtick = now + int64(w.o.Every)
	s := w.o.Started
	s.Type, s.Schema, s.At = "started", report.Schema, stamp(now)
	w.o.Event(&s)
}

// keep hands a packet to the keeper, or the time if p is nil.
func (w *watch) keep(p *capture.Packet) {
	if w.o.Keep == nil {
		return
	}
	var err error
	if p != nil {
		err = w.o.Keep.Packet(p)
	} else {
		err = w.o.Keep.Idle(w.now)
	}
	if err != nil {
		w.o.Keep = nil
		if w.o.KeepFailed != nil {
			w.o.KeepFailed(err)
		}
	}
}

// end finishes what is open, tells it, and makes the report.
func (w *watch) end() (*report.Report, error) {
	if w.first == 0 {
		w.begin(w.now)
	}
	for _, t := range w.tables {
		t.Flush()
	}
	w.d.flush(w.now)
	w.d.live.Flush(w.now)
	w.duals(true)
	w.d.redirects.advance(w.now + routeEvery)
	w.losses(true)
	w.stand(true)
	stats, err := w.src.Stats()
	if err != nil {
		return nil, err
	}
	w.captures = stats
	rep := w.report()
	reason := "end"
	if w.o.Reason != nil {
		reason = w.o.Reason()
	}
	w.o.Event(&report.Stopped{Type: "stopped", At: stamp(w.now), Reason: reason, Report: rep})
	return rep, nil
}

// bounce tells a change of a finding.
func (w *watch) bounce(c chain.Change) {
	if c.State == chain.Opened {
		w.bounces[string(c.Finding.Rule)]++
	}
	if !w.filter.finding(c.Finding) {
		return
	}
	w.o.Event(&report.BounceEvent{
		Type: "bounce", State: c.State.String(), At: stamp(c.At), Open: int64(c.Open), Rate: c.Rate,
		Finding: w.findingOf(c.Finding, c.Finding.Serial),
	})
}

// role tells the role that a node has come to have.
func (w *watch) role(n *topology.Node) {
	r := roleOf(&n.Roles[len(n.Roles)-1])
	e := &report.RoleEvent{Type: "role", At: r.Since, Node: n.Addr.String(), Role: r.Role, Primary: r.Primary}
	if k := len(n.Roles); k > 1 {
		e.Before = n.Roles[k-2].Role.String()
	}
	if len(r.Evidence) > 0 {
		e.Evidence = r.Evidence[0]
	}
	w.o.Event(e)
}
