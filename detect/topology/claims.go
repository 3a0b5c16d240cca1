package topology

import (
	"net/netip"
	"slices"
	"strings"

	"ricochet/detect"
)

// claimed takes a message in which one server speaks of itself and of others.
func (m *Map) claimed(e *detect.Evidence) {
	claims := e.Detail.Claims
	if len(claims) == 0 {
		return
	}
	by := m.speaker(e)
	if !by.IsValid() {
		return
	}
	s := spanOf(e)
	if e.Since == 0 { // nobody asked for it: it was sent as it was seen
		s.from = e.At
	}
	for i := range claims { // who is who, before who is whose replica
		m.acquaint(by, &claims[i], e)
	}
	n := m.nodes[by]
	if n != nil && inCluster(claims[0].Source) {
		n.Mode = Cluster
	}
	for i := range claims {
		c := &claims[i]
		if c.Role == "" {
			continue
		}
		if c.Self || n != nil && e.Detail.Bus == "" && m.isSelf(n, c, by) {
			m.testify(n, c, s, e)
		} else if c.Role != "sentinel" {
			m.report(by, c, s, e)
		}
	}
	m.survey(n, by, e)
}

// speaker returns the service address of the server that speaks, and makes it a
// node unless it is a Sentinel that speaks through another server.
func (m *Map) speaker(e *detect.Evidence) netip.AddrPort {
	first := &e.Detail.Claims[0]
	side := e.Conn.Server
	if e.Detail.FromClient {
		side = e.Conn.Client
	}
	switch {
	case first.Source == KindGreeting:
		by, _ := m.Resolve(first.Host, first.Port, side)
		if n := m.nodes[by]; n != nil {
			n.Mode = Sentinel
		}
		return by
	case e.Detail.Bus != "": // both sides send, neither from its service port
		if !first.Self || first.Port == 0 {
			return netip.AddrPort{}
		}
		side = netip.AddrPortFrom(side.Addr(), first.Port)
	case e.Detail.FromClient:
		return netip.AddrPort{}
	}
	if n := m.node(side); n != nil {
		n.Seen = true
		switch first.Source {
		case KindSentinel, KindSwitch, KindEvent: // who says so is one
			n.Mode = Sentinel
		}
	}
	return side
}

// acquaint takes who a claim is about: ID, addresses, software.
func (m *Map) acquaint(by netip.AddrPort, c *detect.Claim, e *detect.Evidence) {
	kind, cluster := runID, inCluster(c.Source)
	if cluster {
		kind = nodeID
	}
	p := proofOf(e, c.Source, "")
	if c.Self {
		if m.nodes[by] == nil { // a Sentinel that was not seen
			return
		}
		if cluster {
			m.nodes[by].Mode = Cluster
		}
		p.Text = "gave its ID " + c.ID
		n := m.presents(by, kind, c.ID, p)
		if n == nil {
			return
		}
		n.describe(c)
		if cluster {
			p.Text = "announces itself so, as " + c.ID
			if a, ok := literal(c.Host, c.Port); ok && c.ID != "" {
				n = m.known(n, a, p)
			}
			m.announces(n, c, p)
		}
		m.shard(n, c, p)
		m.descend(n, c.ReplID, proofOf(e, KindLineage, "has replication ID "+c.ReplID))
		m.descend(n, c.ReplID2, proofOf(e, KindLineage, "had replication ID "+c.ReplID2))
		return
	}
	if c.Role == "sentinel" || c.Host == "" || slices.Contains(c.Flags, "noaddr") || slices.Contains(c.Flags, "handshake") {
		return
	}
	a, ok := m.address(c.Host, c.Port, by)
	if !ok || a == by {
		return
	}
	p.Text = by.String() + " gives it the ID " + c.ID
	m.said(a, kind, c.ID, p)
	if o := m.about(c, by, false); o != nil {
		if cluster {
			m.announces(o, c, p)
		}
		m.shard(o, c, p)
	}
}

// inCluster reports whether a source speaks of nodes of a cluster, by their IDs.
func inCluster(source string) bool {
	switch source {
	case KindSlots, KindShards, KindNodes, KindMyID, KindBus, KindGossip:
		return true
	}
	return false
}

// address returns where another server is as by says, not canonical.
func (m *Map) address(host string, port uint16, by netip.AddrPort) (netip.AddrPort, bool) {
	if a, ok := literal(host, port); ok && !a.Addr().IsLoopback() && !a.Addr().IsUnspecified() {
		return a, port != 0
	}
	a, ok := m.Resolve(host, port, by)
	return a, ok && port != 0
}

func literal(host string, port uint16) (netip.AddrPort, bool) {
	ip, err := netip.ParseAddr(host)
	return netip.AddrPortFrom(ip.Unmap().WithZone(""), port), err == nil
}

// describe notes what a server says of itself besides its role.
func (n *Node) describe(c *detect.Claim) {
	if mode := modeOf(c.Mode); mode != ModeUnknown {
		n.Mode = mode
	}
	if c.Software != "" {
		n.Software = c.Software
	}
	if c.Version != "" {
		n.Version = c.Version
	}
	if c.ReplID != "" {
		n.ReplID = c.ReplID
	}
	if c.Source == KindInfo && c.Role != "" {
		n.Failover = c.Failover
	}
}

