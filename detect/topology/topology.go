// Package topology works out from the wire which servers there are and which
// of them is primary and which replica, with the evidence for each statement.
package topology

import (
	"net/netip"
	"slices"

	"ricochet/detect"
)

// Bounds of what is remembered. What is over them is counted in Map.Forgotten.
const (
	MaxNodes     = 4096
	MaxIntervals = 256  // role changes of a node
	maxEvidence  = 4    // pieces of evidence of an interval
	maxNamed     = 4096 // addresses named by redirects, and addresses that clients tried
)

// Role is what a node is.
type Role uint8

// Roles.
const (
	_ Role = iota
	Primary
	Replica
)

// String returns the word used in reports.
func (r Role) String() string {
	switch r {
	case Primary:
		return "primary"
	case Replica:
		return "replica"
	}
	return "unknown"
}

// Mode is how a server runs, as far as its replies show.
type Mode uint8

// Modes.
const (
	ModeUnknown Mode = iota
	Standalone
	Cluster
)

// String returns the word used in reports.
func (m Mode) String() string {
	switch m {
	case Standalone:
		return "standalone"
	case Cluster:
		return "cluster"
	}
	return "unknown"
}

// Proof is one piece of evidence for a role.
type Proof struct {
	detect.Place
	Kind string
	Text string
}

// Interval is a stretch in which a node had one role, as far as is known.
type Interval struct {
	Role   Role
	Of     netip.AddrPort // the node it replicates, if Replica and known
	Since  int64          // when it was first seen to have the role
	Until  int64          // when it was last seen to have it
	Proofs []Proof
}

// Node is a server process, known by its service address.
type Node struct {
	Addr  netip.AddrPort
	Mode  Mode
	Roles []Interval
	spoke bool
}

// Map holds the nodes. It is not for concurrent use.
type Map struct {
	// Changed, if set, is told of every new interval: the last of the node.
	Changed func(*Node)

	nodes     map[netip.AddrPort]*Node
	order     []*Node
	named     map[netip.AddrPort]struct{} // by a redirect
	namedList []netip.AddrPort
	tried     map[netip.AddrPort]struct{} // by a client
	Forgotten int64
}

// New returns an empty Map.
func New() *Map {
	return &Map{nodes: map[netip.AddrPort]*Node{}, named: map[netip.AddrPort]struct{}{}, tried: map[netip.AddrPort]struct{}{}}
}

// Nodes returns the servers, in order of appearance: those that were seen to
// speak RESP, and those that were seen to replicate from another.
func (m *Map) Nodes() []*Node { return m.order }

// Unseen returns the addresses that redirects named and to which no traffic is
// in the capture, not even an attempt to connect.
func (m *Map) Unseen() []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range m.namedList {
		_, tried := m.tried[a]
		if n := m.nodes[a]; !tried && (n == nil || !n.spoke) {
			out = append(out, a)
		}
	}
	return out
}

// Add takes the next piece of evidence.
func (m *Map) Add(e *detect.Evidence) {
	switch e.Kind {
	case detect.Speaks:
		if n := m.node(e.Conn.Server); n != nil {
			n.spoke = true
		}
	case detect.Opening, detect.Refused:
		if len(m.tried) < maxNamed {
			m.tried[e.Conn.Server] = struct{}{}
		} else if _, known := m.tried[e.Conn.Server]; !known {
			m.Forgotten++
		}
	case detect.Replicates:
		m.replicates(e)
	case detect.Replied:
		m.replied(e)
	}
}

func (m *Map) node(addr netip.AddrPort) *Node {
	n := m.nodes[addr]
	if n == nil {
		if len(m.nodes) >= MaxNodes {
			m.Forgotten++
			return nil
		}
		n = &Node{Addr: addr}
		m.nodes[addr] = n
		m.order = append(m.order, n)
	}
	return n
}

