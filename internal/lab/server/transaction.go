package server

// maxQueued bounds what a client may queue in a transaction, in bytes of the words and
// commandCost for each word and command. Valkey counts it to its query buffer, whose
// bound is client-query-buffer-limit, 1 GiB.
const (
	maxQueued   = 256 << 20
	commandCost = 64
)

// transaction is what a client has queued since MULTI.
type transaction struct {
	queued  []*request
	flags   flags // of all that is queued, but for those that all must have
	current bool  // something queued must not see old data: it is not stale
	size    int   // see maxQueued
	spoilt  bool  // a command was refused: EXEC will be too
	running bool  // EXEC is under way
	changes [][][]byte
}

func transactionCommands() []*command {
	return []*command{
		{name: "multi", arity: 1, flags: stale | noMulti, run: (*Node).multi},
		{name: "exec", arity: 1, flags: stale | unqueued | noFeed, run: (*Node).exec},
		{name: "discard", arity: 1, flags: stale | unqueued, run: (*Node).discardCommand},
		{name: "watch", arity: -2, flags: stale | noMulti, first: 1, last: -1, step: 1, run: (*Node).watch},
		{name: "unwatch", arity: 1, flags: stale, run: (*Node).unwatchCommand},
	}
}

func (n *Node) multi(c *client, _ [][]byte) {
	c.multi = &transaction{}
	c.out.OK()
}

// queue keeps a command for EXEC. It has passed the checks, and is not checked again:
// EXEC is, as if it were all of its commands.
func (n *Node) queue(r *request) {
	m := r.client.multi
	size := commandCost
	for _, a := range r.args {
		size += commandCost + len(a)
	}
	if m.size+size > maxQueued {
		n.refuse(r, "ERR transaction is too large")
		return
	}
	m.size += size
	m.queued = append(m.queued, r)
	m.flags |= r.flags &^ stale
	m.current = m.current || r.flags&stale == 0
	r.client.out.Simple("QUEUED")
}

// discard ends a transaction that is not to run.
func (n *Node) discard(c *client) {
	c.multi = nil
	n.unwatch(c)
}

func (n *Node) discardCommand(c *client, _ [][]byte) {
	if c.multi == nil {
		c.fail("ERR DISCARD without MULTI")
		return
	}
	n.discard(c)
	c.out.OK()
}

// exec runs what is queued. Replicas get the changes as a transaction, once all is done.
func (n *Node) exec(c *client, _ [][]byte) {
	m := c.multi
	switch {
	case m == nil:
		c.fail("ERR EXEC without MULTI")
		return
	case m.spoilt:
		c.fail("EXECABORT Transaction discarded because of previous errors.")
		n.discard(c)
		return
	case c.touched:
		c.out.NullArray()
		n.discard(c)
		return
	}
	n.unwatch(c) // what it changes itself would count, else
	m.running = true
	c.out.Array(len(m.queued))
	for _, r := range m.queued {
		n.call(r)
	}
	n.discard(c)
	if len(m.changes) > 0 {
		n.propagate(m.changes)
		c.wrote = n.repl.offset
	}
}

// watch is WATCH key ...: EXEC will fail if one of them changes before.
func (n *Node) watch(c *client, args [][]byte) {
	for _, key := range args[1:] {
		n.watchKey(c, string(key))
	}
	c.out.OK()
}

func (n *Node) unwatchCommand(c *client, _ [][]byte) {
	n.unwatch(c)
	c.out.OK()
}
