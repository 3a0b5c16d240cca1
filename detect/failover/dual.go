package failover

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// Dual is a stretch of time in which two nodes of one group took writes of
// clients. Writes that one of them took are lost when it becomes the other's
// replica.
type Dual struct {
	Nodes       [2]netip.AddrPort // the one whose write was seen first in front
	First, Last int64             // ns since the Unix epoch: of the first and the last write of the stretch
	Writes      int64             // taken by one after the other had taken one
	Proofs      []Proof           // writes in turn, and what ties the two together

	tied bool
}

const (
	// turns is how often the writes of two nodes must take turns: once each way is
	// what a failover and one back again look like if neither was captured.
	turns = 2
	// within is how close together they must be, in nanoseconds.
	within = 10_000_000_000
	// maxWriters bounds the nodes whose writes are compared, and maxDuals what is
	// found.
	maxWriters = 1024
	maxDuals   = 256
	// peersEvery is how often it is looked which nodes belong together, in
	// nanoseconds.
	peersEvery = 250_000_000
)

// writer is what is remembered of the writes that a node took.
type writer struct {
	addr    netip.AddrPort
	place   detect.Place // of the latest
	since   int64        // when it was sent
	sentIn  int32        // the capture in which that was seen
	peers   []*writer    // of its group
	peersAt int64
	turns   map[*writer]*turn // by peer, shared by the two
}

// turn counts how the writes of two nodes take turns.
type turn struct {
	n     int
	first int64 // when they began to
	dual  *Dual
	kept  []Proof
}

// writers compares who takes writes.
type writers struct {
	last  *writer
	list  []*writer
	duals []*Dual
}

// Duals returns the stretches in which two nodes of one group took writes.
func (t *Tracker) Duals() []*Dual {
	var out []*Dual
	for _, d := range t.writers.duals {
		if !t.o.Nodes.SameGroup(d.Nodes[0], d.Nodes[1]) {
			continue // it may turn out later that they are
		}
		if tie, ok := t.o.Nodes.Tied(d.Nodes[0], d.Nodes[1]); ok && !d.tied {
			d.tied = true
			d.Proofs = append(d.Proofs, tie)
		}
		out = append(out, d)
	}
	return out
}

// wrote follows a write that was taken.
func (w *writers) wrote(t *Tracker, s *server, e *detect.Evidence) {
	x := s.writer
	if x == nil {
		if len(w.list) >= maxWriters {
			t.Forgotten++
			return
		}
		x = &writer{addr: t.node(e.Conn.Server)}
		s.writer = x
		w.list = append(w.list, x)
		for _, o := range w.list {
			o.peersAt = 0
		}
	}
	if len(w.list) > 1 && w.last != x {
		if e.At-x.peersAt > peersEvery || x.peersAt == 0 {
			w.acquaint(t, x, e.At)
		}
		for _, o := range x.peers {
			w.compare(t, x, o, e)
		}
	}
	w.last = x
	x.place, x.since, x.sentIn = e.Place, e.Since, e.SentIn
}

// acquaint finds the other nodes of a node's group that took writes. What ties two
// nodes may be seen later only, so that few nodes are all compared; but not those
// of a cluster, which all take writes.
func (w *writers) acquaint(t *Tracker, x *writer, at int64) {
	x.peersAt = at
	x.peers = x.peers[:0]
	few := len(w.list) <= fewWriters && !t.clustered(x.addr)
	for _, o := range w.list {
		if o != x && t.node(o.addr) != t.node(x.addr) && (few && !t.clustered(o.addr) || t.o.Nodes.SameGroup(x.addr, o.addr)) {
			x.peers = append(x.peers, o)
		}
	}
}

// fewWriters is how many nodes are compared with each other before it is known
// which belong together.
const fewWriters = 8

func (t *Tracker) clustered(a netip.AddrPort) bool {
	n := t.o.Nodes.Find(a)
	return n != nil && n.Mode == topology.Cluster
}

// compare looks at a write that x took, o having taken one before.
func (w *writers) compare(t *Tracker, x, o *writer, e *detect.Evidence) {
	if x.place.At == 0 || o.place.At <= x.place.At || e.At-o.place.At > within || o.place.At-x.place.At > within {
		return // x took none before, or long ago
	}
	if e.Since <= o.place.At+t.skew(o.place.Capture, e.SentIn) || o.since <= x.place.At+t.skew(x.place.Capture, o.sentIn) {
		return // which one came first is not known
	}
	k := x.turns[o]
	if k == nil {
		k = &turn{}
		for _, y := range []*writer{x, o} {
			if y.turns == nil {
				y.turns = map[*writer]*turn{}
			}
		}
		x.turns[o], o.turns[x] = k, k
	}
	if t.stoodDown(x.addr, x.place.At, e.At) || t.stoodDown(o.addr, o.place.At, e.At) {
		*k = turn{} // handed over, and perhaps back
		return
	}
	if k.n == 0 || e.At-k.first > within && k.dual == nil {
		*k = turn{first: x.place.At}
	}
	k.n++
	p := proof(e, "write-accepted", x.addr.String()+" took a write after "+o.addr.String()+" had")
	if len(k.kept) < 4 {
		k.kept = append(k.kept, p)
	}
	switch {
	case k.dual != nil && e.At-k.dual.Last <= within:
		k.dual.Last = e.At
		k.dual.Writes++
	case k.n >= turns && len(w.duals) < maxDuals:
		k.dual = &Dual{Nodes: [2]netip.AddrPort{x.addr, o.addr}, First: k.first, Last: e.At, Writes: int64(k.n), Proofs: slices.Clone(k.kept)}
		w.duals = append(w.duals, k.dual)
	case k.n >= turns:
		t.Forgotten++
	}
}

// stoodDown reports whether a node was seen as a replica in a stretch of time.
func (t *Tracker) stoodDown(a netip.AddrPort, from, to int64) bool {
	n := t.o.Nodes.Find(a)
	if n == nil {
		return false
	}
	for i := range n.Roles {
		if r := &n.Roles[i]; r.Role == topology.Replica && r.Since <= to && r.Until >= from {
			return true
		}
	}
	return false
}
