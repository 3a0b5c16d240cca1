package topology

import (
	"net/netip"
	"strings"

	"ricochet/detect"
)

// maxLinks bounds the replication links that are followed at a time.
const maxLinks = 8192

// link is a replication link: a connection on which its client side replicates.
type link struct {
	sender *Node
	era    int // Node.linkEra when it was established
	asked  int64
	up     bool
}

// synced takes a step of a replication link. Who sends REPLCONF with its port, or
// PSYNC, has the receiver for its primary already (replication.c, syncWithPrimary).
// That the receiver accepts says that it serves, not that it is primary: replicas
// feed replicas.
func (m *Map) synced(e *detect.Evidence) {
	y := e.Detail.Sync
	if y == nil {
		return
	}
	receiver := m.node(e.Conn.Server)
	if receiver == nil {
		return
	}
	n := m.sender(e, y)
	receiver = m.nodes[e.Conn.Server]
	if n != nil && y.Version != "" {
		n.Version = y.Version
		if n.Software == "" {
			n.Software = "valkey" // it alone sends a version here, from 8.0 on
		}
	}
	if y.Answer == "" {
		m.asks(n, receiver, y, e)
	} else {
		m.answers(n, receiver, y, e)
	}
}

// asks: a replica takes its next step.
func (m *Map) asks(n, receiver *Node, y *detect.Sync, e *detect.Evidence) {
	if n == nil || n == receiver {
		return
	}
	kind := KindPsync
	if y.Request == "REPLCONF" {
		if kind = KindReplconf; y.Port == 0 {
			return
		}
	}
	p := proofOf(e, kind, "asked "+receiver.Addr.String()+" to replicate from it")
	if y.Failover {
		p.Text = "asked " + receiver.Addr.String() + " to take over from it"
	}
	m.descend(n, y.ReplID, proofOf(e, KindLineage, "asked for replication ID "+y.ReplID))
	m.say(n, replicaOf(receiver.Addr, span{e.At, e.At}, p))
	m.tie(n, receiver.Addr, p)
	l := m.links[e.Conn.ID]
	if l == nil {
		if len(m.links) >= maxLinks {
			m.Forgotten++
			return
		}
		l = &link{sender: n}
		m.links[e.Conn.ID] = l
	}
	l.asked = e.At
	if y.Request == "ACK" {
		receiver.Seen = true
		m.establish(l, e.At)
	}
}

// establish notes that a link carries data.
func (m *Map) establish(l *link, at int64) {
	if l.up || l.sender == nil {
		return
	}
	n := l.sender
	l.up, l.era = true, n.linkEra
	if n.links == 0 {
		n.linked = at
	}
	n.links++
	n.settle()
}

// answers: the receiver answered PSYNC or SYNC.
func (m *Map) answers(n, receiver *Node, y *detect.Sync, e *detect.Evidence) {
	s := span{e.At, e.At}
	if e.Since != 0 {
		s = spanOf(e)
	}
	l := m.links[e.Conn.ID]
	switch y.Answer {
	case "CONTINUE", "FULLRESYNC", "DUALCHANNELSYNC":
		receiver.Seen = true
		if y.Failover {
			m.say(receiver, primary(s, proofOf(e, KindPsync, "took over: +"+y.Line)))
			m.promoted(receiver)
		}
		if n == nil || n == receiver {
			return
		}
		p := proofOf(e, KindPsync, "asked "+receiver.Addr.String()+" to replicate from it")
		if y.Failover {
			p.Text = "asked " + receiver.Addr.String() + " to take over from it"
		}
		m.say(n, replicaOf(receiver.Addr, s, p))
		m.tie(n, receiver.Addr, p)
		lineage := proofOf(e, KindLineage, "+"+y.Line)
		if y.Answer == "CONTINUE" {
			m.descend(receiver, y.ReplID, lineage)
		}
		m.descend(receiver, y.NewID, lineage)
		if l != nil {
			m.establish(l, e.At)
		}
		return
	}
	switch {
	case y.Failover:
		p := proofOf(e, KindRefused, "its failover was refused: -"+y.Line)
		if n != nil {
			m.say(n, primary(span{e.At, e.At}, p))
		}
		if strings.Contains(y.Line, "can't be sent to a master") || strings.Contains(y.Line, "can't be sent to a primary") {
			m.say(receiver, primary(s, proofOf(e, KindRefused, "-"+y.Line)))
		}
	case y.Answer == "NOMASTERLINK" && strings.Contains(y.Line, "not connected"):
		m.say(receiver, replicaOf(netip.AddrPort{}, s, proofOf(e, KindRefusal, y.Line)))
	}
}

