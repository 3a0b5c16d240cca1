package server

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// How nodes come to know each other. A server does it over its cluster bus, and then
// goes on telling. Here the node that CLUSTER MEET was said to connects to the other as
// a client does and asks for CLUSTER NODES. If it is not in there itself, it has the
// other meet it in turn. That is all that nodes ever tell each other: to have a node
// learn of slots that were added since, it is told to meet their owner again.

const (
	// maxPeers is how many nodes a node knows.
	maxPeers = 1000
	// meetPeriod is how often a node that refuses is tried again: the period of
	// clusterCron.
	meetPeriod = 100 * time.Millisecond
	// meetTimeout is how long a node is tried: the default of cluster-node-timeout.
	meetTimeout = 15 * time.Second
)

// meeting is a connection to a node, to ask whom it knows.
type meeting struct {
	cluster *cluster
	to      netip.AddrPort
	until   time.Time
	conn    *world.Conn
	replies protocol.Replies
	heard   bool // who it is is known
}

// meet begins to get to know a node. It returns false if there are too many.
func (k *cluster) meet(to netip.AddrPort) bool {
	if k.meetings[to] != nil {
		return true
	}
	if len(k.peers)+len(k.meetings) >= maxPeers {
		return false
	}
	m := &meeting{cluster: k, to: to, until: k.node.now().Add(meetTimeout)}
	k.meetings[to] = m
	m.try()
	return true
}

// try connects to the node, again and again until the time is up.
func (m *meeting) try() {
	k := m.cluster
	if !k.node.now().Before(m.until) {
		delete(k.meetings, m.to)
		return
	}
	k.node.host.Dial(m.to, func(conn *world.Conn, err error) {
		if err != nil {
			k.node.host.After(meetPeriod, m.try)
			return
		}
		m.conn, m.replies, m.heard = conn, protocol.Replies{}, false
		conn.Handle(m)
		m.send("CLUSTER", "NODES")
	})
}

func (m *meeting) send(args ...string) { m.conn.Send(protocol.AppendCommand(nil, args...)) }

// Data takes the answers: whom the node knows, and whether it will meet this one.
func (m *meeting) Data(data []byte) {
	m.replies.Feed(data)
	for m.cluster.meetings[m.to] == m {
		v, ok, err := m.replies.Next()
		switch {
		case err != nil || ok && v.IsError():
			m.end() // it is no node of a cluster
		case !ok:
			return
		case m.heard:
			m.end()
		default:
			m.heard = true
			if m.cluster.learn(m.to, m.conn.Local().Addr(), v.Str) {
				m.end()
				continue
			}
			self := m.cluster.self.addr
			m.send("CLUSTER", "MEET", self.Addr().String(), strconv.Itoa(int(self.Port())))
		}
	}
}

// Closed hears that the node is gone, before it has answered.
func (m *meeting) Closed(error) { m.cluster.node.host.After(meetPeriod, m.try) }

func (m *meeting) end() {
	delete(m.cluster.meetings, m.to)
	m.conn.Close()
}

// learn takes what a node answered to CLUSTER NODES, and tells whether there is nothing
// to tell it: it knows this node, or is this node. From is where this node is seen by
// it. Whom it knows and this node does not is met as well.
func (k *cluster) learn(at netip.AddrPort, from netip.Addr, nodes string) (known bool) {
	if !k.self.addr.Addr().IsValid() {
		k.self.addr = netip.AddrPortFrom(from, k.self.addr.Port())
	}
	for line := range strings.Lines(nodes) {
		d, ok := parseDescription(line)
		switch {
		case !ok:
		case d.id == k.self.id:
			known = true
		case d.myself:
			k.introduce(at, d)
		case k.peers[d.id] == nil && d.addr.Addr().IsValid():
			k.meet(d.addr)
		}
	}
	return known
}

// introduce takes what a node said of itself. It has the slots that it says it has,
// unless somebody else has them by an epoch that is as high
// (clusterUpdateSlotsConfigWith).
func (k *cluster) introduce(at netip.AddrPort, d description) {
	p := k.peers[d.id]
	if p == nil {
		p = &peer{id: d.id}
		k.peers[d.id] = p
	}
	p.addr, p.epoch, p.met = at, d.epoch, k.node.now()
	k.epoch = max(k.epoch, d.epoch)
	for _, r := range d.slots {
		for s := r.first; s <= r.last; s++ {
			if owner := k.owners[s]; owner == nil || owner.epoch < p.epoch {
				k.assign(s, p)
			}
		}
	}
}

// description is a line of CLUSTER NODES.
type description struct {
	id     string
	addr   netip.AddrPort // not valid if it is not known
	myself bool
	epoch  int64
	slots  []slotRange // without owners
}

// parseDescription reads a line of CLUSTER NODES:
//
//	<id> <ip:port@cport[,hostname]> <flags> <primary> <ping-sent> <pong-recv> <epoch> <link-state> <slot> ...
func parseDescription(line string) (d description, ok bool) {
	words := strings.Fields(line)
	if len(words) < 8 {
		return d, false
	}
	d.id = words[0]
	address, _, _ := strings.Cut(words[1], "@")
	d.addr, _ = netip.ParseAddrPort(address) // what is none is not valid
	for flag := range strings.SplitSeq(words[2], ",") {
		d.myself = d.myself || flag == "myself"
	}
	d.epoch, _ = strconv.ParseInt(words[6], 10, 64)
	for _, word := range words[8:] {
		from, to, isRange := strings.Cut(word, "-")
		if !isRange {
			to = from
		}
		first, problem := parseSlot([]byte(from))
		last, also := parseSlot([]byte(to))
		if problem == "" && also == "" { // else it is on its way: that is for those two to know
			d.slots = append(d.slots, slotRange{first: first, last: last})
		}
	}
	return d, true
}
