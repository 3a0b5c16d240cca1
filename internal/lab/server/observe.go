package server

import (
	"net/netip"
	"time"
)

// What says what an observer sees.
type What int

const (
	_ What = iota
	// Came: a client has connected.
	Came
	// Ran: a command has run, in a transaction too. Error is what it answered.
	Ran
	// Refused: a command was answered with Error, and did not run or did not end.
	Refused
	// Waits: a command is not answered yet, be it a blocking one or held by a pause.
	Waits
	// Left: the connection ended before the command was answered.
	Left
	// Gone: the connection has ended.
	Gone
)

// Seen is something that happened to a client, of which the primary is none. Words are
// not to be changed, and may be kept.
type Seen struct {
	What         What
	At           time.Time
	Node, Client netip.AddrPort // both ends of the connection
	Words        [][]byte       // of the command, if it is about one
	Writes       bool           // the command changes data
	Reads        bool           // it reads data
	Error        string         // first word of the answer, if that was an error

	// What is known of the client.
	Name, Library, LibraryVersion string
	Redirects                     bool // it wants redirects
	Replica                       bool // it is a node that follows this one, or is about to
}

// see tells the observer what became of a client and of its request; nil: it is not
// about one.
func (n *Node) see(what What, c *client, r *request) {
	if n.options.Observe == nil || c.obeyed() {
		return
	}
	s := Seen{
		What: what, At: n.now(), Node: n.addr, Client: c.addr(), Error: c.failed,
		Name: c.name, Library: c.library, LibraryVersion: c.libraryVersion,
		Redirects: c.redirects, Replica: c.replica != nil || c.candidate != nil,
	}
	if r != nil {
		s.Words, s.Writes, s.Reads = r.args, r.flags&write != 0, r.flags&read != 0
	}
	c.failed = ""
	n.options.Observe(s)
}

// seeLeft tells the observer of all that a client has asked for and was not answered.
func (n *Node) seeLeft(c *client) {
	if n.options.Observe == nil || c.obeyed() {
		return
	}
	switch {
	case c.parked != nil:
		n.see(Left, c, c.parked)
	case c.blocked != nil:
		n.see(Left, c, c.blocked.request)
	}
	for {
		args, ok, err := c.in.Next()
		if !ok || err != nil {
			break
		}
		r := &request{client: c, args: args}
		if r.cmd = n.lookup(args); r.cmd != nil {
			r.flags = r.cmd.flags
		}
		n.see(Left, c, r)
	}
	n.see(Gone, c, nil)
}