// replicates: the sender of PSYNC is a replica of its receiver (replication.c,
// syncWithMaster). Its service address is that of its host with the port that
// it announced; without an announcement it is not known which node it is.
func (m *Map) replicates(e *detect.Evidence) {
	if !e.Detail.Peer.IsValid() {
		return
	}
	if n := m.node(e.Detail.Peer); n != nil {
		m.hold(n, Replica, e.Conn.Server, e, "psync", "asked "+e.Conn.Server.String()+" to replicate from it")
	}
}

// replied: what a reply says of the node that gave it.
func (m *Map) replied(e *detect.Evidence) {
	switch e.Reply {
	case detect.Served:
		// A write that is accepted is the strongest sign of a primary. One in a
		// transaction is only queued.
		if e.Write && e.Ordinal != 0 {
			if n := m.nodes[e.Conn.Server]; n != nil && !n.is(Primary, e) {
				m.hold(n, Primary, netip.AddrPort{}, e, "write-accepted", "accepted a write")
			}
		}
	case detect.Redirect:
		m.name(e)
		if n := m.node(e.Conn.Server); n != nil {
			if n.Mode == ModeUnknown { // replicas in a cluster may send REDIRECT too (valkey #3505)
				n.Mode = Standalone
			}
			of, _ := detect.ParseTarget(e.Detail.Target, e.Conn.Server)
			if !n.replicaOf(of, e) {
				m.hold(n, Replica, of, e, "redirect", e.Detail.Line)
			}
		}
	case detect.Moved, detect.Ask:
		m.name(e)
		if n := m.node(e.Conn.Server); n != nil {
			n.Mode = Cluster
		}
	case detect.Failed:
		if e.Detail.Word == "READONLY" || e.Detail.Word == "MASTERDOWN" {
			if n := m.node(e.Conn.Server); n != nil && !n.is(Replica, e) {
				m.hold(n, Replica, netip.AddrPort{}, e, "refusal", e.Detail.Word)
			}
		}
	}
}

func (m *Map) name(e *detect.Evidence) {
	to, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server)
	if !ok {
		return
	}
	if _, known := m.named[to]; known {
		return
	}
	if len(m.named) >= maxNamed {
		m.Forgotten++
		return
	}
	m.named[to] = struct{}{}
	m.namedList = append(m.namedList, to)
}

// is reports whether the node has the role already, and notes that it still has.
func (n *Node) is(r Role, e *detect.Evidence) bool {
	if len(n.Roles) == 0 {
		return false
	}
	last := &n.Roles[len(n.Roles)-1]
	if last.Role != r {
		return false
	}
	last.Until = max(last.Until, e.At)
	return true
}

func (n *Node) replicaOf(of netip.AddrPort, e *detect.Evidence) bool {
	return len(n.Roles) > 0 && n.Roles[len(n.Roles)-1].Of == of && n.is(Replica, e)
}

// hold notes that the node has a role, beginning an interval if it is a new one.
func (m *Map) hold(n *Node, r Role, of netip.AddrPort, e *detect.Evidence, kind, text string) {
	p := Proof{Place: e.Place, Kind: kind, Text: text}
	at := e.At
	if k := len(n.Roles); k > 0 {
		last := &n.Roles[k-1]
		at = max(at, last.Since) // evidence that was late does not turn time back
		if last.Role == r && (last.Of == of || !of.IsValid() || !last.Of.IsValid()) {
			if of.IsValid() {
				last.Of = of
			}
			last.Until = max(last.Until, e.At)
			if len(last.Proofs) < maxEvidence {
				last.Proofs = append(last.Proofs, p)
			}
			return
		}
		if k >= MaxIntervals { // what a node is matters more than what it was long ago
			m.Forgotten++
			n.Roles = slices.Delete(n.Roles, 0, 1)
		}
	}
	n.Roles = append(n.Roles, Interval{Role: r, Of: of, Since: at, Until: at, Proofs: []Proof{p}})
	if m.Changed != nil {
		m.Changed(n)
	}
}
