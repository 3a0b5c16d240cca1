package failover

import (
	"strconv"
	"strings"
)

// judge settles the checks of an episode by what was seen so far. FAILOVER alone
// promises them: with REPLICAOF, Sentinels and clusters others see to it, or
// nobody does.
func (t *Tracker) judge(ep *Episode) {
	c := &ep.account
	t.explain(ep)
	if ep.Kind != Failover {
		for i := range ep.Checks {
			ep.Checks[i] = Check{Result: NotPromised, Note: "FAILOVER alone promises it"}
		}
		ep.Checks[SinglePrimary].fill(&c.fromWrote)
		ep.Checks[RedirectTargetIsPrimary].fill(&c.wrong)
		return
	}
	if !ep.ordered && !ep.linked && !ep.said {
		// It may have been something else, of which nothing is promised.
		for i := range ep.Checks {
			ep.Checks[i] = Check{Result: NotObserved, Note: "neither the command nor the link between the nodes was captured"}
		}
		return
	}
	done, aborted := ep.over != 0 && ep.Outcome == Done, ep.over != 0 && ep.Outcome == Aborted
	ep.Checks[NoRedirectWhileInProgress] = verdict(&c.during, &c.waited, ep.Phase(InProgress).Seen())
	took := &c.tookWaiting
	if !ep.linked {
		took = &count{} // the wait may have been given up unseen
	}
	ep.Checks[WritesParkedWhileWaiting] = verdict(took, &c.heldWrites, ep.Phase(WaitingForSync).Seen())
	ep.Checks[ParkedClientsRedirected] = verdict(&c.astray, &c.waited, done)
	ep.Checks[BlockedClientsRedirected] = t.blocked(ep)
	ep.Checks[RedirectTargetIsPrimary] = verdict(&c.wrong, &c.right, done)
	both := &count{}
	if c.both {
		both = &c.fromWrote
	}
	ep.Checks[SinglePrimary] = verdict(both, &c.toWrote, done)
	if aborted {
		both := &count{}
		if c.restored.n > 0 {
			both = &c.newWrote
		}
		ep.Checks[SinglePrimary] = verdict(both, &c.restored, c.newWrote.n > 0)
	}
	ep.Checks[AbortRestoresRoles] = verdict(&c.notRestored, &c.restored, aborted)
}

// verdict weighs the replies that broke a promise against those that kept it. A
// promise about something that was not seen is neither broken nor kept.
func verdict(broke, kept *count, seen bool) Check {
	switch {
	case broke.n > 0:
		return Check{Result: Violated, Count: broke.n, First: broke.first, Last: broke.last, Proofs: broke.proofs}
	case seen && kept.n > 0:
		return Check{Result: Held, Count: kept.n, Proofs: kept.proofs}
	}
	return Check{Result: NotObserved}
}

// fill shows what was seen of something that nobody promised.
func (c *Check) fill(n *count) { c.Count, c.Proofs = n.n, n.proofs }

// blocked judges what became of clients that wait in commands such as BLPOP. They
// are redirected from 9.0 on (valkey #2329); before, they were sent away with
// UNBLOCKED. The version has to be known.
func (t *Tracker) blocked(ep *Episode) Check {
	c := &ep.account
	promised, known := false, ""
	if n := t.o.Nodes.Find(ep.From); n != nil {
		known = n.Version
		major, _, _ := strings.Cut(n.Version, ".")
		v, err := strconv.Atoi(major)
		promised = err == nil && v >= 9 && n.Software != "redis"
	}
	switch {
	case known == "" && c.blockedRedirected.n > 0 && c.blockedDropped.n == 0:
		return Check{Result: Held, Count: c.blockedRedirected.n, Proofs: c.blockedRedirected.proofs}
	case !promised:
		k := Check{Result: NotPromised, Note: "servers redirect blocked clients from 9.0 on"}
		if known == "" {
			k.Note += "; the version of this one was not seen"
		}
		k.fill(&c.blockedDropped)
		return k
	}
	return verdict(&c.blockedDropped, &c.blockedRedirected, true)
}

// explain says of the phases that were not seen why, as far as that is known.
func (t *Tracker) explain(ep *Episode) {
	if ep.Kind != Failover {
		return
	}
	if ep.over == 0 || ep.Outcome == Done {
		if !ep.linked {
			ep.missing(InProgress, "the link from the old primary to the new one was not captured")
		}
	}
}
