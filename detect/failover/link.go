package failover

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// link is a replication link that is being set up, or stands.
type link struct {
	from, to netip.AddrPort // the replica and its primary
	opened   int64          // when it was asked for, or first seen
	failover bool           // PSYNC ... FAILOVER was sent
	asked    int64          // when PSYNC was sent
	answered bool
	blind    bool  // something of it was lost
	proof    Proof // of its PSYNC
}

// ask is a link on which PSYNC was sent. It is remembered beyond the link's end.
type ask struct {
	from, to netip.AddrPort
	opened   int64
	failover bool
	proof    Proof
	answer   Proof // that it was accepted, if it was
	conn     uint64
	ended    int64 // when it was seen to end, 0 if it was not
}

// Turned says how a node came to replicate from another, by the latest link of it:
// handed, if it asked by PSYNC ... FAILOVER; open, if its handshake has not come to a
// PSYNC yet, so that it may be either.
func (t *Tracker) Turned(node, to netip.AddrPort) (handed, open bool) {
	node, to = t.node(node), t.node(to)
	for _, l := range t.links {
		if l.from.IsValid() && t.node(l.from) == node && t.node(l.to) == to && l.asked == 0 {
			open = true
		}
	}
	for _, a := range slices.Backward(t.asks) {
		if t.node(a.from) == node && t.node(a.to) == to {
			return a.failover, open
		}
	}
	return false, open
}

// Fed returns the latest sign before a time that a node feeds a replica: that it
// accepted one. ended says that this link had ended by then.
func (t *Tracker) Fed(node netip.AddrPort, before int64) (p Proof, ended, ok bool) {
	for _, a := range slices.Backward(t.asks) {
		if t.node(a.to) == t.node(node) && a.answer.At != 0 && a.answer.At <= before {
			return a.answer, a.ended != 0 && a.ended <= before, true
		}
	}
	return p, false, false
}

// maxAsks bounds the links remembered.
const maxAsks = 256

// synced follows a step of a replication link.
func (t *Tracker) synced(e *detect.Evidence) {
	s := e.Detail.Sync
	l := t.links[e.Conn.ID]
	if l == nil {
		if len(t.links) >= maxLinks && !t.unlink(e.At) {
			t.Forgotten++
			return
		}
		l = &link{to: t.node(e.Conn.Server), opened: e.At}
		if e.Conn.Opened != 0 {
			l.opened = e.Conn.Opened
		}
		t.links[e.Conn.ID] = l
	}
	if e.Detail.Peer.IsValid() {
		l.from = t.node(e.Detail.Peer)
	}
	if !l.from.IsValid() || l.from == l.to {
		return
	}
	switch {
	case s.Request == "REPLCONF" && s.Answer == "":
		t.reversed(l, e)
	case s.Request == "PSYNC" && s.Answer == "":
		l.asked, l.failover = e.At, s.Failover
		l.proof = proof(e, "psync", l.from.String()+" asked "+l.to.String()+" to replicate from it")
		if len(t.asks) >= maxAsks {
			t.asks = t.asks[:copy(t.asks, t.asks[maxAsks/4:])]
		}
		t.asks = append(t.asks, ask{from: l.from, to: l.to, opened: l.opened, failover: l.failover, proof: l.proof, conn: e.Conn.ID})
		t.asked(l, e)
	case s.Request == "PSYNC" && l.asked != 0 && !l.answered:
		l.answered = true
		t.answered(l, e)
	}
}

// unlink forgets links of which nothing is awaited, and reports whether there were
// any.
func (t *Tracker) unlink(at int64) bool {
	before := len(t.links)
	for id, l := range t.links {
		if l.answered || at-l.opened > joins {
			delete(t.links, id)
		}
	}
	return len(t.links) < before
}

// reversed notes that a node sets up a link to another. If the other was its
// replica, or a FAILOVER waits on it, the arrow turns.
func (t *Tracker) reversed(l *link, e *detect.Evidence) {
	ep := t.of(l.from)
	if ep == nil || ep.Kind != Failover || ep.linked {
		return
	}
	if !ep.To.IsValid() {
		ep.To = l.to
	}
	if ep.To != l.to {
		return
	}
	t.progress(ep, l, e, "the link to the new primary")
}

// progress begins the phase in which the old primary has the new one for its
// primary: from the link's first packet on (replication.c, updateFailoverStatus
// and connectWithPrimary).
func (t *Tracker) progress(ep *Episode, l *link, e *detect.Evidence, text string) {
	if ep.linked {
		return
	}
	ep.linked = true
	at := max(l.opened, ep.Phase(WaitingForSync).Start)
	ep.finish(WaitingForSync, at)
	p := proof(e, "replication", text+": "+l.from.String()+" asks "+l.to.String()+" to replicate from it")
	ep.begin(InProgress, at, p)
	c := &ep.account
	c.tookWaiting = count{}
	for i := range c.took {
		if a := &c.took[i]; a.At+t.skew(a.Capture, e.Capture) < at {
			c.tookWaiting.add(a.proof("write-accepted"))
		}
	}
	ep.prove(p)
	t.recall(ep, at)
	t.tell(ep, e.At)
}

