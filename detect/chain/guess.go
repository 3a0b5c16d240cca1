package chain

import (
	"net/netip"

	"ricochet/detect"
)

// A retry that does not go where its redirect pointed, although the target
// answers, is taken for a continuation only if no other sending of the same
// bytes is known of the host. A multiplexing client does that; so does, once, a
// fleet of clients whose first commands are alike. The two differ in what
// follows: every sending of the former is accounted for by its chain, of the
// latter there is one too many sooner or later. So the guess is kept with the
// chain, the chain is held back for a window after its end, and a sending too
// many takes the chain apart again.

// maxGuesses bounds the guesses of a chain that can be taken back.
const maxGuesses = 64

// guess notes that the hop to come continues the chain by a guess.
func (c *Chain) guess(node netip.AddrPort, t *Tracker) {
	if !c.target.IsValid() || c.target == node || t.dead(c) || t.unseen(c) {
		return
	}
	if len(c.guesses) < maxGuesses && c.HopCount < MaxHopsHead {
		if k := len(c.guesses); k == 0 || c.guesses[k-1] != c.HopCount {
			c.guesses = append(c.guesses, c.HopCount)
		}
	}
}

// review takes apart the chains whose guesses are refuted: all but spare of the
// known sendings should be accounted for.
func (t *Tracker) review(f *family, spare uint32) {
	for i := 0; i < len(f.chains); i++ {
		if c := f.chains[i]; c.Guessed() && f.sends > c.sends+spare {
			t.split(c)
			i = -1 // the list is another now; c has no guesses left
		}
	}
}

// split takes a chain apart at its guesses. The last part stays where it is, as
// its command may be on its way; the parts before it wait for their command.
func (t *Tracker) split(c *Chain) {
	hops, cuts := c.Hops, c.guesses
	if c.HopCount > len(hops) {
		c.guesses = nil // too long to be taken apart
		return
	}
	from := 0
	for _, to := range cuts {
		if to > from && to <= len(hops) {
			t.part(c, hops[from:to])
			from = to
		}
	}
	rest := hops[from:]
	final, outcome, lingering := c.Final, c.Outcome, c.lingering
	asking := false
	if c.Returned {
		asking = c.returnedAsking
	}
	c.reset(rest)
	if len(rest) == 0 {
		// Only its last command, which is in flight or was answered, is left
		// of it: that one met no redirect and is no chain.
		if c.inFlight {
			delete(t.flight, c.flight)
			c.inFlight = false
		}
		t.delist(c)
		return
	}
	c.sends = uint32(len(rest))
	if c.inFlight || lingering {
		c.sends++
	}
	if lingering {
		c.Final, c.Outcome = final, outcome
		if !c.Bounced() {
			c.Returned = c.visited(Visit{final, asking})
		}
		t.retire(c)
	}
}

// part makes a chain of some hops of another, waiting for its command.
func (t *Tracker) part(of *Chain, hops []Hop) {
	c := &Chain{Command: of.Command, Text: of.Text, Write: of.Write}
	t.enlist(c, hops[0].conn)
	c.reset(append([]Hop(nil), hops...))
	c.sends = uint32(len(hops))
	t.await(c, c.Last)
}

// reset makes c the chain of these hops.
func (c *Chain) reset(hops []Hop) {
	c.Hops, c.HopCount, c.Replies, c.visits, c.self, c.guesses = nil, 0, [3]int{}, nil, 0, nil
	c.conns, c.Returned, c.Partial, c.Unreached = nil, false, false, false
	for i := range hops {
		c.addHop(hops[i])
		c.addConn(hops[i].conn.ID)
	}
	if len(hops) == 0 {
		return
	}
	first, last := &hops[0], &hops[len(hops)-1]
	c.Conn = first.conn
	if c.Start = first.sent; c.Start == 0 {
		c.Start = first.At
	}
	c.target, c.name = last.target, last.name
	c.last = leg{last.conn.ID, last.Node, last.ordinal, detect.Span{From: last.sent, To: last.At}}
	c.lastReply, c.since = last.Reply, last.At
}
