package failover

import (
	"net/netip"

	"ricochet/detect"
)

// Bounds of what is remembered of servers.
const (
	maxServers = 1024    // servers
	maxRecent  = 1 << 10 // redirects of one
	maxKept    = 1 << 16 // redirects of all
	maxWays    = 1 << 14 // ways of which the round trip is known
)

// remember is how long redirects are remembered that may turn out to have been given
// during an episode, in nanoseconds.
const remember = 120_000_000_000

// server is what is remembered of what a server answered lately.
type server struct {
	recent []answer // its redirects, in the order in which they were seen
	lost   int64    // time of the last redirect that is not remembered any more
	parks  parks
	writer *writer
}

// cached is a server under its address in a small table, so that an ordinary
// reply costs no look-up.
type cached struct {
	addr netip.AddrPort
	s    *server
}

// at returns what is remembered of the server of a connection.
func (t *Tracker) at(conn *detect.Conn) *server {
	b := conn.Server.Addr().As16()
	c := &t.cache[(b[15]^byte(conn.Server.Port()))%byte(len(t.cache))]
	if c.addr != conn.Server || c.s == nil {
		*c = cached{conn.Server, t.server(t.node(conn.Server))}
	}
	return c.s
}

// server returns what is remembered of a server, nil if there are too many.
func (t *Tracker) server(a netip.AddrPort) *server {
	s := t.servers[a]
	if s == nil {
		if len(t.servers) >= maxServers {
			t.Forgotten++
			return nil
		}
		s = &server{}
		t.servers[a] = s
	}
	return s
}

// keep remembers a redirect: it may turn out to have been given in an episode. Those
// that are dropped are counted only if one asks for them: see recall.
func (t *Tracker) keep(node netip.AddrPort, a *answer) {
	s := t.server(node)
	if s == nil {
		return
	}
	if len(s.recent) >= maxRecent || t.kept >= maxKept && len(s.recent) > 0 {
		n := max(1, len(s.recent)/4)
		for n < len(s.recent) && a.At-s.recent[n].At > remember {
			n++
		}
		s.lost = s.recent[n-1].At
		t.kept -= n
		s.recent = s.recent[:copy(s.recent, s.recent[n:])]
	}
	if t.kept >= maxKept {
		s.lost = a.At
		return
	}
	t.kept++
	s.recent = append(s.recent, *a)
}

// recall accounts for the redirects that the old primary gave since a phase began
// that came to light only now.
func (t *Tracker) recall(ep *Episode, since int64) {
	s := t.servers[ep.From]
	if s == nil {
		return
	}
	c := &ep.account
	c.unclear = nil
	if s.lost >= since && s.lost > c.clearTill {
		t.Forgotten++ // a redirect that was given too early may be among them
	}
	for i := range s.recent {
		if a := &s.recent[i]; a.At >= since && a.At > c.clearTill {
			t.fromOld(ep, a)
		}
	}
}

// way is from a client's host to a server.
type way struct {
	host netip.Addr
	node netip.AddrPort
}

// accepted learns how long a packet takes to a server and back. Where there are
// several captures, request and answer may have been seen in two of them.
func (t *Tracker) accepted(e *detect.Evidence) {
	if e.Conn.Opened == 0 || e.At < e.Conn.Opened {
		return
	}
	took := max(1, e.At-e.Conn.Opened)
	if len(t.o.Skew) > 1 {
		took += t.worst
	}
	w := way{e.Conn.Client.Addr(), e.Conn.Server}
	d, known := t.rtt[w]
	if !known && len(t.rtt) >= maxWays {
		clear(t.rtt) // they are learnt again, with the next connections
	}
	if !known || took < d {
		t.rtt[w] = took
	}
}
