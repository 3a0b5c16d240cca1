package chain

import (
	"net/netip"
	"strings"

	"ricochet/detect"
)

// maxNames bounds the names remembered.
const maxNames = 1 << 12

// aim resolves where the redirect points.
func (t *Tracker) aim(c *Chain, e *detect.Evidence) {
	c.name = ""
	addr, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server)
	if !ok && !strings.HasPrefix(e.Detail.Target, "?:") {
		c.name = e.Detail.Target
		addr = t.names[c.name]
	}
	c.retarget(addr)
}

// retarget notes where the last redirect points.
func (c *Chain) retarget(to netip.AddrPort) {
	c.target, c.way = to, way{}
}

// arrive learns from where a command came after a redirect that gave a name.
func (t *Tracker) arrive(c *Chain, conn *detect.Conn) {
	if conn.Server != c.last.server {
		t.learn(c.name, conn.Server)
		c.retarget(conn.Server)
		return
	}
	if c.target.IsValid() {
		return // and the retry of a multiplexing client says nothing of the name
	}
	// It came back to where it was told to leave. If this host's visits to other
	// nodes can be seen, there was none, and the node named itself.
	if h := t.hosts[c.Client.Host]; h == nil || !h.roams {
		c.Partial = true
	} else if conn.ID == c.last.conn || conn.Opened >= c.last.span.To {
		c.self++
	}
}

// learn notes which node a name stands for. A name may come to stand for another
// node, as one that stands for the primary does: what is known of it is
// overwritten when a command arrives elsewhere, and forgotten when it did not
// arrive where the name seemed to point. An unknown endpoint, "?", is no name.
func (t *Tracker) learn(name string, at netip.AddrPort) {
	if t.names[name] == at {
		return
	}
	if len(t.names) >= maxNames {
		t.Bounds.Names++
		return
	}
	t.names[name] = at
	t.learnt(name, at, t.now)
}
