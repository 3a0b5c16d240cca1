package pipeline

import (
	"ricochet/capture"
	"ricochet/decode"
	"ricochet/internal/report"
)

// gather sums up what the tables have counted so far, and asks the source.
func (w *watch) gather() {
	w.stats = decode.Stats{}
	for _, t := range w.tables {
		w.stats.Merge(t.Stats())
	}
	if captures, err := w.src.Stats(); err == nil {
		w.captures = captures
	}
	if live, ok := w.src.(capture.Live); ok {
		if h, err := live.Health(); err == nil {
			w.health = h
		}
	}
}

// losses tells what could not be seen since the last look.
func (w *watch) losses(final bool) {
	w.gather()
	b := w.blindness()
	for i := range b {
		cause, g, told := decode.Cause(i), &b[i], &w.told[i]
		// Values that were left out on purpose are no loss: where leaving them
		// out costs anything, another cause says so.
		if cause == decode.CauseTruncated || final && cause == decode.CauseUnanswered {
			continue // nor is what was still on its way when the capture ended
		}
		if g.Count == told.Count && g.Bytes == told.Bytes {
			continue
		}
		if cause == decode.CauseDropped {
			// Packets are dropped when the ring is full of others that are still to
			// be read: what is missing may be later than what was read last.
			w.d.blind.stretch(everywhere(), w.now-2*lossEvery, w.now+statsEvery)
		}
		if told.Last != 0 && w.now-told.Last < statsEvery && w.now >= told.Last {
			continue
		}
		w.o.Event(&report.LossEvent{
			Type: "loss", At: stamp(w.now), Cause: cause.String(), Count: g.Count - told.Count, Bytes: g.Bytes - told.Bytes,
			TotalCount: g.Count, TotalBytes: g.Bytes,
		})
		*told = *g
		told.Last = w.now
	}
}

// stand tells how things stand, as an event too if it is time for one.
func (w *watch) stand(event bool) {
	if !event && w.o.Stats == nil {
		return
	}
	w.gather()
	s := w.standing()
	if w.o.Stats != nil {
		w.o.Stats(s)
	}
	if event {
		w.evtick = w.now + int64(w.o.Every)
		w.o.Event(s)
	}
}

func (w *watch) standing() *report.Stats {
	d := w.d
	s := &report.Stats{
		Type: "stats", At: stamp(w.now), Seconds: float64(w.now-w.first) / 1e9, Totals: w.totals(),
		Redirects: d.redirects.list(), Roles: []report.NodeRole{},
		BouncesOpen: map[string]int64{}, BouncesTotal: map[string]int64{},
		Hops:           report.Histogram{Bounds: []float64{}, Counts: append([]int64(nil), d.sums.hops[:]...), Sum: float64(d.sums.hopSum)},
		ParkedCommands: d.redirects.parked, ParkedSeconds: float64(d.redirects.waited) / 1e9,
		Blind: w.blind(),
		Capture: report.Health{
			Mechanism: w.o.Started.Mechanism, Packets: w.in.packets, Matched: w.health.Matched, Dropped: w.health.Dropped,
			DroppedBytes: w.health.DroppedBytes, RingBytes: w.health.RingBytes, RingUsed: w.health.RingUsed,
		},
	}
	for _, b := range hopBounds() {
		s.Hops.Bounds = append(s.Hops.Bounds, float64(b))
	}
	for _, n := range d.nodes.Nodes() {
		if k := len(n.Roles); k > 0 {
			r := roleOf(&n.Roles[k-1])
			s.Roles = append(s.Roles, report.NodeRole{Node: n.Addr.String(), Role: r.Role, Primary: r.Primary})
		}
	}
	for rule, n := range d.live.Open() {
		s.BouncesOpen[string(rule)] = n
	}
	for rule, n := range w.open {
		s.BouncesOpen[rule] += n
	}
	w.failoverCounts(s)
	for rule, n := range w.bounces {
		s.BouncesTotal[rule] = n
	}
	if w.o.Process != nil {
		s.Process = w.o.Process()
	}
	return s
}
