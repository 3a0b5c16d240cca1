package failover

import (
	"net/netip"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// parks notices that a server holds writes back while it answers reads: it waits
// for a replica in a FAILOVER, or was told to pause. When it takes them after all
// and no command says why, that is what a FAILOVER that was given up looks like.
type parks struct {
	quick int64 // when the latest write was sent that was answered at once
	took  int64 // when the latest such answer was seen
	usual int64 // how long writes usually take, in nanoseconds: a mean that follows slowly
	seen  int   // how many writes were taken, up to enough

	// When reads were answered since the latest such write: a sample, every so many
	// nanoseconds.
	reads  [maxReads]int64
	nread  int
	latest int64
	every  int64

	// The writes that were held back and are now answered, all in one go.
	from, at int64
	n        int64
	conns    [minHeld]uint64 // connections of the first of them
	longest  int64
	told     bool
	first    Proof
	last     detect.Place // of the latest answer
}

const (
	// maxReads bounds the sample.
	maxReads = 64
	// sample is how far apart its times are at first, in nanoseconds.
	sample = 5_000_000
)

// answered notes that a read was answered.
func (p *parks) answered(at int64) {
	if p.nread > 0 && at-p.latest < p.every {
		return
	}
	p.latest, p.every = at, max(p.every, sample)
	if p.nread == maxReads { // half of them do
		for i := range maxReads / 2 {
			p.reads[i] = p.reads[2*i]
		}
		p.nread, p.every = maxReads/2, 2*p.every
	}
	p.reads[p.nread] = at
	p.nread++
}

// quickly notes that a write was answered at once: nothing is held back.
func (p *parks) quickly(sent, at int64) {
	p.quick, p.took = max(p.quick, sent), at
	p.nread, p.every = 0, sample
}

// readsGoOn reports whether reads were answered all through the time in which the
// writes were held back: in most of its five parts, the last but one among them.
// A server that stands still answers nothing, and then all at once.
func (p *parks) readsGoOn() bool {
	const parts = 5
	var in [parts]bool
	for _, at := range p.reads[:p.nread] {
		if at >= p.from && at < p.at {
			in[(at-p.from)*parts/(p.at-p.from)] = true
		}
	}
	n := 0
	for _, yes := range in[:parts-1] {
		if yes {
			n++
		}
	}
	return n >= parts-2 && in[parts-2]
}

const (
	// burst is how long it may take, in nanoseconds, until all are answered.
	burst = 250_000_000
	// minParked is how long writes must have been held back at least, in
	// nanoseconds, to be taken for paused: longer than a slow command or a fork of
	// a small server takes.
	minParked = 100_000_000
	// minHeld is on how many connections they must have been.
	minHeld = 2
	// unusual is how many times longer than usual they must have taken.
	unusual = 5
	// enough is how many writes tell what is usual.
	enough = 16
)

// often is how far apart, in nanoseconds, ordinary replies are that are looked at.
// When they come faster a part of them tells as much, and all would cost more than
// the rest of what is done with them.
const often = 100_000

// read notes that a read, or another command that changes nothing, was answered.
func (t *Tracker) read(e *detect.Evidence) {
	if d := e.At - t.readAt; d >= 0 && d < often {
		return
	}
	t.readAt = e.At
	if s := t.at(e.Conn); s != nil && !e.Control {
		s.parks.answered(e.At)
	}
}

// wrote follows a write that a server took.
func (t *Tracker) wrote(e *detect.Evidence) {
	if d := e.At - t.wroteAt; d >= 0 && d < often && e.At-e.Since < parkedFor && len(t.writers.list) <= 1 && len(t.active) == 0 {
		return
	}
	t.wroteAt = e.At
	s := t.at(e.Conn)
	if s == nil {
		return
	}
	t.writers.wrote(t, s, e)
	p := &s.parks
	wait := e.At - e.Since
	if e.Since == 0 || e.Blocking {
		return
	}
	if wait < parkedFor || wait < unusual*p.usual || p.seen < enough {
		if p.seen < enough {
			p.seen++
		}
		p.usual += (wait - p.usual) >> min(3, p.seen/2)
		p.quickly(e.Since, e.At)
		return
	}
	switch {
	case p.n > 0 && e.At-p.at <= burst && e.Since <= p.at:
		p.hold(e)
	case p.took <= e.Since+p.usual: // none was taken meanwhile
		p.from, p.at, p.n, p.longest, p.told, p.conns = e.Since, e.At, 0, 0, false, [minHeld]uint64{}
		p.first = proof(e, "write-accepted", "accepted a write that was sent "+seconds(wait)+" before")
		p.hold(e)
	}
	p.last = e.Place
	if !p.told && p.conns[minHeld-1] != 0 && p.longest >= minParked && p.readsGoOn() {
		p.told = true
		t.paused(t.node(e.Conn.Server), p)
	}
}

// hold takes in a write that was held back.
func (p *parks) hold(e *detect.Evidence) {
	p.n++
	p.from, p.longest = min(p.from, e.Since), max(p.longest, e.At-e.Since)
	for i, id := range p.conns {
		if id == e.Conn.ID {
			return
		}
		if id == 0 {
			p.conns[i] = e.Conn.ID
			return
		}
	}
}

// paused opens an episode for writes that were held back and then taken, if
// nothing else explains them. Nothing tells a FAILOVER that ran into its TIMEOUT
// from CLIENT PAUSE WRITE but the command, and FAILOVER needs a replica.
func (t *Tracker) paused(node netip.AddrPort, p *parks) {
	for _, ep := range t.episodes {
		if ep.From == node && ep.Start <= p.at && (ep.over == 0 || ep.over >= p.from-burst) {
			return
		}
	}
	for i := range t.orders {
		// A pause that was asked for, if it was not over by then.
		if g := &t.orders[i]; g.Node == node && g.Order.Verb == "CLIENT PAUSE" && g.At <= p.at && g.At+(g.Order.Timeout+1000)*1_000_000 >= p.from {
			return
		}
	}
	n := t.o.Nodes.Find(node)
	if n == nil || n.Mode == topology.Cluster {
		return
	}
	c, to := Possible, t.replicaOf(node)
	if to.IsValid() {
		c = Likely
	}
	ep := t.begin(Failover, node, netip.AddrPort{}, p.from, c, p.first)
	ep.alternative("CLIENT PAUSE WRITE, or a pause of a management tool: the command was not captured")
	ep.missing(Requested, "the FAILOVER command was not captured")
	ep.phases[WaitingForSync] = Phase{
		Stage: WaitingForSync, Start: p.from, Note: "inferred from writes that were not answered while reads were", Parked: p.n, MaxPark: p.longest,
		Proof: p.first,
	}
	ep.guessed = true
	ep.phases[WaitingForSync].Parked-- // the one at hand is accounted for as any other
	t.decide(ep, Aborted, p.last)
}

// replicaOf returns a node that replicates from another, the zero AddrPort if
// none is known.
func (t *Tracker) replicaOf(node netip.AddrPort) netip.AddrPort {
	for _, n := range t.o.Nodes.Nodes() {
		if k := len(n.Roles); k > 0 && n.Roles[k-1].Role == topology.Replica && n.Roles[k-1].Of.IsValid() && t.node(n.Roles[k-1].Of) == node {
			return n.Addr
		}
	}
	return netip.AddrPort{}
}
