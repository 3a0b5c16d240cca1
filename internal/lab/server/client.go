package server

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// replyMode is what CLIENT REPLY set.
type replyMode int

const (
	replyOn replyMode = iota
	replyOff
	replySkipNext // the command after this one gets no reply
	replySkip     // this one gets none
)

// client is one connection to a node.
type client struct {
	node *Node
	conn *world.Conn // nil: the link to the primary, whose commands are obeyed
	id   int64

	in    protocol.Requests
	out   protocol.Writer
	reply replyMode

	// What CLIENT and HELLO said.
	name, library, libraryVersion string
	redirects                     bool // CLIENT CAPA redirect
	noEvict, noTouch              bool // CLIENT NO-EVICT, CLIENT NO-TOUCH
	readOnly                      bool // READONLY
	asking                        bool // ASKING came just before

	created, active time.Time
	last            string // the latest command, as CLIENT LIST shows it

	multi    *transaction // nil: not in MULTI
	watched  []string
	touched  bool     // something watched has changed: EXEC will fail
	channels []string // subscribed to
	patterns []string
	tracking *tracking // nil: not asked for
	later    []byte    // messages that follow the reply to the command that runs

	parked    *request // waits for the end of a pause, to be checked again
	blocked   *blocked // in a blocking command
	closing   bool     // closes when its reply is sent
	failed    string   // code of the error that was just answered, for observers
	wrote     int64    // replication offset behind its latest write
	replica   *replica // nil: an ordinary client
	candidate *replica // what it said of itself by REPLCONF so far
}

func newClient(n *Node, conn *world.Conn, id int64) *client {
	c := &client{node: n, conn: conn, id: id, created: n.now(), active: n.now()}
	c.out.Version = 2
	return c
}

// obeyed tells whether the client is the primary, whose word is not questioned.
func (c *client) obeyed() bool { return c.conn == nil }

// addr is the address of the other end; the zero AddrPort for the primary.
func (c *client) addr() netip.AddrPort {
	if c.conn == nil {
		return netip.AddrPort{}
	}
	return c.conn.Remote()
}

// Data takes what the client sent.
func (c *client) Data(data []byte) {
	c.in.Feed(data)
	c.drain()
	c.node.settle()
}

// Closed forgets the client.
func (c *client) Closed(error) {
	c.forget()
	c.node.settle()
}

// drain runs the commands that are there, as long as none waits.
func (c *client) drain() {
	c.catchUp()
	for c.parked == nil && c.blocked == nil && !c.closing && !c.conn.Closed() {
		args, ok, err := c.in.Next()
		if err != nil {
			c.fail("ERR " + err.Error())
			c.closing = true
			break
		}
		if !ok {
			break
		}
		c.active = c.node.now()
		c.node.process(&request{client: c, args: args})
	}
	c.flush()
}

// fail answers with an error, which begins with its code.
func (c *client) fail(text string) {
	code, _, _ := strings.Cut(text, " ")
	c.node.count(code)
	c.failed = code
	c.out.Error(text)
}

// flush sends the replies that are ready.
func (c *client) flush() {
	if c.conn == nil {
		c.out.Reset()
		return
	}
	if c.out.Len() > 0 {
		c.conn.Send(c.out.Bytes())
		c.out.Reset()
	}
	if c.closing {
		c.close()
	}
}

// mute takes back what a command answered, from mark on, if its client wants no
// replies.
func (c *client) mute(mark int) {
	switch c.reply {
	case replyOff, replySkip:
		c.out.Truncate(mark)
	}
	if c.reply == replySkip {
		c.reply = replyOn
	}
	if c.reply == replySkipNext {
		c.reply = replySkip
	}
	c.catchUp()
}

// catchUp writes the messages that came during a command behind its reply.
func (c *client) catchUp() {
	c.out.Raw(c.later)
	c.later = c.later[:0]
}

// close ends the connection from this side.
func (c *client) close() {
	c.conn.Close()
	c.forget()
}

// forget takes the client out of all that knows it.
func (c *client) forget() {
	n := c.node
	n.seeLeft(c)
	n.unwatch(c)
	n.unsubscribeAll(c)
	n.untrack(c)
	n.unblock(c)
	c.parked = nil
	if c.replica != nil {
		n.repl.remove(c.replica)
	}
	if i := slices.Index(n.clients, c); i >= 0 {
		n.clients = slices.Delete(n.clients, i, i+1)
	}
}
