package failover

import (
	"ricochet/detect"
	"ricochet/detect/topology"
)

// fromNew accounts for a reply of the new primary.
func (t *Tracker) fromNew(ep *Episode, a *answer) {
	switch {
	case a.reply == detect.Served && a.write && a.paired:
		t.newWrote(ep, a)
	case a.reply != detect.Redirect || a.target != ep.From:
	case ep.over == 0 && ep.Kind == Failover && a.since != 0:
		// It was a replica when it had this command: redirects that were seen before
		// the command was sent were given too early.
		t.tooEarly(ep, a.since, a.sentIn, a.host)
	case ep.over != 0 && ep.Outcome == Aborted && t.fresh(ep, a):
		ep.account.restored.add(a.proof("redirect"))
	}
}

// newWrote accounts for a write that the new primary took. A replica may be
// writable, so that its role says whether the write makes it a primary.
func (t *Tracker) newWrote(ep *Episode, a *answer) {
	c := &ep.account
	switch {
	case ep.over == 0:
		if r := t.role(ep.To); r != nil && r.Role == topology.Primary && a.since >= ep.Start {
			p := a.proof("write-accepted")
			p.Text = ep.To.String() + " accepted a write"
			t.seems(ep, p)
		}
	case ep.Outcome == Aborted && t.fresh(ep, a) && !t.superseded(ep):
		c.notRestored.add(a.proof("write-accepted"))
		c.newWrote.add(a.proof("write-accepted"))
	case ep.Outcome == Done:
		c.toWrote.add(a.proof("write-accepted"))
		if k := &c.fromWrote; k.n > 0 && !c.both && a.since > k.proofs[0].At+t.skew(k.proofs[0].Capture, a.sentIn) {
			c.both = true // and goes on to after the old one did
		}
	}
}

// answerWithin is how long after the new primary shows that it is one, in
// nanoseconds, its answer to PSYNC is waited for: that says when it became one.
const answerWithin = 1_000_000_000

// seems takes in that the new primary behaves as one.
func (t *Tracker) seems(ep *Episode, p Proof) {
	if ep.Kind == Failover && ep.inView() {
		if ip := ep.Phase(InProgress); ep.done.At == 0 && p.At > ip.Start {
			ep.done = p
		}
		return
	}
	ep.prove(p)
	at := p.Place
	if c := &ep.account; ep.Kind == Failover && len(c.unclear) > 0 {
		at = c.unclear[0].Place // from then on clients were sent there, and came to a primary
	}
	t.decide(ep, Done, at)
}
