package chain

import "slices"

// state is where a chain stands. It decides which lists the chain is on.
type state uint8

const (
	_         state = iota
	waiting         // for its command to come back
	flying          // its command is on its way
	lingering       // ended, but its guesses may still be overturned
	ended           // handed out, or dissolved
)

// family is the open chains of one host with the same command.
type family struct {
	waits, flies list     // the chains in the order in which they began to
	guessed      []*Chain // those that rest on a guess, the lingering ones included
	open         int      // chains in any state
	// sends is how many sendings of the command are known of the host, those
	// before the first of the chains included as far as they are remembered.
	sends uint32
	// byName counts them by the names of their connections.
	byName tally
}

func newFamily(sends uint32) *family {
	return &family{waits: list{lane: inFamily}, flies: list{lane: inFamily}, sends: sends}
}

// enter moves a chain to the end of the lists of a state. All of it is done in
// constant time: a capture may have many thousand chains of the same command.
func (t *Tracker) enter(c *Chain, s state) {
	f := c.family
	switch c.state {
	case waiting:
		t.waits.remove(c)
		f.waits.remove(c)
	case lingering:
		t.waits.remove(c)
	case flying:
		t.flights.remove(c)
		t.flies.remove(c)
		f.flies.remove(c)
	}
	c.state = s
	switch s {
	case waiting:
		t.waits.push(c)
		f.waits.push(c)
	case lingering:
		t.waits.push(c)
	case flying:
		t.flights.put(c)
		t.flies.push(c)
		f.flies.push(c)
	}
}

// forgetGuesses makes what the chain is made of certain, or a thing of the past.
func (c *Chain) forgetGuesses() {
	if !c.Guessed() {
		return
	}
	c.guesses = nil
	if i := slices.Index(c.family.guessed, c); i >= 0 {
		c.family.guessed = slices.Delete(c.family.guessed, i, i+1)
	}
}
