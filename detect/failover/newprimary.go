package failover

import "ricochet/detect"

// fromNew accounts for a reply of the new primary.
func (t *Tracker) fromNew(ep *Episode, a *answer) {
	c := &ep.account
	switch {
	case a.reply == detect.Redirect && ep.over == 0 && ep.Kind == Failover && !ep.linked && a.target == ep.From:
		// It was a replica when it had this command: redirects that were seen before
		// the command was sent were given too early.
		kept := c.unsure[:0]
		for i := range c.unsure {
			if u := &c.unsure[i]; a.since != 0 && u.At < a.since-t.skew(u.Capture, a.sentIn) {
				c.during.add(u.proof("redirect"))
				ep.begin(InProgress, u.At, u.proof("redirect"))
			} else {
				kept = append(kept, *u)
			}
		}
		c.unsure = kept
		ep.End = a.At
		t.grown(ep, a.At)
	case a.reply == detect.Served && a.write && a.ordinary:
		t.newWrote(ep, a)
	case a.reply != detect.Served && ep.over != 0 && ep.Outcome == Aborted && a.target == ep.From && t.fresh(ep, a):
		c.restored.add(a.proof("redirect"))
	}
}

// newWrote accounts for a write that the new primary took.
func (t *Tracker) newWrote(ep *Episode, a *answer) {
	c := &ep.account
	switch {
	case ep.over == 0 && ep.To.IsValid() && (ep.Kind != Failover || !ep.linked) && a.since >= ep.Start:
		// The link that says so was not captured, or there is none.
		ep.promoted = a.proof("write-accepted")
		ep.promoted.Text = ep.To.String() + " accepted a write"
		ep.prove(ep.promoted)
		at := a.Place
		if n := len(c.unsure); n > 0 {
			at = c.unsure[0].Place // from then on clients were sent there, and came to a primary
		}
		unsure := c.unsure
		c.unsure = nil
		t.decide(ep, Done, at)
		for i := range unsure {
			t.afterDone(ep, &unsure[i])
		}
		c.toWrote.add(a.proof("write-accepted"))
	case ep.over != 0 && ep.Outcome == Aborted && t.fresh(ep, a) && !t.superseded(ep):
		c.notRestored.add(a.proof("write-accepted"))
		c.newWrote.add(a.proof("write-accepted"))
	case ep.over != 0 && ep.Outcome == Done:
		c.toWrote.add(a.proof("write-accepted"))
		if k := &c.fromWrote; k.n > 0 && !c.both && a.since > k.proofs[0].At+t.skew(k.proofs[0].Capture, a.sentIn) {
			c.both = true // and goes on to after the old one did
		}
	}
}
