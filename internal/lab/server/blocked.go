package server

import (
	"slices"
	"time"

	"ricochet/internal/lab/world"
)

// unblockedText is what clients in blocking commands hear when their server turns into
// a replica (Valkey 8; src/blocked.c).
const unblockedText = "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"

// blocked is a client that waits in a command: for an element of a list, or, in WAIT,
// for acknowledgements.
type blocked struct {
	request *request
	keys    []string // that would serve it; empty: it waits for something else
	timer   *world.Timer
	// serve tries to answer, for a key, and tells whether it did. The key is empty for
	// what waits for something else.
	serve func(key string) bool
	// expire answers when the time is up.
	expire func()
}

// block makes a client wait. A timeout of 0 is none.
func (n *Node) block(c *client, b *blocked, timeout time.Duration) {
	c.blocked = b
	if timeout > 0 {
		b.timer = n.host.After(timeout, func() {
			if c.blocked != b {
				return
			}
			n.unblock(c)
			b.expire()
			n.see(Ran, c, b.request)
			c.drain()
			n.settle()
		})
	}
	for _, k := range b.keys {
		n.keys.waiting[k] = append(n.keys.waiting[k], c)
	}
}

// unblock ends a client's wait, if it waits.
func (n *Node) unblock(c *client) {
	b := c.blocked
	if b == nil {
		return
	}
	c.blocked = nil
	b.timer.Stop()
	for _, k := range b.keys {
		w := n.keys.waiting[k]
		if i := slices.Index(w, c); i >= 0 {
			w = slices.Delete(w, i, i+1)
		}
		if len(w) == 0 {
			delete(n.keys.waiting, k)
		} else {
			n.keys.waiting[k] = w
		}
	}
}

// ready says that a key has something that clients may wait for.
func (n *Node) ready(key string) {
	if len(n.keys.waiting[key]) > 0 && !slices.Contains(n.keys.ready, key) {
		n.keys.ready = append(n.keys.ready, key)
	}
}

// serveBlocked answers the clients for whose keys something came, the one that has
// waited longest first. It runs after every command, before anybody's next one; what
// those who were answered have sent in the meantime runs when the event is over.
func (n *Node) serveBlocked() {
	for len(n.keys.ready) > 0 {
		key := n.keys.ready[0]
		n.keys.ready = n.keys.ready[1:]
		for _, c := range slices.Clone(n.keys.waiting[key]) {
			b := c.blocked
			if b == nil || n.repl.follows() {
				continue
			}
			before := n.dirty
			n.instead = nil
			n.running = c
			served := b.serve(key)
			n.running = nil
			if !served {
				break
			}
			n.unblock(c)
			if n.dirty > before {
				n.propagate(n.instead)
				c.wrote = n.repl.offset
			}
			n.instead = nil
			n.see(Ran, c, b.request)
			n.woken = append(n.woken, c)
		}
	}
}

// wake runs what the clients have sent that were answered (processUnblockedClients).
func (n *Node) wake() {
	for len(n.woken) > 0 {
		c := n.woken[0]
		n.woken = n.woken[1:]
		c.drain()
	}
}

// releaseBlocked deals with the clients in blocking commands when the server has
// become a replica. To Valkey 8 that is when it is told so, be it by a handover that
// may fail yet; to 9.0 it is when a handover is over, and clients that want redirects
// are given one (disconnectAllBlockedClients, disconnectOrRedirectAllBlockedClients).
func (n *Node) releaseBlocked() {
	for _, c := range slices.Clone(n.clients) {
		b := c.blocked
		if b == nil {
			continue
		}
		if n.options.Blocked == Redirect && n.cluster == nil && c.redirects {
			if !n.sentOn(b.request) {
				continue // it reads, and old data will do
			}
			n.unblock(c)
			c.fail(n.redirection())
			n.see(Refused, c, b.request)
			c.drain()
			continue
		}
		n.unblock(c)
		c.fail(unblockedText)
		n.see(Refused, c, b.request)
		c.closing = true
		c.flush()
	}
}
