package topology

import "net/netip"

// Node is a server process, known by its service address.
type Node struct {
	Addr    netip.AddrPort
	Aliases []Alias // other addresses and names of it
	// Seen says that traffic of it is in the capture; otherwise it is known by
	// what others say.
	Seen     bool
	Mode     Mode
	Software string // valkey, redis, ...; empty if unknown
	// Version is the latest that it said: 7.9.240 is 8.0.0-rc1 or -rc2.
	Version string
	ID      string // in its cluster
	RunID   string
	Shard   string // ID of its shard in the cluster
	ReplID  string // latest replication ID
	// Failover is the latest master_failover_state that its INFO said.
	Failover string
	Roles    []Interval // in order of time, without overlap

	spoke  bool             // it speaks RESP at one of its addresses
	addrs  []netip.AddrPort // all its addresses, Addr among them
	shown  int              // intervals that were counted
	told   int              // intervals that were told of, and the role of the last
	role   Role
	titled bool    // it has its ID from others
	frozen int     // the intervals before are final
	live   []level // what the others are made of
	voices []voice
	epoch  uint64 // the highest under which others told its role
	steady bool   // primary, and nothing speaks against it: see confirm

	links    int       // established replication links towards a primary
	linkEra  int       // counts how often these were found to be things of the past
	linked   int64     // since when it has one
	early    statement // first write accepted while it had one; role 0: none
	writable bool      // it is a replica that takes writes

	latest    netip.AddrPort // its latest primary, with the proof
	why       Proof
	shardWhy  Proof
	announced netip.AddrPort // by REPLCONF ip-address
	view      view           // who serves what, as it says
}

// Find returns the node known by an address, be it an alias; nil if there is none.
func (m *Map) Find(a netip.AddrPort) *Node {
	n := m.nodes[a]
	if n == nil && len(m.names) > 0 && a.IsValid() { // learnt from where commands arrived
		n = m.nodes[m.names[nameKey(a.Addr().String(), a.Port())]]
	}
	return n
}

// Canonical returns the address by which reports name the node with the given
// address; an unknown one stands for itself.
func (m *Map) Canonical(a netip.AddrPort) netip.AddrPort {
	if n := m.Find(a); n != nil {
		return n.Addr
	}
	return a
}

// ByID returns the node with an ID in a cluster, nil if it is unknown.
func (m *Map) ByID(id string) *Node { return m.nodes[m.addrOf(id)] }

// addrOf returns the canonical address of the node with an ID in a cluster, by its
// own word or that of others; invalid if it is unknown.
func (m *Map) addrOf(id string) netip.AddrPort {
	x := m.identities[nodeID][id]
	switch {
	case x == nil:
		return netip.AddrPort{}
	case x.self != nil:
		return x.self.Addr
	}
	return m.Canonical(x.said)
}
