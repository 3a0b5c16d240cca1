package wiretest

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The two sides of a connection, as indexes of conn.side.
const (
	client = 0
	server = 1
)

// side is one end of a connection and what it sends.
type side struct {
	addr    netip.AddrPort
	initial uint32 // initial sequence number
	chosen  bool   // initial was set by a seq event and not yet used
	next    uint32 // sequence number of the next byte to send
	last    []byte // frame of the last data packet, nil when there was none
}

// conn is a connection of a script.
type conn struct {
	side  [2]side
	known bool // opened or joined, so that data may flow
}

// start gives both sides their initial sequence numbers. Those that no seq
// event chose depend on n alone, and differ for every n.
func (c *conn) start(n uint32) {
	defaults := [2]uint32{client: 1000 + n<<16, server: 0x8000_0000 + n<<16}
	for i := range c.side {
		s := &c.side[i]
		if !s.chosen {
			s.initial = defaults[i]
		}
		s.chosen, s.next, s.last = false, s.initial, nil
	}
}

// conns knows the connections of a script.
type conns struct {
	byName   map[string]*conn  // by "c1.x>A"
	latest   map[string]string // client's name "c1.x" to the key it was last used with
	ports    map[string]uint16 // client's name "c1.x" to its port
	nextPort map[string]uint16 // host "c1" to its next free port
	started  uint32            // how many connections were started
}

func newConns() conns {
	return conns{map[string]*conn{}, map[string]string{}, map[string]uint16{}, map[string]uint16{}, 0}
}

// find returns the connection that a direction such as "c1.x>A" or "A>c1.x"
// names, and the index of the side on the left. It makes the connection if
// need be. A client's name alone means its latest connection.
func (cs *conns) find(direction string, n names) (*conn, int, error) {
	left, right, ok := strings.Cut(direction, ">")
	if !ok {
		key, ok := cs.latest[direction]
		if !ok {
			return nil, 0, fmt.Errorf("%q names no connection: want client.name>node", direction)
		}
		return cs.byName[key], client, nil
	}
	from := client
	if !strings.Contains(left, ".") {
		left, right, from = right, left, server
	}
	host, name, ok := strings.Cut(left, ".")
	if !ok || !validName(host) || !validName(name) || !validName(right) {
		return nil, 0, fmt.Errorf("direction %q: want client.name>node or node>client.name", direction)
	}
	key := left + ">" + right
	cs.latest[left] = key
	if c, ok := cs.byName[key]; ok {
		return c, from, nil
	}
	c, err := cs.create(left, host, right, n)
	if err != nil {
		return nil, 0, err
	}
	cs.byName[key] = c
	return c, from, nil
}

// create makes the connection of a client's name, whose host is given as well,
// to a node.
func (cs *conns) create(name, host, node string, n names) (*conn, error) {
	from, err := n.lookup(host)
	if err != nil {
		return nil, err
	}
	to, err := n.lookup(node)
	if err != nil {
		return nil, err
	}
	if from.Addr().Is4() != to.Addr().Is4() {
		return nil, fmt.Errorf("connect %s to %s: one is IPv4, the other IPv6", host, node)
	}
	port, ok := cs.ports[name]
	if !ok {
		used := cs.nextPort[host]
		if used > 65535-ephemeralPort {
			return nil, errors.New("out of ports")
		}
		port = ephemeralPort + used
		cs.nextPort[host], cs.ports[name] = used+1, port
	}
	c := &conn{}
	c.side[client].addr = netip.AddrPortFrom(from.Addr(), port)
	c.side[server].addr = to
	return c, nil
}
