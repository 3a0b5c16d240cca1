package client

import (
	"net/netip"
	"time"
)

// Outcome says how a command ended.
type Outcome int

// Outcomes. That of a command under way is 0.
const (
	_ Outcome = iota
	// Served got a reply that is neither a redirect nor an error.
	Served
	// Failed got an error that is no redirect, or its connection ended before it was
	// ever redirected.
	Failed
	// GivenUp was redirected and not sent again, or was not answered in time.
	GivenUp
	// Open was under way when the scenario ended.
	Open
)

// String is the word for the outcome.
func (o Outcome) String() string {
	switch o {
	case Served:
		return "served"
	case Failed:
		return "failed"
	case GivenUp:
		return "given-up"
	case Open:
		return "open"
	}
	return "under way"
}

// Hop is a redirect that a command met.
type Hop struct {
	At    time.Time
	Node  netip.AddrPort // that answered
	Asked bool           // the command came after ASKING
	Reply string         // without the minus sign: "REDIRECT 127.0.0.1:7002"
}

// Command is what became of a command from when it was first to be sent until the
// first reply that is no redirect. Sent again after that, it is another one. In a
// transaction each command is one of its own, which ends with the reply to its being
// queued, and so is EXEC, which is the same again if all commands of its transaction
// are. MULTI, ASKING and what a new connection begins with are none.
type Command struct {
	Client       string
	Text         string // name and keys
	Begun, Ended time.Time
	Hops         []Hop // the first ones, as far as the log has room
	HopCount     int
	Outcome      Outcome
	Error        string // the reply of a command that failed, or what else went wrong

	ledger            *ledger
	number            uint64 // counts the commands of the log
	place             int    // among those under way
	judged            bool   // it was found worth keeping
	visits            []visited
	bounced, returned bool
}

// visit is a node in one of its two states: the step after ASK comes back to one in
// another.
type visit struct {
	node  netip.AddrPort
	asked bool
}

// visited is how often the command was redirected at a visit.
type visited struct {
	visit
	times int
}

// Bounced tells whether one node, in the same state, redirected the command twice.
func (c *Command) Bounced() bool { return c.bounced }

// Returned tells whether the command came back once to where it was redirected, was
// served there, and did not bounce.
func (c *Command) Returned() bool { return c.returned }

// visit counts a redirect, and tells whether there was room for that.
func (c *Command) visit(v visit) bool {
	for i := range c.visits {
		if c.visits[i].visit == v {
			c.visits[i].times++
			c.bounced = true
			return true
		}
	}
	if len(c.visits) >= maxVisits {
		return false
	}
	c.visits = append(c.visits, visited{v, 1})
	return true
}

// visited tells whether the command was redirected at a visit.
func (c *Command) visited(v visit) bool {
	for i := range c.visits {
		if c.visits[i].visit == v {
			return true
		}
	}
	return false
}
