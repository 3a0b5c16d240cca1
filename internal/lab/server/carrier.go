package server

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

const (
	// maxCarriers is how many connections for MIGRATE are kept
	// (MIGRATE_SOCKET_CACHE_ITEMS).
	maxCarriers = 64
	// carrierRest is how long an idle one is kept (MIGRATE_SOCKET_CACHE_TTL).
	carrierRest = 10 * time.Second
)

// carrier is a connection that MIGRATE moves keys over. It is kept for the next one.
type carrier struct {
	node    *Node
	name    string // of the other node: host:port as it was given
	conn    *world.Conn
	replies protocol.Replies
	db      int64        // that is selected; -1: not known
	job     *migration   // nil: none
	timer   *world.Timer // until the job takes too long, or the rest does
}

// migrateTarget is where a MIGRATE leads to. The problem is the answer if that is
// nowhere.
func migrateTarget(host, port string) (to netip.AddrPort, problem string) {
	ip, err := netip.ParseAddr(host)
	if err != nil && host == "localhost" {
		ip, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if err != nil {
		return to, migrateNoAddress
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return to, migrateNoWrite // the server connects to port 0, in vain
	}
	return netip.AddrPortFrom(ip, uint16(number)), ""
}

// carry connects to a node, for a migration.
func (n *Node) carry(m *migration) {
	timer := n.host.After(m.timeout, func() { m.end(migrateNoWrite) })
	n.host.Dial(m.to, func(conn *world.Conn, err error) {
		switch {
		case n.migrating != m:
			if err == nil {
				conn.Close()
			}
			return
		case err != nil:
			timer.Stop()
			m.lost(migrateNoWrite)
			return
		}
		timer.Stop()
		c := &carrier{node: n, name: m.name, conn: conn, db: -1}
		conn.Handle(c)
		n.keepCarrier(c)
		m.send(c)
	})
}

// keepCarrier remembers a connection. If there are too many, the first by name goes, as
// good as any: the server takes one by chance.
func (n *Node) keepCarrier(c *carrier) {
	if n.carriers == nil {
		n.carriers = map[string]*carrier{}
	}
	if len(n.carriers) >= maxCarriers {
		n.carriers[slices.Min(slices.Collect(maps.Keys(n.carriers)))].drop()
	}
	n.carriers[c.name] = c
}

// take begins a migration over the connection.
func (c *carrier) take(m *migration) {
	c.job = m
	c.wait()
}

// wait gives the other node time for the next answer.
func (c *carrier) wait() {
	c.timer.Stop()
	m := c.job
	c.timer = c.node.host.After(m.timeout, m.late)
}

// release ends a migration. The connection is kept for some time.
func (c *carrier) release() {
	c.job = nil
	c.timer.Stop()
	c.timer = nil
	if !c.conn.Closed() {
		c.timer = c.node.host.After(carrierRest, c.drop)
	}
}

func (c *carrier) send(args ...string) { c.conn.Send(protocol.AppendCommand(nil, args...)) }

// Data takes answers of the other node.
func (c *carrier) Data(data []byte) {
	c.replies.Feed(data)
	for {
		v, ok, err := c.replies.Next()
		switch {
		case err != nil, ok && c.job == nil: // an answer to nothing
			c.Closed(err)
			c.drop()
			return
		case !ok:
			return
		}
		problem := ""
		if v.IsError() {
			problem = v.Str
		}
		c.wait()
		c.job.answered(problem)
	}
}

// Closed hears that the other node is gone.
func (c *carrier) Closed(error) {
	c.forget()
	if m := c.job; m != nil {
		m.carrier, c.job = nil, nil
		m.lost(migrateNoRead)
	}
}

// drop closes the connection.
func (c *carrier) drop() {
	c.conn.Close()
	c.forget()
}

func (c *carrier) forget() {
	c.timer.Stop()
	if c.node.carriers[c.name] == c {
		delete(c.node.carriers, c.name)
	}
}
