package chain

import (
	"net/netip"

	"ricochet/detect"
)

// maxLive bounds the live connections remembered of a client; a client with
// more of them is a pool, and its connections to one node tell nothing.
const maxLive = 64

// Client is one logical client: the connections of one host that chains tie
// together. Clients are merged when a chain shows that two of them are one;
// Root is the client that stands for all.
type Client struct {
	ID      uint64 // rank of appearance
	Host    netip.Addr
	Name    string
	Library string
	First   netip.AddrPort // the client's end of the connection on which it was first noticed

	asks    bool // it was seen to send ASKING, and so does not forget it
	forgets bool // it was seen to go where ASK pointed without it
	parent  *Client
	live    []liveConn
}

type liveConn struct {
	id   uint64
	node netip.AddrPort
}

// Root returns the client that this one was merged into, or itself.
func (c *Client) Root() *Client {
	for c.parent != nil {
		if c.parent.parent != nil {
			c.parent = c.parent.parent // shortens the way for the next time
		}
		c = c.parent
	}
	return c
}

// conflicts reports whether two clients cannot well be one: a client keeps one
// connection to a node, so two live connections to the same node are two clients.
func conflicts(a, b *Client) bool {
	for i := range a.live {
		for j := range b.live {
			if a.live[i].node == b.live[j].node && a.live[i].id != b.live[j].id {
				return true
			}
		}
	}
	return false
}

func (c *Client) add(conn *detect.Conn) {
	if !c.First.IsValid() {
		c.First = conn.Client
	}
	if c.Name == "" {
		c.Name = conn.Name
	}
	if c.Library == "" {
		c.Library = conn.Library
	}
	for i := range c.live {
		if c.live[i].id == conn.ID {
			return
		}
	}
	if len(c.live) < maxLive {
		c.live = append(c.live, liveConn{conn.ID, conn.Server})
	}
}

// connected reports whether the client has another connection to the server of
// this one.
func (c *Client) connected(conn *detect.Conn) bool {
	for i := range c.live {
		if c.live[i].node == conn.Server && c.live[i].id != conn.ID {
			return true
		}
	}
	return false
}

func (c *Client) drop(id uint64) {
	for i := range c.live {
		if c.live[i].id == id {
			c.live = append(c.live[:i], c.live[i+1:]...)
			return
		}
	}
}

// merge makes b part of a, or a part of b if that one appeared first.
func merge(a, b *Client) *Client {
	if b.ID < a.ID {
		a, b = b, a
	}
	b.parent = a
	a.asks = a.asks || b.asks
	a.forgets = a.forgets || b.forgets
	for _, l := range b.live {
		if len(a.live) < maxLive {
			a.live = append(a.live, l)
		}
	}
	b.live = nil
	if a.Name == "" {
		a.Name = b.Name
	}
	if a.Library == "" {
		a.Library = b.Library
	}
	return a
}
