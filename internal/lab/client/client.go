package client

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"

	"ricochet/internal/lab/world"
)

// Client is one of the lab's own clients. Its methods are for events.
type Client struct {
	o       Options
	host    *world.Host
	ledger  *ledger
	rand    *rand.Rand
	callers []*caller
	thought int // things to do so far

	links  []*link // that are not over
	home   netip.AddrPort
	turn   int                    // of Options.Nodes: what home was set to last, unless a redirect set it
	owners map[int]netip.AddrPort // of slots; there are no more than slots
	movers []*batch               // wait for the shared connection to be replaced

	stopped bool
	done    []func() // to be called when all is over
}

// Start has a client begin to work. It is for events, or for before the first one.
// Options without a habit, without nodes or without Next are a fault of the caller's.
func Start(h *world.Host, log *Log, o Options) *Client {
	if o.Habit < Keeps || o.Habit > Stays || len(o.Nodes) == 0 || o.Next == nil {
		panic("internal error: options of a client lack what is required")
	}
	r := h.World().Rand()
	c := &Client{
		o: o, host: h, home: o.Nodes[0],
		ledger: log.ledger(o.Name, h.World().Now),
		rand:   rand.New(rand.NewPCG(r.Uint64(), r.Uint64())),
		owners: map[int]netip.AddrPort{},
	}
	if c.o.Batch <= 0 {
		c.o.Batch = defaultBatch
	}
	callers := 1
	if o.Habit == Shares {
		callers = max(o.Callers, 1)
	}
	for range callers {
		k := &caller{client: c}
		c.callers = append(c.callers, k)
		k.rest()
	}
	return c
}

// Stop begins nothing any more and follows no redirect any more: what was at a node
// waits for its reply, and all else ends as Open, as does a command that the server
// keeps waiting at will. When the last connection is closed, done is called, unless it
// is nil; a command that is never answered, without a Timeout, puts that off for ever.
func (c *Client) Stop(done func()) {
	if done != nil {
		c.done = append(c.done, done)
	}
	c.stopped = true
	c.movers = nil
	for _, k := range c.callers {
		k.stop()
	}
	for _, l := range slices.Clone(c.links) {
		l.retire(true)
	}
	c.check()
}

// check looks whether all is over.
func (c *Client) check() {
	busy := func(k *caller) bool { return len(k.tasks) > 0 }
	if !c.stopped || len(c.links) > 0 || slices.ContainsFunc(c.callers, busy) {
		return
	}
	done := c.done
	c.done = nil
	for _, f := range done {
		f()
	}
}

// several is how many things are begun at a time.
func (c *Client) several() int {
	if c.o.Habit == Pipelines {
		return 1 + c.rand.IntN(c.o.Batch)
	}
	return 1
}

// route is the node where a task belongs, as far as is known.
func (c *Client) route(t *task) netip.AddrPort {
	if c.o.Cluster {
		if k := keys(t.words[0]); len(k) > 0 {
			if owner, ok := c.owners[slot(k[0])]; ok {
				return owner
			}
		}
	}
	return c.home
}

// dispatch sends a batch where it is to go.
func (c *Client) dispatch(b *batch) {
	if b.moves {
		c.move(b)
		return
	}
	c.linkTo(b.node, b.fresh).use(b)
}

// linkTo is the connection to a node, a new one if there is none.
func (c *Client) linkTo(node netip.AddrPort, fresh bool) *link {
	for _, l := range c.links {
		switch {
		case c.o.Habit == Reconnects && (fresh || l.node != node):
			l.end(errDone)
			return c.dial(node)
		case l.node == node && !l.aside:
			return l
		}
	}
	return c.dial(node)
}

// dial begins a connection to a node.
func (c *Client) dial(node netip.AddrPort) *link {
	l := &link{host: c.host, ledger: c.ledger, node: node, timeout: c.o.Timeout, ended: c.ended}
	c.links = append(c.links, l)
	return l.connect(c.o.greeting())
}

// ended says that a connection is over.
func (c *Client) ended(l *link) {
	c.links = slices.DeleteFunc(c.links, func(other *link) bool { return other == l })
	c.check()
}

// forget says that a node has refused to serve: the client turns to the next one.
func (c *Client) forget(node netip.AddrPort) {
	maps.DeleteFunc(c.owners, func(_ int, owner netip.AddrPort) bool { return owner == node })
	if c.home != node {
		return // a redirect, or another command, has turned it elsewhere
	}
	nodes := c.o.Nodes
	c.turn = (c.turn + 1) % len(nodes)
	if nodes[c.turn] == node {
		c.turn = (c.turn + 1) % len(nodes)
	}
	c.home = nodes[c.turn]
}
