package failover

// wroteWaiting accounts for a write that the old primary took while it was to wait
// for a replica: writes are held back until the wait is over. One that is answered
// was held back until the wait was given up, or was not held back at all.
func (t *Tracker) wroteWaiting(ep *Episode, a *answer) {
	w, c := ep.Phase(WaitingForSync), &ep.account
	if skew := t.skew(w.Proof.Capture, a.sentIn); a.since <= w.Start+skew {
		// Sent before, so that it may have been taken before and its answer be late;
		// or, as far as the clocks tell, after.
		if a.since > w.Start-skew && a.held() {
			t.park(ep, a)
		}
		return
	}
	if len(c.unclear) > 0 {
		// It sent clients on since: the wait was over, and it is a primary again.
		t.decide(ep, Done, c.unclear[0].Place)
		return
	}
	due := w.Start + ep.timeout
	switch {
	case ep.timeout > 0 && !ep.force && a.At >= due-parkedFor-t.skew(w.Proof.Capture, a.Capture):
		t.release(ep, a, "accepted a write again, its timeout being over")
	case a.held():
		t.unseenAbort(ep)
		t.release(ep, a, "accepted a write that it had held back")
	default:
		// It counts if the wait turns out to have gone on (see judge). Several say
		// that it did not.
		if len(c.took) < maxProofs {
			c.took = append(c.took, *a)
		}
		if c.tookWaiting.add(a.proof("write-accepted")); c.tookWaiting.n >= severalWrites && a.At-c.tookWaiting.proofs[0].At >= severalAfter {
			t.unseenAbort(ep)
			t.release(ep, a, "accepts writes again")
		}
	}
}

// Writes that are taken at once, this many over this time in nanoseconds, say that
// the wait is over.
const (
	severalWrites = 3
	severalAfter  = 1_000_000_000
)

func (t *Tracker) unseenAbort(ep *Episode) {
	ep.alternative("FAILOVER ABORT, sent where it was not captured")
	ep.Confidence = min(ep.Confidence, Likely)
}

// release ends a FAILOVER that was given up while it waited for a replica: the old
// primary takes writes again.
func (t *Tracker) release(ep *Episode, a *answer, text string) {
	p := a.proof("write-accepted")
	p.Text = text
	ep.prove(p)
	ep.guessed = true
	t.decide(ep, Aborted, a.Place)
	t.park(ep, a)
}

// reopen takes back that an episode was given up: what was taken for that was not.
func (t *Tracker) reopen(ep *Episode) {
	ep.over, ep.Outcome, ep.guessed, ep.byLink = 0, Unfinished, false, false
	ep.Alternatives, ep.Confidence = nil, Certain
	c := &ep.account
	c.restored, c.notRestored, c.newWrote = count{}, count{}, count{}
	for s := range ep.phases {
		if p := &ep.phases[s]; p.End == ep.End {
			p.End = 0
		}
	}
	kept := ep.Proofs[:0]
	for _, p := range ep.Proofs {
		if p.Kind != "write-accepted" && p.Kind != "psync-refused" {
			kept = append(kept, p)
		}
	}
	ep.Proofs = kept
	for _, o := range t.active {
		if o == ep {
			return
		}
	}
	t.active = append(t.active, ep)
}

// fresh reports whether a command was sent after the episode was decided.
func (t *Tracker) fresh(ep *Episode, a *answer) bool {
	return ep.over != 0 && a.since > ep.over+t.skew(ep.overIn, a.sentIn)
}

// stale reports whether it was sent before that.
func (t *Tracker) stale(ep *Episode, a *answer) bool {
	return ep.over != 0 && a.since != 0 && a.since < ep.over-t.skew(ep.overIn, a.sentIn)
}

// heldBack reports whether a command waited for its reply through the decision.
func (t *Tracker) heldBack(ep *Episode, a *answer) bool {
	if a.since < ep.Start || !t.stale(ep, a) {
		return false
	}
	// It was there before the decision, if its way is known to be short enough.
	arrived := a.rtt > 0 && a.since+a.rtt+swapped < ep.over-t.skew(ep.overIn, a.sentIn)
	return a.held() || arrived && a.At >= ep.over
}

// sentIn reports whether a command was sent after a phase had begun, so that
// one that is answered at once in it was not held back.
func (t *Tracker) sentIn(p *Phase, a *answer) bool {
	return p.Seen() && a.since > p.Start+t.skew(p.Proof.Capture, a.sentIn)
}

// park accounts for a command that was held back.
func (t *Tracker) park(ep *Episode, a *answer) {
	if a.since == 0 || a.blocking {
		return
	}
	p := ep.Phase(InProgress)
	if w := ep.Phase(WaitingForSync); a.write && w.Seen() && (!p.Seen() || a.since < p.Start) {
		p = w // where writes alone are held back
		ep.account.heldWrites.add(a.proof("parked"))
	}
	if p.Seen() {
		p.Parked++
		p.MaxPark = max(p.MaxPark, a.At-a.since)
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
		w.Proof = a.proof("parked")
		w.Proof.Text = "a write that was sent then had its answer after " + seconds(a.At-a.since)
		ep.Start = min(ep.Start, a.since)
	}
}
