package failover

import (
	"ricochet/detect"
	"ricochet/detect/topology"
)

// fromOld accounts for a reply of the old primary.
func (t *Tracker) fromOld(ep *Episode, a *answer) {
	c := &ep.account
	ip, w := ep.Phase(InProgress), ep.Phase(WaitingForSync)
	switch {
	case a.reply == detect.Redirect && ep.over == 0 && ep.Kind == Failover:
		switch {
		case !alike(a.target, ep.To):
		case ip.Seen() && ep.linked:
			if a.At >= ip.Start {
				t.early(ep, a)
			}
		case ep.ordered && len(c.unsure) < maxUnsure:
			// Without its link it cannot be told yet whether it is over.
			c.unsure = append(c.unsure, *a)
			if !ep.To.IsValid() {
				ep.To = a.target
			}
			if a.held() && !a.blocking {
				t.pastIt(ep)
			}
		}
	case a.reply == detect.Redirect && ep.over != 0 && ep.Outcome == Done:
		t.afterDone(ep, a)
	case a.reply == detect.Redirect && ep.over != 0 && ep.Outcome == Aborted && t.fresh(ep, a) && c.restored.n == 0:
		c.notRestored.add(a.proof("redirect"))
	case a.word == "UNBLOCKED":
		if a.capa == detect.CapaYes {
			c.blockedDropped.add(a.proof("unblocked"))
		} else {
			c.blockedOther.add(a.proof("unblocked"))
		}
	case a.word == "READONLY" && ep.over != 0 && ep.Outcome == Aborted && t.fresh(ep, a) && c.restored.n == 0:
		c.notRestored.add(a.proof("refusal"))
	case a.word == "READONLY" && ep.over != 0 && ep.Outcome == Done && ep.Kind == Failover && a.capa == detect.CapaYes && t.heldBack(ep, a):
		c.astray.add(a.proof("refusal")) // the redirect comes before the refusal (server.c, processCommand)
	case a.reply == detect.Served && a.write && a.ordinary:
		t.oldWrote(ep, a, w)
	case a.reply == detect.Served && a.ordinary && ep.over != 0 && ep.Outcome == Done && ep.Kind == Failover && !a.blocking && t.heldBack(ep, a):
		c.astray.add(a.proof("served")) // a read of a client that is to be redirected
	}
}

// pastIt ends an episode whose link was not captured: a redirect for a command that
// was held back comes when it is over.
func (t *Tracker) pastIt(ep *Episode) {
	c := &ep.account
	unsure := c.unsure
	last := unsure[len(unsure)-1]
	if unsure[0].At < last.At-swappedHeld {
		return // others were sent on before without being held back
	}
	c.unsure = nil
	ep.promoted = last.proof("redirect")
	ep.prove(ep.promoted)
	t.decide(ep, Done, unsure[0].Place)
	for i := range unsure {
		t.afterDone(ep, &unsure[i])
	}
}

// Redirects that were seen so shortly, in nanoseconds, before the answer to PSYNC may
// have been given after it: packets of two connections change places on their way.
// A server that redirects too early does not let a command wait first, so that one
// which was held back may have been seen early by more.
const (
	swapped     = 100_000
	swappedHeld = 2_000_000
	maxLatest   = 64
)

// early accounts for a redirect that the old primary gave before the new one's
// answer was seen. The latest of them are kept until it is clear that they were not
// given after it.
func (t *Tracker) early(ep *Episode, a *answer) {
	c := &ep.account
	t.settleEarly(ep, a.At, a.Capture, false)
	if len(c.latest) >= maxLatest {
		c.during.add(c.latest[0].proof("redirect"))
		c.latest = c.latest[:copy(c.latest, c.latest[1:])]
	}
	c.latest = append(c.latest, *a)
}

// settleEarly accounts for the redirects of which it is clear by now.
func (t *Tracker) settleEarly(ep *Episode, now int64, capture int32, decided bool) {
	c := &ep.account
	kept := c.latest[:0]
	for i := range c.latest {
		a := &c.latest[i]
		grace := int64(swapped)
		if a.held() {
			grace = swappedHeld
		}
		switch grace += t.skew(a.Capture, capture); {
		case now-a.At > grace:
			c.during.add(a.proof("redirect"))
		case decided:
			t.afterDone(ep, a)
		default:
			kept = append(kept, *a)
		}
	}
	c.latest = kept
	if !decided {
		t.grown(ep, now)
	}
}

// oldWrote accounts for a write that the old primary took.
func (t *Tracker) oldWrote(ep *Episode, a *answer, w *Phase) {
	c := &ep.account
	fresh := t.fresh(ep, a)
	switch {
	case ep.Kind == Failover && ep.over == 0 && w.Seen() && !ep.linked:
		t.wroteWaiting(ep, a, w)
	case ep.over != 0 && ep.Outcome == Aborted && !fresh:
		if a.held() {
			t.park(ep, a)
		}
	case ep.over != 0 && ep.Outcome == Aborted:
		c.restored.add(a.proof("write-accepted"))
	case ep.over != 0 && ep.Outcome == Done && fresh && !t.superseded(ep):
		c.fromWrote.add(a.proof("write-accepted"))
	case ep.over != 0 && ep.Outcome == Done && ep.Kind == Failover && a.capa == detect.CapaYes && t.heldBack(ep, a):
		c.astray.add(a.proof("write-accepted"))
	}
}

