package server

import (
	"fmt"
	"slices"
)

// CLIENT TRACKING: a client that keeps what it has read is told when that changes.
// Libraries ask for it as they connect. The lab has what they use: messages on the
// client's own connection, which takes RESP3, about keys that it has read.

// maxTracked is how many keys are remembered for clients at most, all clients
// together: tracking-table-max-keys. Beyond it clients are told to forget everything.
const maxTracked = 1_000_000

// tracking is what a client has asked for.
type tracking struct {
	optIn, optOut bool // only what follows CLIENT CACHING YES, or all but what follows NO
	noLoop        bool // not what the client changes itself
	caching       bool // CLIENT CACHING came just before
	keys          map[string]bool
}

// redirect is the client that messages go to: 0 for the client itself, -1 for nobody.
func (t *tracking) redirect() int64 {
	if t == nil {
		return -1
	}
	return 0
}

// clientTracking is CLIENT TRACKING ON | OFF [OPTIN] [OPTOUT] [NOLOOP].
func (n *Node) clientTracking(c *client, args [][]byte) {
	t := &tracking{keys: map[string]bool{}}
	for _, a := range args[3:] {
		switch upper(a) {
		case "OPTIN":
			t.optIn = true
		case "OPTOUT":
			t.optOut = true
		case "NOLOOP":
			t.noLoop = true
		case "BCAST", "PREFIX", "REDIRECT":
			c.fail(fmt.Sprintf("ERR the lab does not have CLIENT TRACKING %s", upper(a)))
			return
		default:
			c.fail(syntaxError)
			return
		}
	}
	switch upper(args[2]) {
	case "OFF":
		n.untrack(c)
		c.out.OK()
		return
	case "ON":
	default:
		c.fail(syntaxError)
		return
	}
	old := c.tracking
	switch {
	case t.optIn && t.optOut:
		c.fail("ERR You can't specify both OPTIN mode and OPTOUT mode")
		return
	case old != nil && (old.optIn && t.optOut || old.optOut && t.optIn):
		c.fail("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
		return
	case old != nil:
		t.keys = old.keys
	}
	c.tracking = t
	c.out.OK()
}

// clientCaching is CLIENT CACHING YES | NO: it is about the next command, or the next
// transaction.
func (n *Node) clientCaching(c *client, args [][]byte) {
	t := c.tracking
	if t == nil || !t.optIn && !t.optOut {
		c.fail("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
		return
	}
	switch word := upper(args[2]); {
	case word != "YES" && word != "NO":
		c.fail(syntaxError)
	case word == "YES" && !t.optIn:
		c.fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
	case word == "NO" && !t.optOut:
		c.fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
	default:
		t.caching = true
		c.out.OK()
	}
}

// clientGetRedir is CLIENT GETREDIR.
func (n *Node) clientGetRedir(c *client, _ [][]byte) { c.out.Int(c.tracking.redirect()) }

// clientTrackingInfo is CLIENT TRACKINGINFO.
func (n *Node) clientTrackingInfo(c *client, _ [][]byte) {
	words := []string{"off"}
	if t := c.tracking; t != nil {
		words[0] = "on"
		for _, f := range []struct {
			word string
			on   bool
		}{
			{"optin", t.optIn}, {"caching-yes", t.optIn && t.caching},
			{"optout", t.optOut}, {"caching-no", t.optOut && t.caching},
			{"noloop", t.noLoop},
		} {
			if f.on {
				words = append(words, f.word)
			}
		}
	}
	c.out.Map(3)
	c.out.BulkString("flags")
	c.out.Set(len(words))
	for _, w := range words {
		c.out.BulkString(w)
	}
	c.out.BulkString("redirect")
	c.out.Int(c.tracking.redirect())
	c.out.BulkString("prefixes")
	c.out.Array(0)
}

// track remembers what a command has read for its client. It runs behind each command.
func (n *Node) track(r *request) {
	c := r.client
	t := c.tracking
	if t == nil || r.cmd.fullName() == "client|caching" {
		return
	}
	if r.cmd.flags&read != 0 && t.caching == t.optIn {
		for _, k := range r.cmd.keysOf(r.args) {
			n.remember(c, string(k))
		}
	}
	if c.multi == nil {
		t.caching = false
	}
}

// remember has a client told when a key changes.
func (n *Node) remember(c *client, key string) {
	if c.tracking.keys[key] {
		return
	}
	if len(n.keys.tracked) >= maxTracked {
		n.invalidateAll()
	}
	c.tracking.keys[key] = true
	n.keys.tracked[key] = append(n.keys.tracked[key], c)
}

// untrack ends a client's tracking.
func (n *Node) untrack(c *client) {
	if c.tracking == nil {
		return
	}
	for key := range c.tracking.keys {
		of := n.keys.tracked[key]
		if i := slices.Index(of, c); i >= 0 {
			of = slices.Delete(of, i, i+1)
		}
		if len(of) == 0 {
			delete(n.keys.tracked, key)
		} else {
			n.keys.tracked[key] = of
		}
	}
	c.tracking = nil
}

// invalidate tells those who have read a key that it has changed. Until they read it
// again they hear nothing more of it.
func (n *Node) invalidate(key string) {
	of := n.keys.tracked[key]
	if len(of) == 0 {
		return
	}
	delete(n.keys.tracked, key)
	for _, c := range of {
		delete(c.tracking.keys, key)
		if c.tracking.noLoop && c == n.running {
			continue
		}
		n.pushInvalid(c, func() {
			c.out.Array(1)
			c.out.BulkString(key)
		})
	}
}

// invalidateAll tells everybody to forget everything.
func (n *Node) invalidateAll() {
	clear(n.keys.tracked)
	for _, c := range n.clients {
		if c.tracking != nil {
			clear(c.tracking.keys)
			n.pushInvalid(c, c.out.Null)
		}
	}
}

// pushInvalid sends the message, if the client's protocol has room for it.
func (n *Node) pushInvalid(c *client, what func()) {
	if c.out.Version < 3 {
		return
	}
	mark := c.out.Len()
	c.out.Push(2)
	c.out.BulkString("invalidate")
	what()
	n.pushed(n.running, c, mark)
}
