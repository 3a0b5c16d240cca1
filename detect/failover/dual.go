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
	Writes      int64             // that were taken by one after the other had taken one, in turns
	Proofs      []Proof           // writes in turn, and what ties the two together

	tied bool
}

const (
	// turns is how often writes must change from one node to the other: twice is what
	// a failover and one back again look like if neither was captured.
	turns = 3
	// within is how close together they must be, in nanoseconds.
	within = 10_000_000_000
	// maxWriters bounds the nodes whose writes are compared, and maxDuals what is
	// found of two of them; more is made part of the last.
	maxWriters = 1024
	maxDuals   = 16
	// peersEvery is how often it is looked which nodes belong together, in
	// nanoseconds.
	peersEvery = 250_000_000
	// fewWriters is how many nodes are compared with each other before it is known
	// which belong together.
	fewWriters = 8
)

// writer is a node that takes writes.
type writer struct {
	addr    netip.AddrPort
	peers   []*pair // with other nodes that belong to it, or may
	peersAt int64
	pairs   map[*writer]*pair
}

// pair follows how the writes of two nodes take turns.
type pair struct {
	a, b  *writer
	by    *writer      // whose write began the turns
	turn  *writer      // who took a write last, of those that count
	place detect.Place // where its answer was seen: of the first of its turn
	first int64        // when the turns began
	n     int
	kept  []Proof
	dual  *Dual // that goes on
	duals []*Dual
}

// writers compares who takes writes.
type writers struct {
	last  *writer
	list  []*writer
	pairs []*pair
}

// Duals returns the stretches in which two nodes of one group took writes. What ties
// two nodes may be seen only later.
func (t *Tracker) Duals() []*Dual {
	var out []*Dual
	for _, k := range t.writers.pairs {
		if len(k.duals) == 0 {
			continue
		}
		tie, ok := t.o.Nodes.Tied(k.a.addr, k.b.addr)
		if !ok {
			continue
		}
		for _, d := range k.duals {
			if !d.tied && tie.At != 0 {
				d.tied = true
				d.Proofs = append(d.Proofs, tie)
			}
			out = append(out, d)
		}
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
		x = &writer{addr: t.node(e.Conn.Server), pairs: map[*writer]*pair{}}
		s.writer = x
		w.list = append(w.list, x)
		for _, o := range w.list {
			o.peersAt = 0
		}
	}
	if len(w.list) == 1 || w.last == x && len(x.peers) == 0 && x.peersAt != 0 {
		w.last = x
		return
	}
	if e.At-x.peersAt > peersEvery || x.peersAt == 0 {
		w.acquaint(t, x, e.At)
	}
	for _, k := range x.peers {
		if k.turn != x {
			w.compare(t, k, x, e)
		}
	}
	w.last = x
}

// acquaint finds the other nodes of a node's group that took writes. What ties two
// nodes may be seen later only, so that few nodes are all compared; but not those
// of a cluster, which all take writes.
func (w *writers) acquaint(t *Tracker, x *writer, at int64) {
	x.peersAt = at
	x.peers = x.peers[:0]
	few := len(w.list) <= fewWriters && !t.clustered(x.addr)
	for _, o := range w.list {
		if o == x || t.node(o.addr) == t.node(x.addr) || !(few && !t.clustered(o.addr)) && !t.o.Nodes.SameGroup(x.addr, o.addr) {
			continue
		}
		k := x.pairs[o]
		if k == nil {
			k = &pair{a: x, b: o}
			x.pairs[o], o.pairs[x] = k, k
			w.pairs = append(w.pairs, k)
		}
		x.peers = append(x.peers, k)
	}
}

func (t *Tracker) clustered(a netip.AddrPort) bool {
	n := t.o.Nodes.Find(a)
	return n != nil && n.Mode == topology.Cluster
}

// compare looks at a write that x took; the turn is the other's. It is x's turn with
// a write that was sent after the first of the other's turn was answered.
func (w *writers) compare(t *Tracker, k *pair, x *writer, e *detect.Evidence) {
	if k.turn == nil || e.At-k.place.At > within {
		k.restart(x, e)
		return
	}
	if e.Since <= k.place.At+t.skew(k.place.Capture, e.SentIn) {
		return // which one came first is not known
	}
	if t.stoodDown(x.addr, k.first, e.At) || t.stoodDown(k.turn.addr, k.place.At, e.At) {
		k.restart(x, e) // handed over, and perhaps back
		return
	}
	before := k.turn.addr
	k.turn, k.place = x, e.Place
	if k.n++; k.n == 1 {
		k.first = e.At // the first that says that both take writes
	}
	if len(k.kept) < 4 {
		k.kept = append(k.kept, proof(e, "write-accepted", x.addr.String()+" took a write after "+before.String()+" had"))
	}
	switch {
	case k.dual != nil:
		k.dual.Last = e.At
		k.dual.Writes++
	case k.n < turns:
	case len(k.duals) >= maxDuals:
		k.dual = k.duals[len(k.duals)-1]
		k.dual.Last = e.At
		k.dual.Writes++
	default:
		k.dual = &Dual{Nodes: k.nodes(), First: k.first, Last: e.At, Writes: int64(k.n), Proofs: slices.Clone(k.kept)}
		k.duals = append(k.duals, k.dual)
	}
}

// nodes returns the two, the one whose write began the turns in front.
func (k *pair) nodes() [2]netip.AddrPort {
	if k.by == k.a {
		return [2]netip.AddrPort{k.a.addr, k.b.addr}
	}
	return [2]netip.AddrPort{k.b.addr, k.a.addr}
}

// restart begins to count anew, with a write of x.
func (k *pair) restart(x *writer, e *detect.Evidence) {
	k.by, k.turn, k.place, k.first, k.n, k.dual, k.kept = x, x, e.Place, e.At, 0, nil, nil
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
