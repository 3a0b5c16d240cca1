package server

import "time"

// A pause keeps commands waiting: those of all clients, or only those that write. The
// operator may pause clients for a time (CLIENT PAUSE), and a failover pauses writes
// until it is over; either holds by itself.

// pause is one of the two.
type pause struct {
	on    bool
	all   bool      // reads too
	until time.Time // zero: until it is ended
}

type pauses struct {
	operator, failover pause
	ended              bool // one of them: who was parked is to be taken up again
}

// all tells whether every command waits.
func (p *pauses) all() bool {
	return p.operator.on && p.operator.all || p.failover.on && p.failover.all
}

// writes tells whether commands that write wait.
func (p *pauses) writes() bool { return p.operator.on || p.failover.on }

// updatePauses ends the operator's pause when its time has come, and takes clients up
// again once nothing holds them.
func (n *Node) updatePauses() {
	p := &n.pauses.operator
	if p.on && !p.until.IsZero() && !n.now().Before(p.until) {
		n.unpause(p)
	}
	if n.pauses.ended {
		n.pauses.ended = false
		n.resume()
	}
}

// pauseClients is CLIENT PAUSE. A pause that holds is not made shorter, nor weaker.
func (n *Node) pauseClients(all bool, until time.Time) {
	p := &n.pauses.operator
	if p.on {
		all = all || p.all
		if p.until.After(until) {
			until = p.until
		}
	}
	*p = pause{on: true, all: all, until: until}
	n.host.After(until.Sub(n.now()), n.settle)
}

// unpause ends a pause. Parked commands go on when the event is over.
func (n *Node) unpause(p *pause) {
	*p = pause{}
	n.pauses.ended = true
}

// resume has every parked command go through all checks again: what it is told depends
// on what the server is by now.
func (n *Node) resume() {
	var waiting []*client
	for _, c := range n.clients {
		if c.parked != nil {
			waiting = append(waiting, c)
		}
	}
	for _, c := range waiting {
		r := c.parked
		if r == nil {
			continue // it is gone
		}
		c.parked = nil
		n.process(r)
		c.drain()
	}
}
