package chain

import (
	"net/netip"

	"ricochet/detect"
)

// maxHosts bounds the client hosts remembered; all are forgotten when it is reached.
const maxHosts = 1 << 14

// host is what is remembered of a client host, to tell what a name in a redirect
// stands for where no command arrived.
type host struct {
	first   netip.AddrPort // the first node it was seen to go to
	roams   bool           // it was seen to go to others
	tried   netip.AddrPort // the node it last asked for a connection
	triedAt int64          // when, in nanoseconds since the Unix epoch
}

// visits notes that a host goes to a node, and returns what is known of the host.
func (t *Tracker) visits(conn *detect.Conn) *host {
	a := conn.Client.Addr()
	h := t.hosts[a]
	if h == nil {
		if len(t.hosts) >= maxHosts {
			clear(t.hosts)
			t.Bounds.Hosts++
		}
		h = &host{first: conn.Server}
		t.hosts[a] = h
	}
	if h.first != conn.Server {
		h.roams = true
	}
	return h
}

// resolve finds out what the name in a chain's last redirect stands for if its
// client tried to go there and did not get through.
func (t *Tracker) resolve(c *Chain) {
	if c.target.IsValid() || c.name == "" {
		return
	}
	h := t.hosts[c.Client.Host]
	if h == nil || h.triedAt < c.last.span.To || h.tried == c.last.server {
		return
	}
	if r := t.routes.get(routeKey{c.Client.Host, h.tried}); r != nil && r.dead(t.now, patience) {
		t.learn(c.name, h.tried)
		c.retarget(h.tried)
	}
}
