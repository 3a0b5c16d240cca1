package chain

import "ricochet/detect"

// interrupted handles the end of a connection, or of what can be known of it.
func (t *Tracker) interrupted(e *detect.Evidence, closed bool) {
	for _, c := range t.flights.of(e.Conn.ID) {
		if closed {
			c.broken = true
			t.await(c, waiting, e.At)
		} else {
			t.finish(c, Cut, e.At)
		}
	}
}

// await puts a chain where the window ends it if its command does not come back.
func (t *Tracker) await(c *Chain, s state, at int64) {
	c.since = at
	t.enter(c, s)
}

// expire ends the chains that have waited for a window.
func (t *Tracker) expire() {
	for c := t.waits.front; c != nil; c = t.waits.front {
		deadline := c.since + t.window
		switch {
		case deadline >= t.now:
			return
		case c.state == lingering:
			t.retire(c)
		default:
			t.unanswered(c, deadline)
		}
	}
}

// unanswered ends a chain whose command did not come back within the window. If
// it was sent to a node of which this host's traffic is not in the capture, the
// end is simply not known.
func (t *Tracker) unanswered(c *Chain, at int64) {
	if t.missed(c) {
		t.finish(c, Cut, at)
		return
	}
	if t.unseen(c) {
		c.Partial, c.Unseen = true, c.target
		t.finish(c, Cut, at)
		return
	}
	if c.name != "" {
		delete(t.names, c.name) // perhaps it has come to stand for another node
	}
	t.finish(c, GivenUp, at)
}

// evict makes room for a chain.
func (t *Tracker) evict() {
	t.Bounds.OpenChains++
	c := t.oldest()
	if c.state == lingering {
		t.retire(c)
		return
	}
	c.Evicted = true
	t.finish(c, Cut, t.now)
}

func (t *Tracker) finish(c *Chain, o Outcome, at int64) {
	c.Outcome = o
	if o != Cut {
		c.End = at
	}
	c.Returned = c.returned()
	if (c.Guessed() || len(c.unsighted) > 0) && (o == Served || o == Failed) {
		t.await(c, lingering, at)
		return
	}
	t.retire(c)
}

// retire takes a chain off the list of those that are followed and hands it out,
// or takes it apart if it was a mistake.
func (t *Tracker) retire(c *Chain) {
	if t.resight(c) {
		return
	}
	t.delist(c)
	t.done(c)
}

// delist takes a chain off the list of those that are followed. What only
// following needs is let go: findings keep chains for long.
func (t *Tracker) delist(c *Chain) {
	f := c.family
	t.enter(c, ended)
	guesses := c.guesses
	c.forgetGuesses()
	c.guesses = guesses
	f.open--
	if f.open == 0 {
		delete(t.bykey, key{c.Conn.Client.Addr(), c.Command})
	}
	c.family, c.way = nil, way{}
	t.open--
}
