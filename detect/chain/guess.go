package chain

import (
	"net/netip"
	"slices"

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
func (c *Chain) guess(conn *detect.Conn, t *Tracker) {
	if conn.ID == c.last.conn || !c.target.IsValid() || c.target == conn.Server || t.dead(c, conn) || t.unseen(c) {
		return
	}
	if len(c.guesses) < maxGuesses && c.HopCount < MaxHopsHead {
		if k := len(c.guesses); k == 0 || c.guesses[k-1] != c.HopCount {
			if k == 0 {
				c.family.guessed = append(c.family.guessed, c)
			}
			c.guesses = append(c.guesses, c.HopCount)
		}
	}
}

// Of a chain that has ended, a sending refutes guesses if it comes as soon as a retry
// would: within promptTimes as long as any of the chain's own took, but at least
// promptly, or promptlyNamed where all of the chain's connections have one name. Later
// it is a command of its own. So it is after a chain that went on for borneOut hops
// since its last guess: another client's sending would have come among them.
const (
	promptTimes   = 16
	promptly      = 100_000_000 // nanoseconds
	promptlyNamed = 20_000_000  // nanoseconds
	borneOut      = 16          // hops
)

// borne reports whether a sending now can refute the guesses of a chain no more.
func (c *Chain) borne(now int64) bool {
	if c.state != lingering {
		return false
	}
	wait := int64(promptly)
	if c.who != 0 {
		wait = promptlyNamed
	}
	return now-c.since > max(wait, promptTimes*c.slowest) ||
		len(c.guesses) > 0 && c.HopCount-c.guesses[len(c.guesses)-1] >= borneOut
}

// review takes apart the chains whose guesses are refuted: all but spare of the
// known sendings should be accounted for.
func (t *Tracker) review(f *family, spare uint32) {
	for i := 0; i < len(f.guessed); {
		c := f.guessed[i]
		if !c.borne(t.now) && !c.alone(spare) {
			t.split(c) // which takes it off the list
		} else {
			i++
		}
	}
}

// split takes a chain apart at its guesses. The last part stays where it is, as
// its command may be on its way; the parts before it wait for their command.
func (t *Tracker) split(c *Chain) {
	hops, cuts := c.Hops, c.guesses
	c.forgetGuesses()
	if c.HopCount > len(hops) {
		return // too long to be taken apart
	}
	from := 0
	for _, to := range cuts {
		if to > from && to <= len(hops) {
			t.part(c, hops[from:to])
			from = to
		}
	}
	rest := hops[from:]
	if len(rest) == 0 {
		// Only its last command, which is in flight or was answered, is left
		// of it: that one met no redirect and is no chain.
		c.visits = nil
		t.tell(c)
		t.delist(c)
		return
	}
	c.reset(rest)
	t.tell(c)
	c.sends = uint32(len(rest))
	if c.state == flying || c.state == lingering {
		c.sends++
	}
	if c.state == lingering {
		c.Returned = c.returned()
		t.retire(c)
	}
}

// resight takes a chain apart that was taken to have come back from a node out of
// sight, if that node came into sight before the chain was handed out: nobody had
// gone there yet, and what came to the node before was a command of its own. It
// reports whether it did.
func (t *Tracker) resight(c *Chain) bool {
	if len(c.unsighted) == 0 || c.HopCount > len(c.Hops) || t.routes.get(routeKey{c.Client.Host, c.Unseen}) == nil {
		return false
	}
	cuts := append(slices.Clone(c.guesses), c.unsighted...)
	slices.Sort(cuts)
	c.forgetGuesses()
	c.guesses = slices.Compact(cuts)
	if c.state == flying {
		t.await(c, waiting, c.Last)
	}
	t.split(c)
	return true
}

// part makes a chain of some hops of another, waiting for its command.
func (t *Tracker) part(of *Chain, hops []Hop) {
	c := &Chain{Command: of.Command, Text: of.Text}
	t.enlist(c, hops[0].conn)
	c.reset(append([]Hop(nil), hops...))
	t.tell(c)
	c.sends = uint32(len(hops))
	t.await(c, waiting, c.Last)
}

// reset makes c the chain of these hops, of which there is at least one.
func (c *Chain) reset(hops []Hop) {
	c.Hops, c.HopCount, c.tail, c.Replies, c.visits, c.self, c.away = nil, 0, 0, [3]int{}, nil, 0, 0
	c.unsighted, c.Unseen = nil, netip.AddrPort{}
	c.conns, c.Returned, c.Partial, c.Unreached = nil, false, false, false
	for i := range hops {
		c.addHop(hops[i])
		c.addConn(hops[i].conn.ID)
	}
	first, last := &hops[0], &hops[len(hops)-1]
	c.Conn = first.conn
	if c.Start = first.sent; c.Start == 0 {
		c.Start = first.At
	}
	c.name = last.name
	c.retarget(last.target)
	c.last = leg{last.conn.ID, last.conn, last.Node, last.ordinal, detect.Span{From: last.sent, To: last.At}, last.transaction}
	c.lastReply, c.since = last.Reply, last.At
}
