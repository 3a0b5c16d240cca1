package failover

import (
	"net/netip"

	"ricochet/detect"
)

// answer is a reply that matters to an episode.
type answer struct {
	detect.Place
	since    int64 // when the command was sent, 0 if that is not known
	sentIn   int32 // the capture in which that was seen
	reply    detect.Reply
	word     string // of an error
	line     string
	target   netip.AddrPort
	capa     detect.Capability
	write    bool
	blocking bool
	paired   bool
	host     netip.Addr // of the client
	rtt      int64      // of its connection's client to the server, in nanoseconds, 0 if not known
}

// parkedFor is how long a reply takes at least, in nanoseconds, for its command to
// count as held back. Servers answer within a fraction of a millisecond; what is
// added is the way to where the packets were captured.
const parkedFor = 10_000_000

// held reports whether the reply took so long that its command was held back.
func (a *answer) held() bool { return a.since != 0 && a.At-a.since >= parkedFor+2*a.rtt }

func (a *answer) proof(kind string) Proof {
	text := a.line
	switch {
	case text == "" && a.word != "":
		text = a.word
	case text == "" && a.write:
		text = "accepted a write"
	case text == "":
		text = "served"
	}
	return Proof{Place: a.Place, Kind: kind, Text: text}
}

// replied follows a reply.
func (t *Tracker) replied(e *detect.Evidence) {
	if e.Reply == detect.Served {
		if e.Write && e.Ordinal != 0 {
			t.wrote(e)
		} else if !e.Write {
			t.read(e)
		}
		if len(t.active) == 0 || !e.Write && !t.telling(e) {
			return
		}
	}
	node := t.node(e.Conn.Server)
	a := answer{
		Place: e.Place, since: e.Since, sentIn: e.SentIn, reply: e.Reply, capa: e.Conn.Capa, write: e.Write, blocking: e.Blocking,
		paired: e.Ordinal != 0, host: e.Conn.Client.Addr(), rtt: t.rtt[way{e.Conn.Client.Addr(), e.Conn.Server}],
	}
	if e.Reply != detect.Served {
		a.word, a.line = e.Detail.Word, e.Detail.Line
	}
	if e.Reply.IsRedirect() {
		if to, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server); ok {
			a.target = t.node(to)
		}
	}
	if e.Reply == detect.Redirect {
		t.keep(node, &a)
	}
	for _, ep := range t.active {
		if ep.From == node {
			t.fromOld(ep, &a)
		}
		if ep.To == node {
			t.fromNew(ep, &a)
		}
	}
	if e.Reply == detect.Moved {
		t.moved(node, &a)
	}
}

// telling reports whether a read that was served says something of an episode: a
// client that is to be redirected was served after a wait.
func (t *Tracker) telling(e *detect.Evidence) bool {
	return e.Keyed && e.Conn.Capa == detect.CapaYes && !e.Conn.ReadOnly && e.At-e.Since >= parkedFor
}
