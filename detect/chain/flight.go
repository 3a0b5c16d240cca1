package chain

import (
	"cmp"
	"slices"
)

// flightKey names a command on its way.
type flightKey struct {
	conn    uint64
	ordinal uint64
}

// flights finds a chain by its command on the way, and all those of a
// connection: a connection that ends must not cost a look at all others.
type flights struct {
	by map[flightKey]*Chain
	on map[uint64]*Chain // the head of a doubly linked list of the connection's chains
}

func newFlights() flights {
	return flights{by: map[flightKey]*Chain{}, on: map[uint64]*Chain{}}
}

func (f *flights) put(c *Chain) {
	f.by[c.flight] = c
	c.before, c.after = nil, f.on[c.flight.conn]
	if c.after != nil {
		c.after.before = c
	}
	f.on[c.flight.conn] = c
}

func (f *flights) remove(c *Chain) {
	delete(f.by, c.flight)
	if c.after != nil {
		c.after.before = c.before
	}
	switch {
	case c.before != nil:
		c.before.after = c.after
	case c.after != nil:
		f.on[c.flight.conn] = c.after
	default:
		delete(f.on, c.flight.conn)
	}
	c.before, c.after = nil, nil
}

// of lists the chains whose command is on its way on a connection, in the order
// in which the commands were sent.
func (f *flights) of(conn uint64) []*Chain {
	var all []*Chain
	for c := f.on[conn]; c != nil; c = c.after {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Chain) int { return cmp.Compare(a.flight.ordinal, b.flight.ordinal) })
	return all
}
