package client

// move has a batch wait until the shared connection is replaced by one to where a
// redirect pointed. Whoever is redirected in the meantime waits for the same one,
// wherever that goes.
func (c *Client) move(b *batch) {
	c.movers = append(c.movers, b)
	if len(c.movers) > 1 {
		return
	}
	l := c.dial(b.node)
	l.aside = true
	l.use(&mover{c})
}

// mover replaces the shared connection of a client.
type mover struct{ client *Client }

// send puts the connection in the place of the one before.
func (m *mover) send(l *link) {
	c := m.client
	for _, old := range c.links {
		if !old.aside && (old.node == c.home || old.node == l.node) {
			old.aside = true
			c.host.After(replacedFor, func() { old.retire(c.stopped) })
		}
	}
	l.aside = false
	c.home = l.node
	for _, b := range m.waiting() {
		b.node, b.moves = c.home, false
		c.dispatch(b)
	}
}

// refused has all who waited go on with the connection that there is.
func (m *mover) refused(*link, error) {
	c := m.client
	for _, b := range m.waiting() {
		b.node, b.moves = c.home, false
		b.later(retryAfter)
	}
}

// waiting takes the batches that wait.
func (m *mover) waiting() []*batch {
	b := m.client.movers
	m.client.movers = nil
	return b
}
