package failover

import "ricochet/detect"

// unblockedWithin is how long after its decision, in nanoseconds, an episode accounts
// for clients that are thrown out of a command in which they wait. Later that is
// somebody's CLIENT UNBLOCK.
const unblockedWithin = 1_000_000_000

// fromOld accounts for a reply of the old primary.
func (t *Tracker) fromOld(ep *Episode, a *answer) {
	c := &ep.account
	held := ep.Phase(InProgress) // reads are held back in it only
	if w := ep.Phase(WaitingForSync); a.write && w.Seen() {
		held = w
	}
	switch {
	case a.reply == detect.Served && a.write && a.paired:
		t.oldWrote(ep, a)
	case ep.over == 0 && ep.Kind == Failover && a.reply == detect.Redirect:
		t.early(ep, a)
	case a.word == "UNBLOCKED":
		if ep.Kind == Failover && a.capa == detect.CapaYes && a.At >= ep.Start && (ep.over == 0 || a.At-ep.over < unblockedWithin) {
			c.blockedDropped.add(a.proof("unblocked"))
		}
	case ep.over == 0:
	case ep.Outcome == Aborted:
		if ep.byLink && t.fresh(ep, a) && c.restored.n == 0 && (a.word == "READONLY" || a.reply == detect.Redirect && a.target == ep.To) {
			// A real abort makes it a primary before it answers anybody: it goes on, with
			// another link.
			t.reopen(ep)
			ep.blind = true
			return
		}
		// Once it is a primary again, changes are others' doing.
		if !t.superseded(ep) && t.fresh(ep, a) && c.restored.n == 0 && (a.reply == detect.Redirect || a.word == "READONLY") {
			kind := "refusal"
			if a.reply == detect.Redirect {
				kind = "redirect"
			}
			c.notRestored.add(a.proof(kind))
		}
	case a.reply == detect.Redirect:
		t.afterDone(ep, a)
	case ep.Kind == Failover && a.capa == detect.CapaYes && a.paired && !a.blocking && (a.word == "READONLY" || a.reply == detect.Served) && t.sentIn(held, a) && t.heldBack(ep, a):
		// A client that can be redirected is, before anything else is looked at
		// (server.c, processCommand).
		c.astray.add(a.proof("parked"))
	}
}

// oldWrote accounts for a write that the old primary took.
func (t *Tracker) oldWrote(ep *Episode, a *answer) {
	c := &ep.account
	fresh := t.fresh(ep, a)
	switch {
	case ep.over == 0:
		if ep.Kind == Failover && ep.Phase(WaitingForSync).Seen() && !ep.linked {
			t.wroteWaiting(ep, a)
		}
	case ep.Outcome == Aborted && fresh:
		c.restored.add(a.proof("write-accepted"))
	case ep.Outcome == Aborted && a.held():
		t.beginning(ep, a)
		t.park(ep, a)
	case ep.Outcome == Done && fresh && !t.superseded(ep):
		c.fromWrote.add(a.proof("write-accepted"))
	case ep.Outcome == Done && ep.Kind == Failover && a.capa == detect.CapaYes && (t.sentIn(ep.Phase(WaitingForSync), a) || t.sentIn(ep.Phase(InProgress), a)) && t.heldBack(ep, a):
		c.astray.add(a.proof("write-accepted"))
	}
}