// wroteWaiting accounts for a write that the old primary took while it was to wait
// for a replica: writes are held back until the wait is over. One that is answered
// was held back until the wait was given up, or was not held back at all.
func (t *Tracker) wroteWaiting(ep *Episode, a *answer, w *Phase) {
	due := w.Start + ep.timeout
	skew := t.skew(w.Proof.Capture, a.Capture)
	sent := a.since > w.Start+t.skew(w.Proof.Capture, a.sentIn)
	if !sent && a.At-w.Start <= parkedFor+2*a.rtt+skew {
		return // taken before, and on its way since
	}
	if n := len(ep.account.unsure); n > 0 && sent {
		// It sent clients on since, so that the wait was over, and is a primary again.
		t.decide(ep, Done, ep.account.unsure[0].Place)
		return
	}
	switch {
	case ep.timeout > 0 && !ep.force && a.At >= due-parkedFor-skew:
		t.release(ep, a, "accepted a write again, its timeout being over")
	case a.held():
		if ep.timeout == 0 || a.At < due-parkedFor-skew {
			ep.alternative("FAILOVER ABORT, sent where it was not captured")
			ep.Confidence = min(ep.Confidence, Likely)
		}
		t.release(ep, a, "accepted a write that it had held back")
	case sent && len(ep.account.unsure) == 0:
		// It counts if the wait turns out to have gone on: see judge.
		ep.account.tookWaiting.add(a.proof("write-accepted"))
	}
}

// fresh reports whether a command was sent after the episode was decided.
func (t *Tracker) fresh(ep *Episode, a *answer) bool {
	return ep.over != 0 && a.since > ep.over+t.skew(ep.overIn, a.sentIn)
}

// stale reports whether it was sent before that.
func (t *Tracker) stale(ep *Episode, a *answer) bool {
	return ep.over != 0 && a.since != 0 && a.since < ep.over-t.skew(ep.overIn, a.sentIn)
}

// release ends a FAILOVER that was given up while it waited for a replica: the old
// primary takes writes again.
func (t *Tracker) release(ep *Episode, a *answer, text string) {
	p := a.proof("write-accepted")
	p.Text = text
	ep.prove(p)
	t.decide(ep, Aborted, a.Place)
	t.park(ep, a)
}

// held reports whether the reply took so long that its command was held back.
func (a *answer) held() bool { return a.since != 0 && a.At-a.since >= parkedFor+2*a.rtt }

// heldBack reports whether a command waited for its reply through the decision.
func (t *Tracker) heldBack(ep *Episode, a *answer) bool {
	if a.since < ep.Start || !t.stale(ep, a) {
		return false
	}
	// It was there before the decision, if its way is known to be short enough.
	arrived := a.rtt > 0 && a.since+a.rtt+swapped < ep.over-t.skew(ep.overIn, a.sentIn)
	return a.held() || arrived && a.At >= ep.over
}

// park accounts for a command that was held back.
func (t *Tracker) park(ep *Episode, a *answer) {
	wait := a.At - a.since
	if a.since == 0 || a.blocking {
		return
	}
	p := ep.Phase(InProgress)
	if w := ep.Phase(WaitingForSync); w.Seen() && (!p.Seen() || a.since < p.Start) {
		p = w
		if a.write {
			ep.account.heldWrites.add(a.proof("parked"))
		}
	}
	if p.Seen() {
		p.Parked++
		p.MaxPark = max(p.MaxPark, wait)
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
	switch r := t.role(a.target); {
	case a.target == ep.To && (r == nil || r.Role != topology.Replica || !t.after(ep, r.Since)):
		c.right.add(a.proof("redirect"))
	case r != nil && r.Role == topology.Replica && a.target.IsValid() && t.after(ep, r.Since) && !t.superseded(ep):
		c.wrong.add(a.proof("redirect"))
	}
}

// beginning infers when a FAILOVER began of which the command was not captured:
// when the first of the writes was sent that were held back since. No write that
// was sent later may have been taken.
func (t *Tracker) beginning(ep *Episode, a *answer) {
	ip, w := ep.Phase(InProgress), ep.Phase(WaitingForSync)
	if ep.ordered || !ip.Seen() || !a.write || a.blocking || ip.Start-a.since < parkedFor+2*a.rtt {
		return
	}
	if s := t.servers[ep.From]; s != nil && s.parks.quick >= a.since {
		return
	}
	if !w.Seen() || a.since < w.Start {
		w.Stage, w.Start, w.End, w.Note = WaitingForSync, a.since, ip.Start, "inferred from writes that were not answered"
		ep.Start = min(ep.Start, a.since)
	}
}

// after reports whether a role began after the episode was decided, by the capture
// that is most off.
func (t *Tracker) after(ep *Episode, at int64) bool {
	worst := int64(0)
	for c := range t.o.Skew {
		worst = max(worst, t.skew(ep.overIn, int32(c)))
	}
	return at > ep.over+worst
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

// grown tells now and then that a promise is broken more and more often.
func (t *Tracker) grown(ep *Episode, at int64) {
	const every = 1_000_000_000
	n := ep.account.during.n
	if n == 0 || ep.size > 0 && at-ep.told < every {
		return
	}
	ep.size = n
	t.tell(ep, at)
}
