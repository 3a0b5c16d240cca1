package chain

import (
	"net/netip"

	"ricochet/detect"
)

// maxRoutes bounds the (host, node) pairs remembered; the oldest half is
// forgotten when it is reached.
const maxRoutes = 1 << 15

// route is what was seen of a host's attempts to reach a node. Times are in
// nanoseconds since the Unix epoch, 0 for never.
type route struct {
	asked    int64 // the earliest connection request since the last answer
	accepted int64 // last sign that the node answers: SYN-ACK or a reply
	refused  int64 // last refusal
	mute     int64 // when the first command was sent on a connection on which nothing was answered since
	behind   int   // connections between the two of which something is late
	blind    int64 // last time that commands or replies between the two were lost
}

// patience is how long a connection request may go unanswered before the node
// counts as not answering, in nanoseconds: longer than a round trip, shorter
// than the first retransmission of a SYN (1 s, RFC 6298, section 2.1) after
// which clients begin to give up.
const patience = 250_000_000

// impatience is the same for a client that was told to go to the node and comes
// back on the connection on which it was told, without having used it meanwhile:
// there are clients with a timeout of 200 ms.
const impatience = 100_000_000

// dead reports whether the last thing seen of the node was a refusal, or a request
// for a connection, or the first command on one, that got no answer for longer than
// wait. The kernel of a node that is stopped accepts connections all the same.
func (r *route) dead(now, wait int64) bool {
	return r.refused > r.accepted || r.asked > r.accepted && now-r.asked > wait || r.mute != 0 && now-r.mute > wait
}

type routeKey struct {
	host netip.Addr
	node netip.AddrPort
}

// routes forgets by generations: lookups move an entry to the young one, and
// the old one is dropped whole. That is cheap and the same on every run.
type routes struct {
	young, old map[routeKey]*route
	version    uint32 // grows when a route is new, and when some are forgotten
	mutes      int    // routes on which a first answer is awaited
}

// answered notes that a node answers a host after all.
func (r *routes) answered(c *detect.Conn) {
	if e := r.get(routeKey{c.Client.Addr(), c.Server}); e != nil && e.mute != 0 {
		e.mute = 0
		r.mutes--
	}
}

func (r *routes) get(k routeKey) *route {
	if e := r.young[k]; e != nil {
		return e
	}
	if e := r.old[k]; e != nil {
		r.put(k, e)
		return e
	}
	return nil
}

func (r *routes) put(k routeKey, e *route) {
	if r.young == nil || len(r.young) >= maxRoutes {
		r.old, r.young = r.young, make(map[routeKey]*route)
		r.version++
		r.mutes = 0
		for _, e := range r.old {
			if e.mute != 0 {
				r.mutes++
			}
		}
	}
	r.young[k] = e
}

func (r *routes) touch(host netip.Addr, node netip.AddrPort) *route {
	k := routeKey{host, node}
	e := r.get(k)
	if e == nil {
		e = &route{}
		r.version++
		r.put(k, e)
	}
	return e
}

// way is a chain's short cut to the route to its target, or to knowing that there
// is none. It holds for one version of the routes.
type way struct {
	route   *route
	version uint32
	known   bool
}

// reach returns the route that a connection takes, remembering it from now on.
func (t *Tracker) reach(conn *detect.Conn) *route {
	return t.routes.touch(conn.Client.Addr(), conn.Server)
}

// toTarget returns the route to a chain's target, nil if this host's traffic with
// it was never seen. The target is known.
func (t *Tracker) toTarget(c *Chain) *route {
	if !c.way.known || c.way.version != t.routes.version {
		r := t.routes.get(routeKey{c.Client.Host, c.target})
		c.way = way{r, t.routes.version, true} // the version after: get may forget some
	}
	return c.way.route
}

// unseen reports whether the node the chain was sent to never showed up in this
// host's traffic.
func (t *Tracker) unseen(c *Chain) bool {
	return c.target.IsValid() && c.target != c.last.server && t.toTarget(c) == nil
}

// missed reports whether something was lost between the host and the chain's
// target since the redirect: the command may have been there already.
func (t *Tracker) missed(c *Chain) bool {
	if !c.target.IsValid() {
		return false
	}
	r := t.toTarget(c)
	return r != nil && (r.behind > 0 || r.blind >= c.last.span.To)
}

// dead reports whether the chain's target was seen to refuse or not to answer
// when a command comes on a connection.
func (t *Tracker) dead(c *Chain, conn *detect.Conn) bool {
	if c.broken {
		return true
	}
	if !c.target.IsValid() {
		return false
	}
	r := t.toTarget(c)
	wait := int64(patience)
	if conn.ID == c.last.conn {
		wait = impatience
	}
	return r != nil && r.dead(t.now, wait)
}
