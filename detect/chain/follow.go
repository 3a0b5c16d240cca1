package chain

import "ricochet/detect"

// sent decides whether a command continues a chain.
func (t *Tracker) sent(e *detect.Evidence) {
	t.reach(e.Conn) // it is seen to go there
	f := t.bykey[key{e.Conn.Client.Addr(), e.Command}]
	if f == nil {
		return
	}
	f.sends++
	f.byName.add(e.Conn.Who)
	t.review(f, 1)
	t.place(f, e)
}

// maxMoves bounds how many commands may be moved from one chain to another to
// find a place for one.
const maxMoves = 8

// place finds the chain that a command continues. A command that had a weaker
// claim to it looks for another one in turn.
func (t *Tracker) place(f *family, e *detect.Evidence) {
	for range maxMoves {
		c, score, sole := t.match(f, e)
		if c == nil {
			break
		}
		moved, displaced := c.sent, c.state == flying
		t.assign(c, e, score, sole)
		if !displaced {
			return
		}
		e = &moved
	}
	t.review(f, 0)
}

// assign makes a sent command the continuation of a chain.
func (t *Tracker) assign(c *Chain, e *detect.Evidence, score int, sole bool) {
	f := c.family
	astray := c.target.IsValid() && c.target != e.Conn.Server
	if astray && t.unseen(c) {
		c.Partial, c.Unseen = true, c.target
		if len(c.unsighted) < maxGuesses && c.HopCount < MaxHopsHead {
			c.unsighted = append(c.unsighted, c.HopCount)
		}
	}
	if astray && t.dead(c, e.Conn) {
		c.Dead = c.target
		c.Unreached = true // the target did not answer, and the client came back
		astray = false
	}
	if c.name != "" && (astray || !c.target.IsValid()) {
		t.arrive(c, e.Conn)
	}
	if c.state == flying { // a better candidate than the one taken before
		t.enter(c, waiting)
		c.sends--
	}
	c.slowest = max(c.slowest, e.At-c.last.span.To)
	c.flight, c.score, c.sent = flightKey{e.Conn.ID, e.Ordinal}, score, *e
	t.enter(c, flying)
	c.sends++
	if e.Conn.Who != c.who {
		c.who = 0
	}
	c.guess(e.Conn, t)
	if e.Asking {
		c.Client.Root().asks = true
	}
	if sole && !stranger(c.last.facts, e.Conn) {
		t.tie(c, e, f.sends)
	}
	c.addConn(e.Conn.ID)
}

// redirected opens or extends a chain.
func (t *Tracker) redirected(e *detect.Evidence) {
	t.reach(e.Conn).accepted = e.At
	if e.Command == 0 || e.Ordinal == 0 {
		return
	}
	c := t.flights.by[flightKey{e.Conn.ID, e.Ordinal}]
	if c == nil {
		c = t.start(e)
	}
	if c.Text == "" {
		c.Text = e.Detail.Text
	}
	c.last = leg{e.Conn.ID, e.Conn, e.Conn.Server, e.Ordinal, detect.Span{From: e.Since, To: e.At}, e.Transaction}
	if c.lastReply == detect.Ask && !e.Asking {
		c.Client.Root().forgets = true
	}
	c.broken, c.lastReply = false, e.Reply
	t.aim(c, e)
	noted := c.addHop(Hop{
		Place: e.Place, Node: e.Conn.Server, Reply: e.Reply, Asking: e.Asking, Slot: e.Slot, Line: e.Detail.Line,
		conn: e.Conn, ordinal: e.Ordinal, sent: e.Since, transaction: e.Transaction, target: c.target, name: c.name,
	})
	if !noted {
		t.Bounds.Visits++
	}
	t.tell(c)
	t.await(c, waiting, e.At)
	t.overtaken(c, e)
}

func (t *Tracker) start(e *detect.Evidence) *Chain {
	for t.open >= t.maxOpen {
		t.evict()
	}
	c := &Chain{Command: e.Command, Start: e.Since, sends: 1}
	if c.Start == 0 {
		c.Start = e.At
	}
	t.enlist(c, e.Conn)
	return c
}

// enlist makes c one of the open chains, beginning on a connection.
func (t *Tracker) enlist(c *Chain, conn *detect.Conn) {
	host := conn.Client.Addr()
	l := t.link(conn.ID)
	if l.client == nil {
		t.ids++
		l.client = &Client{ID: t.ids, Host: host}
	}
	c.Conn, c.Client = conn, l.client
	c.Client.Root().add(conn)
	c.addConn(conn.ID)
	t.open++
	k := key{host, c.Command}
	f := t.bykey[k]
	if f == nil {
		f = newFamily(max(1, t.seen.count(host, c.Command)))
		t.bykey[k] = f
	}
	f.byName.know(conn.Who)
	f.open++
	c.family, c.who = f, conn.Who
}

// settled ends the chain whose command got a reply that is no redirect.
func (t *Tracker) settled(e *detect.Evidence) {
	t.reach(e.Conn).accepted = e.At
	if e.Ordinal == 0 {
		return
	}
	if l := t.links.young[e.Conn.ID]; l != nil && !e.Control {
		l.settled = e.Ordinal
	}
	c := t.flights.by[flightKey{e.Conn.ID, e.Ordinal}]
	if c == nil {
		return
	}
	c.Final, c.finalAsking = e.Conn.Server, e.Asking
	outcome := Served
	if e.Reply == detect.Failed {
		outcome = Failed
	}
	t.finish(c, outcome, e.At)
}
