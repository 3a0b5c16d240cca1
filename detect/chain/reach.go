package chain

import "net/netip"

// maxRoutes bounds the (host, node) pairs remembered; the oldest half is
// forgotten when it is reached.
const maxRoutes = 1 << 15

// route is what was seen of a host's attempts to reach a node. Times are in
// nanoseconds since the Unix epoch, 0 for never.
type route struct {
	asked    int64 // the earliest connection request since the last answer
	accepted int64 // last sign that the node answers: SYN-ACK or a reply
	refused  int64 // last refusal
	behind   int   // connections between the two of which something is late
	blind    int64 // last time that commands or replies between the two were lost
}

// patience is how long a connection request may go unanswered before the node
// counts as not answering, in nanoseconds: longer than a round trip, shorter
// than the first retransmission of a SYN (1 s, RFC 6298, section 2.1) after
// which clients begin to give up.
const patience = 250_000_000

// dead reports whether the last thing seen of the node was a refusal, or a
// request for a connection that got no answer.
func (r *route) dead(now int64) bool {
	return r.refused > r.accepted || r.asked > r.accepted && now-r.asked > patience
}

type routeKey struct {
	host netip.Addr
	node netip.AddrPort
}

// routes forgets by generations: lookups move an entry to the young one, and
// the old one is dropped whole. That is cheap and the same on every run.
type routes struct {
	young, old map[routeKey]*route
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
	}
	r.young[k] = e
}

func (r *routes) touch(host netip.Addr, node netip.AddrPort) *route {
	k := routeKey{host, node}
	e := r.get(k)
	if e == nil {
		e = &route{}
		r.put(k, e)
	}
	return e
}
