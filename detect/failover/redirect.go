package failover

import (
	"net/netip"

	"ricochet/detect/topology"
)

// maxUnclear bounds the redirects kept of which it is not clear yet whether they
// were given too early. Those beyond it are counted.
const maxUnclear = 1 << 12

// Redirects that were seen so shortly, in nanoseconds, before the answer to PSYNC may
// have been given after it: packets of two connections change places on their way.
// A server that redirects too early does not let a command wait first, so that one
// which was held back may have been seen early by more.
const (
	swapped     = 100_000
	swappedHeld = 2_000_000
)

// straight is within which time, in nanoseconds, a client that was sent on goes where
// it was sent. What it finds there later says nothing of when it was sent.
const straight = 5_000_000_000

// early takes a redirect that the old primary gave before it was decided. Whether it
// was too early shows by the answer to PSYNC, or by what its target says.
func (t *Tracker) early(ep *Episode, a *answer) {
	c := &ep.account
	if ip := ep.Phase(InProgress); a.target == ep.From || !alike(a.target, ep.To) || ip.Seen() && a.At < ip.Start {
		return
	}
	if !ep.To.IsValid() {
		ep.To = a.target
	}
	if len(c.unclear) >= maxUnclear {
		half := len(c.unclear) / 2
		for i := range c.unclear[:half] {
			c.older.add(c.unclear[i].proof("redirect"))
		}
		c.olderTill = c.unclear[half-1].At
		c.unclear = c.unclear[:copy(c.unclear, c.unclear[half:])]
	}
	c.unclear = append(c.unclear, *a)
	if !ep.inView() && a.held() && !a.blocking {
		t.pastIt(ep)
	}
}

// pastIt ends an episode whose link was not captured: a redirect for a command that
// was held back comes when it is over.
func (t *Tracker) pastIt(ep *Episode) {
	c := &ep.account
	last := &c.unclear[len(c.unclear)-1]
	if c.older.n > 0 || c.unclear[0].At < last.At-swappedHeld {
		return // others were sent on before without being held back
	}
	ep.prove(last.proof("redirect"))
	t.decide(ep, Done, c.unclear[0].Place)
}

// tooEarly accounts for the redirects that were surely given before a moment at
// which the new primary was none yet. host is the client that it told so, by sending
// it back: redirects that this host had before are before by more than clocks. It is
// invalid for the answer to PSYNC, which packets of other connections may have
// overtaken.
func (t *Tracker) tooEarly(ep *Episode, at int64, capture int32, host netip.Addr) {
	answer := !host.IsValid()
	c := &ep.account
	kept := c.unclear[:0]
	before := c.during.n
	for i := range c.unclear {
		a := &c.unclear[i]
		grace := t.skew(a.Capture, capture)
		switch {
		case a.host == host:
			grace = 0
		case answer && a.held():
			grace += swappedHeld
		case answer:
			grace += swapped
		}
		if a.At+grace >= at || !answer && at-a.At > straight {
			kept = append(kept, *a)
			continue
		}
		if c.older.n > 0 {
			c.during.merge(&c.older)
			c.older = count{}
		}
		c.during.add(a.proof("redirect"))
		c.clearTill = max(c.clearTill, a.At)
		ep.begin(InProgress, a.At, a.proof("redirect"))
	}
	c.unclear = kept
	if c.during.n > before {
		ep.End = max(ep.End, at)
		t.grown(ep, at)
	}
}

// grown tells now and then that a promise is broken more and more often.
func (t *Tracker) grown(ep *Episode, at int64) {
	const every = 1_000_000_000
	if n := ep.account.during.n; ep.size == 0 || at-ep.told >= every {
		ep.size = n
		t.tell(ep, at)
	}
}

// afterDone accounts for a redirect that the old primary gave once it was decided.
func (t *Tracker) afterDone(ep *Episode, a *answer) {
	c := &ep.account
	if ep.Kind == Failover && t.stale(ep, a) {
		t.beginning(ep, a)
		switch {
		case a.blocking:
			c.blockedRedirected.add(a.proof("redirect"))
		case t.heldBack(ep, a):
			c.waited.add(a.proof("redirect"))
			t.park(ep, a)
		}
	}
	switch {
	case t.replicaSince(ep, a.target):
		if !t.superseded(ep) && !ep.assumed {
			c.wrong.add(a.proof("redirect"))
		}
	case a.target == ep.To && !t.replicaAgain(ep):
		c.right.add(a.proof("redirect"))
	}
}

// replicaSince reports whether a node was a replica when the episode was decided, and
// is one still. One that became a replica since has its own story.
func (t *Tracker) replicaSince(ep *Episode, a netip.AddrPort) bool {
	n := t.o.Nodes.Find(a)
	if n == nil {
		return false
	}
	was, is := n.At(ep.over), t.role(a)
	return was != nil && was.Role == topology.Replica && is.Role == topology.Replica && is.Until > ep.over+t.worst
}

// replicaAgain reports whether the new primary has become a replica since.
func (t *Tracker) replicaAgain(ep *Episode) bool {
	r := t.role(ep.To)
	return r != nil && r.Role == topology.Replica && r.Since > ep.over
}

// superseded reports whether another episode of the same nodes came since.
func (t *Tracker) superseded(ep *Episode) bool {
	for _, o := range t.active {
		if o != ep && o.Serial > ep.Serial && (o.From == ep.To || o.To == ep.To || o.From == ep.From || o.To == ep.From) {
			return true
		}
	}
	return false
}