// sender returns the node at the client side of a replication link, nil if it is
// not known which one that is. The receiver sees the host from which it connects,
// which address translation may have changed; what it announces is an alias, or,
// if a node is known there already, that node.
func (m *Map) sender(e *detect.Evidence, y *detect.Sync) *Node {
	peer := e.Detail.Peer
	if !peer.IsValid() {
		if l := m.links[e.Conn.ID]; l != nil && l.sender != nil {
			return l.sender
		}
		return m.only(e.Conn.Client.Addr())
	}
	a, ok := literal(y.Host, peer.Port())
	if m.nodes[a] == m.nodes[e.Conn.Server] { // what it asks is not itself
		ok = false
	}
	if _, shared := m.shared[peer]; ok && a != peer && announcable(a, peer) {
		if o := m.nodes[a]; shared || o != nil && m.nodes[peer] == nil {
			return m.node(a)
		}
		n := m.node(peer)
		if n == nil {
			return nil
		}
		p := proofOf(e, KindAnnounced, "REPLCONF ip-address "+y.Host)
		if old := n.announced; old.IsValid() && old != a { // many behind one address
			m.share(peer)
			m.part(n, old)
			return m.node(a)
		}
		n.announced = a
		return m.known(n, a, p)
	}
	n := m.node(peer)
	if _, err := netip.ParseAddr(y.Host); n != nil && y.Host != "" && err != nil {
		m.call(y.Host, peer.Port(), n, proofOf(e, KindAnnounced, "REPLCONF ip-address "+y.Host))
	}
	return n
}

// sentinelPort is where Sentinels are by default, which replicate from nobody.
const sentinelPort = 26379

// only returns the node of a host if there is exactly one.
func (m *Map) only(host netip.Addr) (n *Node) {
	for _, o := range m.order {
		for _, a := range o.addrs {
			if a.Addr() == host && o.Mode != Sentinel && a.Port() != sentinelPort && o != n {
				if n != nil {
					return nil
				}
				n = o
			}
		}
	}
	return n
}

// closed: a replication link ended. What was written just before may have been
// written because of that.
func (m *Map) closed(e *detect.Evidence) {
	l := m.links[e.Conn.ID]
	if l == nil {
		return
	}
	delete(m.links, e.Conn.ID)
	n := l.sender
	if !l.up || n == nil || l.era != n.linkEra {
		return
	}
	if n.links--; n.links == 0 {
		m.released(n, e.At)
	}
}

// released: a node has no replication link as a replica any more.
func (m *Map) released(n *Node, at int64) {
	early := n.early
	n.early = statement{}
	n.settle()
	switch {
	case early.role == 0:
	case at > early.to+linkLag:
		n.writable = true
	case !n.writable:
		m.withdraw(n, early.proof)
		m.say(n, early)
	}
}

// promoted: a node is primary by its own word, whatever links were seen.
func (m *Map) promoted(n *Node) {
	if n.links == 0 && !n.writable {
		return
	}
	n.links, n.writable = 0, false
	n.linkEra++
	m.released(n, 0)
}

// withdraw takes back what was noted against the role in force.
func (m *Map) withdraw(n *Node, p Proof) {
	for k := range n.live {
		l := &n.live[k]
		for i := range l.against {
			if l.against[i] == p {
				l.against = append(l.against[:i], l.against[i+1:]...)
				return
			}
		}
	}
}
