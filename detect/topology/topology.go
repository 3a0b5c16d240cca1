// Package topology works out from the wire which servers there are, under which
// addresses they are known, and which of them was primary and which replica when,
// with the evidence for each statement.
//
// What a server says of itself, by words or by what it does, counts for the moment
// at which it said it. What others say of it never overrides that. Replies were
// made somewhere between the command and the place where the capture saw them, so
// statements may be unordered; the timelines depend only on the order that is
// certain (see level).
package topology

import (
	"net/netip"

	"ricochet/detect"
)

// Bounds of what is remembered. What is over them is counted in Map.Forgotten.
const (
	MaxNodes     = 4096
	MaxIntervals = 256     // role changes of a node
	maxRoles     = 1 << 16 // role changes of all nodes
	maxNamed     = 4096    // addresses named by redirects, and addresses that clients tried
)

// Map holds the nodes. It is not for concurrent use. Nodes and what they hold
// belong to the Map, which changes them with the next Add.
type Map struct {
	// Changed, if set, is told of every new interval, the last of the node, and
	// when a merge of two nodes or later evidence changes the role it is in.
	Changed func(*Node)
	// Forgotten counts what was left out because a bound was hit.
	Forgotten int64

	nodes map[netip.AddrPort]*Node // by every address, aliases too
	order []*Node
	roles int // intervals of all nodes

	lastAddr netip.AddrPort // of the last accepted write
	lastNode *Node

	named     map[netip.AddrPort]struct{} // by a redirect
	namedList []netip.AddrPort
	tried     map[netip.AddrPort]struct{} // by a client

	identities [2]map[string]*identity
	shared     map[netip.AddrPort]struct{} // addresses that stand for more than one server
	names      map[string]netip.AddrPort   // host:port that is no address, or not one of a node
	links      map[uint64]*link            // replication links, by connection
	members    map[netip.AddrPort]*member
	lineage    map[string]netip.AddrPort // first server seen with a replication ID
	watched    map[watch]netip.AddrPort  // first server named by a Sentinel for a group
	ranges     int                       // of all views
}

// New returns an empty Map.
func New() *Map {
	return &Map{
		nodes: map[netip.AddrPort]*Node{}, named: map[netip.AddrPort]struct{}{}, tried: map[netip.AddrPort]struct{}{},
		identities: [2]map[string]*identity{{}, {}}, shared: map[netip.AddrPort]struct{}{},
		names: map[string]netip.AddrPort{}, links: map[uint64]*link{}, members: map[netip.AddrPort]*member{},
		lineage: map[string]netip.AddrPort{}, watched: map[watch]netip.AddrPort{},
	}
}

// Nodes returns the servers, one entry for each, in order of appearance: those
// seen to speak RESP, to replicate or to take part in a cluster, and those of
// which others said what role they have (Node.Seen tells them apart).
func (m *Map) Nodes() []*Node { return m.order }

// Add takes the next piece of evidence. Evidence comes in the order in which it
// was seen; times may step back a little.
func (m *Map) Add(e *detect.Evidence) {
	switch e.Kind {
	case detect.Replied:
		m.replied(e)
	case detect.Speaks:
		if n := m.node(e.Conn.Server); n != nil {
			n.Seen, n.spoke = true, true
		}
	case detect.Opening, detect.Refused:
		m.try(e.Conn.Server)
	case detect.Closed:
		m.closed(e)
	case detect.Claimed:
		m.claimed(e)
	case detect.Ordered:
		m.ordered(e)
	case detect.Synced:
		m.synced(e)
	}
}

// node returns the node at an address, a new one if there is none, or nil if
// there is no room for it.
func (m *Map) node(addr netip.AddrPort) *Node {
	n := m.nodes[addr]
	if n == nil {
		if len(m.nodes) >= MaxNodes {
			m.Forgotten++
			return nil
		}
		n = &Node{Addr: addr, addrs: []netip.AddrPort{addr}}
		m.nodes[addr] = n
		m.order = append(m.order, n)
	}
	return n
}
