package topology

import (
	"net/netip"

	"ricochet/detect"
)

// unpairedReach is how long a reply whose command was not seen may have been on
// its way, in nanoseconds.
const unpairedReach = 1_000_000_000

// parkedFor is from when on, in nanoseconds, a write that is accepted late was parked
// (FAILOVER, CLIENT PAUSE): between what came before and after it changes no role.
const parkedFor = 1_000_000_000

// linkLag is by how much the end of a replication link may be seen later than a
// write that its end allowed, in nanoseconds: the two may be seen at two points.
const linkLag = 1_000_000_000

// spanOf returns within which time a reply was made.
func spanOf(e *detect.Evidence) span {
	switch {
	case e.Since == 0:
		return span{e.At - unpairedReach, e.At}
	case e.Since > e.At: // seen at two points with different clocks
		return span{e.At, e.At}
	}
	return span{e.Since, e.At}
}

// replied: what a reply says of the node that gave it.
func (m *Map) replied(e *detect.Evidence) {
	switch e.Reply {
	case detect.Served:
		// A write that is accepted is the strongest sign of a primary. One in a
		// transaction is only queued, and not marked as a write.
		if e.Write && e.Ordinal != 0 {
			m.wrote(e)
		}
	case detect.Redirect:
		m.redirected(e)
	case detect.Moved, detect.Ask:
		m.moved(e)
	case detect.Failed:
		if e.Detail.Word == "READONLY" || e.Detail.Word == "MASTERDOWN" {
			if n := m.node(e.Conn.Server); n != nil {
				m.say(n, replicaOf(netip.AddrPort{}, spanOf(e), proofOf(e, KindRefusal, e.Detail.Word)))
			}
		}
	}
}

// wrote takes an accepted write. For a primary that is known as one it costs a
// comparison of addresses, or a look-up when the write before was on another node.
func (m *Map) wrote(e *detect.Evidence) {
	n := m.lastNode
	if n == nil || m.lastAddr != e.Conn.Server {
		n = m.nodes[e.Conn.Server]
		if n == nil {
			return
		}
		m.lastAddr, m.lastNode = e.Conn.Server, n
	}
	s := spanOf(e)
	if n.steady && n.confirm(s) {
		return
	}
	w := primary(s, proofOf(e, KindWrite, "accepted a write"))
	switch {
	case n.writable:
		m.object(n, w.proof)
	case n.links > 0 && s.from > n.linked:
		m.suspect(n, &w)
	case e.Since != 0 && s.to-s.from > parkedFor:
		m.parked(n, w)
	default:
		m.say(n, w)
	}
}

// parked takes a write that was accepted long after it was sent. It agrees with a
// time at which the node was primary, or is noted.
func (m *Map) parked(n *Node, w statement) {
	if len(n.live) > 0 {
		k := n.levelOf(&w)
		l := &n.live[min(k, len(n.live)-1)]
		if role, _ := l.verdict(); k == len(n.live) || role != Primary {
			if insertProof(&l.against, w.proof) {
				m.show(n)
			}
			return
		}
	}
	m.say(n, w)
}

// suspect takes a write accepted by a node that has a replication link as a
// replica. Either the end of the link has not been seen yet, or the replica is one
// that takes writes (replica-read-only no), which changes no role.
func (m *Map) suspect(n *Node, w *statement) {
	if n.early.role == 0 {
		n.early = *w
	} else if w.to > n.early.to+linkLag {
		n.writable = true
	}
	m.object(n, w.proof)
}

// object notes what speaks against the role in force without changing it.
func (m *Map) object(n *Node, p Proof) {
	l := n.top()
	if l != nil && insertProof(&l.against, p) {
		m.show(n)
	}
}

// redirected: who answers REDIRECT has the named node for its primary. Whether that
// is a primary in turn is not said: replicas have replicas.
func (m *Map) redirected(e *detect.Evidence) {
	n := m.node(e.Conn.Server)
	if n == nil {
		return
	}
	if n.Mode == ModeUnknown { // replicas in a cluster may send REDIRECT too (valkey #3505)
		n.Mode = Standalone
	}
	of := m.target(e)
	p := proofOf(e, KindRedirect, e.Detail.Line)
	m.say(n, replicaOf(of, spanOf(e), p))
	m.tie(n, of, p)
}

// moved: who answers MOVED or ASK is of a cluster, primary or not, and has its
// view of who owns the slot.
func (m *Map) moved(e *detect.Evidence) {
	n := m.node(e.Conn.Server)
	if n == nil {
		return
	}
	n.Mode, n.Seen = Cluster, true
	to := m.target(e)
	if !to.IsValid() {
		return
	}
	p := proofOf(e, KindMoved, e.Detail.Line)
	if e.Reply == detect.Ask {
		m.moving(n, e.Slot, shift{to: to, proof: p})
	} else {
		m.owns(n, e.Slot, owner{addr: to, proof: p})
	}
	if o := m.nodes[to]; o != nil && o != n {
		o.Mode = Cluster
		p.Text = n.Addr.String() + " answered " + p.Text
		m.hear(o, primary(spanOf(e), p), n.Addr, 0)
	}
}

// target returns the canonical address that a redirect names, and remembers that
// it was named.
func (m *Map) target(e *detect.Evidence) netip.AddrPort {
	to, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server)
	if !ok {
		host, port, valid := splitTarget(e.Detail.Target)
		if !valid {
			return netip.AddrPort{}
		}
		to, _ = m.Resolve(host, port, e.Conn.Server)
		return to
	}
	if to, ok = m.resolve(to.Addr(), to.Port(), e.Conn.Server); ok {
		m.name(to)
	}
	return to
}
