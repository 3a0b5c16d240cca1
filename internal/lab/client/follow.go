package client

import "net/netip"

// settle decides what comes after a batch that was answered, or lost.
func (c *Client) settle(b *batch) {
	var over []*task
	redirected := batches{client: c}
	lost := newBatch(c, b.node)
	for _, t := range b.tasks {
		switch {
		case t.done():
			over = append(over, t)
		case t.redirect != nil:
			c.learn(t.redirect)
			ask := t.redirect.kind == ask && !c.o.AskingForgotten
			moves := t.redirect.kind == toPrimary && c.o.Habit == Shares
			redirected.add(t, t.redirect.node, ask, true, moves)
		default:
			lost.add(t)
		}
	}
	for _, next := range redirected.all {
		hops := 0
		for _, t := range next.tasks {
			t.begin()
			hops = max(hops, t.hops)
		}
		next.later(c.o.backoff(hops))
	}
	if len(lost.tasks) > 0 {
		for _, t := range lost.tasks {
			t.begin()
		}
		c.fallBack(lost, b.link.node)
	}
	for _, t := range over {
		t.caller.over(t)
	}
}

// learn remembers what a redirect says about later commands.
func (c *Client) learn(r *redirect) {
	switch {
	case r.kind == moved:
		c.owners[r.slot] = r.node
	case r.kind == toPrimary && c.o.Habit != Shares: // see move
		c.home = r.node
	}
}

// fallBack sends a batch elsewhere that a node has refused, or has not answered.
func (c *Client) fallBack(b *batch, node netip.AddrPort) {
	c.forget(node)
	b.asked, b.fresh, b.moves = false, false, false
	b.node = c.home
	b.later(retryAfter)
}