// asked follows a PSYNC as it is sent.
func (t *Tracker) asked(l *link, e *detect.Evidence) {
	ep := t.of(l.from)
	if l.failover {
		p := proof(e, "psync", "PSYNC ... FAILOVER from "+l.from.String()+" to "+l.to.String())
		if ep == nil {
			ep = t.revoked(l, e.At)
		}
		if ep == nil || ep.Kind != Failover {
			ep = t.begin(Failover, l.from, l.to, l.opened, Certain, p)
			t.waited(ep)
		} else {
			ep.prove(p)
			ep.Confidence, ep.Alternatives = Certain, nil
			if ep.To != l.to { // whichever the command named
				ep.To = l.to
			}
		}
		t.progress(ep, l, e, "the handshake")
		return
	}
	if ep != nil && ep.Kind != Failover && alike(ep.To, l.to) {
		ep.linked, ep.To = true, l.to
		ep.End = e.At
		ep.prove(l.proof)
	}
}

// revoked takes back that a FAILOVER was given up, if what shows that is outweighed by
// its going on: the old primary asks the new one to replicate, without having been
// told to anew. It asks again, too, if the answer took longer than repl-timeout.
func (t *Tracker) revoked(l *link, at int64) *Episode {
	for _, ep := range slices.Backward(t.episodes) {
		if ep.Kind != Failover || ep.From != l.from || !alike(ep.To, l.to) {
			continue
		}
		if ep.Outcome != Aborted || !ep.guessed || at-ep.over > joins {
			return nil
		}
		t.reopen(ep)
		return ep
	}
	return nil
}

// waited notes which phases of a FAILOVER were not seen that came to light by its
// link: the command was not captured.
func (t *Tracker) waited(ep *Episode) {
	ep.missing(Requested, "the FAILOVER command was not captured")
	ep.missing(WaitingForSync, "its beginning was not captured")
}

// answered follows the answer to PSYNC.
func (t *Tracker) answered(l *link, e *detect.Evidence) {
	s := e.Detail.Sync
	accepted := s.Answer == "CONTINUE" || s.Answer == "FULLRESYNC" || s.Answer == "DUALCHANNELSYNC"
	if i := slices.IndexFunc(t.asks, func(a ask) bool { return a.proof == l.proof }); i >= 0 && accepted {
		t.asks[i].answer = proof(e, "psync", l.to.String()+" answered +"+s.Line)
	}
	ep := t.of(l.from)
	if ep == nil {
		if accepted && !l.failover {
			t.followed(l, e)
		}
		return
	}
	switch {
	case l.failover && accepted:
		ep.prove(proof(e, "psync", l.to.String()+" answered +"+s.Line))
		t.tooEarly(ep, e.At, e.Capture, netip.Addr{})
		t.decide(ep, Done, e.Place)
	case l.failover:
		t.tooEarly(ep, e.At, e.Capture, netip.Addr{})
		ep.prove(proof(e, "psync-refused", l.to.String()+" refused PSYNC ... FAILOVER: "+s.Line))
		t.decide(ep, Aborted, e.Place)
	case ep.Kind != Failover && accepted && ep.To == l.to:
		ep.End = e.At
		if r := t.role(l.to); r != nil && r.Role == topology.Primary {
			t.decide(ep, Done, e.Place)
		}
	}
}

// linkEnded follows the end of a link: one on which the answer to PSYNC ...
// FAILOVER never came was given up, and the old primary is one again
// (replication.c, syncWithPrimary, abortFailover).
func (t *Tracker) linkEnded(l *link, e *detect.Evidence) {
	delete(t.links, e.Conn.ID)
	for i := range t.asks {
		if t.asks[i].conn == e.Conn.ID {
			t.asks[i].ended = e.At
		}
	}
	if !l.failover || l.answered {
		return
	}
	ep := t.of(l.from)
	if ep == nil || ep.To != l.to {
		return
	}
	if l.blind || ep.done.At != 0 {
		ep.blind = true // the answer was lost
		t.last(ep)
		return
	}
	ep.prove(proof(e, "psync-refused", "the link ended without an answer to PSYNC ... FAILOVER"))
	ep.guessed, ep.byLink = true, true
	t.decide(ep, Aborted, e.Place)
}

// role returns the role in which a node was last seen, as of now.
func (t *Tracker) role(a netip.AddrPort) *topology.Interval {
	n := t.o.Nodes.Find(a)
	if n == nil || len(n.Roles) == 0 {
		return nil
	}
	return &n.Roles[len(n.Roles)-1]
}
