package topology

import (
	"net/netip"
	"slices"
)

// idKind tells node IDs from run IDs.
type idKind uint8

// A node ID belongs to a node of a cluster for good; a run ID to a process until it
// ends.
const (
	nodeID idKind = iota
	runID
)

// maxIDs bounds the IDs of each kind.
const maxIDs = 8192

// identity is who has an ID.
type identity struct {
	self *Node          // that said so itself
	said netip.AddrPort // where others say that it is
	how  Proof
}

func (n *Node) id(k idKind) *string {
	if k == nodeID {
		return &n.ID
	}
	return &n.RunID
}

func (m *Map) identity(k idKind, id string) *identity {
	x := m.identities[k][id]
	if x == nil {
		if len(m.identities[k]) >= maxIDs {
			m.Forgotten++
			return nil
		}
		x = &identity{}
		m.identities[k][id] = x
	}
	return x
}

// presents takes that the server at address a says that it has an ID, and returns
// the node it is, nil if there is no room. An ID that is known from another address
// makes the two one node, unless something speaks against it.
func (m *Map) presents(a netip.AddrPort, k idKind, id string, p Proof) *Node {
	n := m.node(a)
	if n == nil || id == "" {
		return n
	}
	if _, shared := m.shared[a]; shared {
		return n
	}
	x := m.identity(k, id)
	if x == nil {
		return n
	}
	if k == nodeID && n.titled {
		n.ID, n.titled = "", false
	}
	if had := *n.id(k); had != "" && had != id {
		// Restarted, reset, or not one server: a proxy, or an address that was
		// given to another one.
		if others := x.self != nil && x.self != n; others || len(n.addrs) > 1 {
			m.share(a)
			if m.part(n, a) {
				n = m.node(a)
			}
			return n
		}
		if old := m.identities[k][had]; old != nil && old.self == n {
			delete(m.identities[k], had)
		}
	}
	*n.id(k) = id
	if x.self != nil && x.self != n {
		if m.distinct(x.self, n) {
			m.share(a) // the ID does not tell them apart, whatever comes
			return n
		}
		return m.merge(x.self, n, p)
	}
	x.self = n
	if x.said.IsValid() {
		n = m.known(n, x.said, x.how)
	}
	return n
}

// said takes that another server says that an ID is at address a.
func (m *Map) said(a netip.AddrPort, k idKind, id string, p Proof) {
	if id == "" || !a.IsValid() {
		return
	}
	x := m.identity(k, id)
	if x == nil {
		return
	}
	x.said, x.how = a, p
	if x.self != nil {
		m.known(x.self, a, p)
	}
}

// known makes an address an alias of n, unless it is one of another server, and
// returns the node that n is then. Two servers that were both seen are one only by
// the word of both: see presents.
func (m *Map) known(n *Node, a netip.AddrPort, p Proof) *Node {
	if _, shared := m.shared[a]; shared || m.nodes[a] == n || !announcable(a, n.Addr) {
		return n
	}
	if o := m.nodes[a]; o != nil {
		if !(n.Seen && o.Seen) && !m.distinct(n, o) {
			return m.merge(n, o, p)
		}
		if !o.Seen || o.Addr != a { // two claim an address at which neither was seen
			m.share(a)
			m.part(o, a)
		}
		return n
	}
	if len(m.nodes) >= MaxNodes || len(n.addrs) >= maxAliases {
		m.Forgotten++
		return n
	}
	m.nodes[a] = n
	n.addrs = append(n.addrs, a)
	m.alias(n, a.String(), p)
	m.stands(a, n, p)
	return n
}

// stands notes that what was said of an address was said of a node.
func (m *Map) stands(a netip.AddrPort, n *Node, p Proof) {
	if m.members[a] != nil {
		m.join(n.Addr, a, p)
	}
	m.rename(a, n.Addr)
}

// announcable reports whether an address can be one of the server at another.
func announcable(a, of netip.AddrPort) bool {
	ip := a.Addr()
	return a.IsValid() && a.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() && (!ip.IsLoopback() || of.Addr().IsLoopback())
}

// part takes an address away from a node that turned out not to be alone there,
// unless it has no other. What was seen at it so far stays with the node.
func (m *Map) part(n *Node, a netip.AddrPort) bool {
	if len(n.addrs) == 1 {
		return false
	}
	n.addrs = slices.DeleteFunc(n.addrs, func(o netip.AddrPort) bool { return o == a })
	n.uncall(a.String())
	if n.Addr == a {
		n.Addr = n.addrs[0]
		n.uncall(n.Addr.String())
		m.rename(a, n.Addr)
	}
	delete(m.nodes, a)
	m.lastNode = nil
	return true
}

// distinct reports whether something says that two nodes are two servers: other
// IDs, replication between them, or contrary roles at one time.
func (m *Map) distinct(a, b *Node) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	if differ(a.ID, b.ID) || differ(a.RunID, b.RunID) || differ(a.Software, b.Software) || differ(a.Version, b.Version) ||
		a.Mode != b.Mode && a.Mode != ModeUnknown && b.Mode != ModeUnknown {
		return true
	}
	for _, x := range a.addrs {
		if _, shared := m.shared[x]; shared || b.follows(x) {
			return true
		}
	}
	for _, x := range b.addrs {
		if _, shared := m.shared[x]; shared || a.follows(x) {
			return true
		}
	}
	for i := range a.Roles {
		for j := range b.Roles {
			r, s := &a.Roles[i], &b.Roles[j]
			if r.Role != s.Role && r.Since < s.Until && s.Since < r.Until {
				return true
			}
		}
	}
	return false
}

// follows reports whether the node is or was a replica of the server at an address.
func (n *Node) follows(a netip.AddrPort) bool {
	return n.latest == a || slices.ContainsFunc(n.Roles, func(r Interval) bool { return r.Of == a })
}
