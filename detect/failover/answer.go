package failover

import (
	"ricochet/detect"
)

// parkedFor is how long a reply takes at least, in nanoseconds, for its command to
// count as held back. Servers answer within a fraction of a millisecond; what is
// added is the way to where the packets were captured.
const parkedFor = 10_000_000

// maxUnsure bounds the redirects kept of which it is not clear yet whether they
// were given too early.
const maxUnsure = 1 << 12

// replied follows a reply.
func (t *Tracker) replied(e *detect.Evidence) {
	notable := e.Reply != detect.Served
	if !notable && !e.Write {
		t.read(e)
		if len(t.active) == 0 || !e.Keyed || e.Conn.Capa != detect.CapaYes || e.Conn.ReadOnly || e.At-e.Since < parkedFor {
			return
		}
	}
	if e.Write && !notable && e.Ordinal != 0 {
		t.wrote(e)
	}
	if !notable && len(t.active) == 0 {
		return
	}
	node := t.node(e.Conn.Server)
	a := answer{
		Place: e.Place, since: e.Since, sentIn: e.SentIn, reply: e.Reply, capa: e.Conn.Capa, write: e.Write, blocking: e.Blocking,
		ordinary: e.Ordinal != 0, rtt: t.rtt[way{e.Conn.Client.Addr(), e.Conn.Server}],
	}
	if notable {
		a.word, a.line = e.Detail.Word, e.Detail.Line
		if e.Reply.IsRedirect() {
			if to, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server); ok {
				a.target = t.node(to)
			}
		}
		t.keep(&a, e)
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
		t.moved(&a, e)
	}
}

// keep remembers a reply: it may turn out to have been given in an episode.
func (t *Tracker) keep(a *answer, e *detect.Evidence) {
	s := t.server(t.node(e.Conn.Server))
	if s == nil {
		return
	}
	if len(s.recent) >= maxRecent || len(s.recent) > 0 && len(s.recent) == cap(s.recent) && a.At-s.recent[0].At > remember {
		n := 0
		for n < len(s.recent) && a.At-s.recent[n].At > remember {
			n++
		}
		if n == 0 {
			n = len(s.recent) / 4
			t.Forgotten += int64(n)
		}
		s.recent = s.recent[:copy(s.recent, s.recent[n:])]
	}
	s.recent = append(s.recent, *a)
}

// recall accounts for what the old primary answered since a phase began that came
// to light only now.
func (t *Tracker) recall(ep *Episode, since int64) {
	s := t.servers[ep.From]
	ep.account.unsure = nil
	if s == nil {
		return
	}
	for i := range s.recent {
		if a := &s.recent[i]; a.At >= since {
			t.fromOld(ep, a)
		}
	}
}

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