// announces notes the host name that a node is given.
func (m *Map) announces(n *Node, c *detect.Claim, p Proof) {
	for _, host := range []string{c.Hostname, c.Host} {
		if _, err := netip.ParseAddr(host); host != "" && host != "?" && err != nil && c.Port != 0 && !strings.ContainsAny(host, " ,:") {
			m.call(host, c.Port, n, p)
		}
	}
}

func (m *Map) shard(n *Node, c *detect.Claim, p Proof) {
	if c.Shard != "" && n.Shard != c.Shard {
		p.Text = "is of shard " + c.Shard
		n.Shard, n.shardWhy = c.Shard, p
	}
}

// isSelf reports whether an entry without a mark is about the server that gives
// it: it names the very address. A null endpoint names nobody's.
func (m *Map) isSelf(n *Node, c *detect.Claim, by netip.AddrPort) bool {
	if c.Source != KindSlots && c.Source != KindShards {
		return false
	}
	if c.ID != "" && n.ID != "" {
		return c.ID == n.ID
	}
	a, ok := literal(c.Host, c.Port)
	return ok && m.nodes[a] == n
}

// about returns the node that a claim is about, nil if it is not known and not to
// be made, or without an address.
func (m *Map) about(c *detect.Claim, by netip.AddrPort, create bool) *Node {
	if c.ID != "" {
		if x := m.identities[nodeID][c.ID]; x != nil && x.self != nil {
			return x.self
		}
		if x := m.identities[runID][c.ID]; x != nil && x.self != nil {
			return x.self
		}
	}
	a, ok := m.address(c.Host, c.Port, by)
	if !ok || c.Host == "" {
		return nil
	}
	if o := m.nodes[a]; o != nil || !create {
		return o
	}
	return m.node(a)
}

// primaryOf returns the canonical address of the primary that a claim gives to a
// replica, invalid if it is unknown.
func (m *Map) primaryOf(c *detect.Claim, by netip.AddrPort) netip.AddrPort {
	if a := m.addrOf(c.PrimaryID); a.IsValid() {
		return a
	}
	if c.PrimaryPort == 0 {
		if c.PrimaryID == "" && !c.Self && (c.Source == KindRole || c.Source == KindInfo) {
			return m.Canonical(by) // a primary lists its replicas
		}
		return netip.AddrPort{}
	}
	a, _ := m.Resolve(c.PrimaryHost, c.PrimaryPort, by)
	return a
}

// testify takes what a server says of its own role.
func (m *Map) testify(n *Node, c *detect.Claim, s span, e *detect.Evidence) {
	switch {
	case n == nil:
	case c.Role == "primary":
		m.say(n, primary(s, proofOf(e, c.Source, "says that it is primary")))
		if s.from > n.linked {
			m.promoted(n)
		}
	case c.Role == "replica":
		of := m.primaryOf(c, n.Addr)
		p := proofOf(e, c.Source, "says that it is a replica"+ofText(of))
		m.say(n, replicaOf(of, s, p))
		m.tie(n, of, p)
	case c.Role == "sentinel":
		n.Mode = Sentinel
	}
}

func ofText(of netip.AddrPort) string {
	if !of.IsValid() {
		return ""
	}
	return " of " + of.String()
}

// report takes what one server says of the role of another. Of one that it cannot
// reach it does not know.
func (m *Map) report(by netip.AddrPort, c *detect.Claim, s span, e *detect.Evidence) {
	if slices.ContainsFunc(c.Flags, doubtful) || c.Source == KindEvent {
		return
	}
	o := m.about(c, by, true)
	if o == nil {
		return
	}
	if inCluster(c.Source) {
		o.Mode = Cluster
		if o.ID == "" && !o.Seen {
			o.ID, o.titled = c.ID, true
		}
	}
	kind := c.Source
	if c.Group != "" && kind == KindInfo {
		kind = KindSentinel
	}
	if kind == KindBus { // an update about another node
		kind = KindGossip
	}
	speaker := m.Canonical(by)
	p := proofOf(e, kind, speaker.String()+" says that it is primary")
	if c.Role == "primary" {
		m.hear(o, primary(s, p), speaker, c.Epoch)
	} else {
		of := m.primaryOf(c, by)
		if of == o.Addr {
			return
		}
		p.Text = speaker.String() + " says that it is a replica" + ofText(of)
		m.hear(o, replicaOf(of, s, p), speaker, c.Epoch)
		if !o.latest.IsValid() || of == speaker {
			m.tie(o, of, p)
		}
		if of.IsValid() {
			m.watches(speaker, c.Group, of, p)
		}
	}
	m.watches(speaker, c.Group, o.Addr, p)
}

// doubtful reports whether a flag says that a node was not reached, or not yet.
func doubtful(flag string) bool {
	switch flag {
	case "fail", "pfail", "noaddr", "handshake", "s_down", "o_down", "disconnected":
		return true
	}
	return false
}
