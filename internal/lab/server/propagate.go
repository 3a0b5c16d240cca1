package server

import "ricochet/internal/lab/protocol"

// call runs a command, and passes it on to the replicas if it changed anything.
func (n *Node) call(r *request) {
	c := r.client
	before := n.dirty
	n.ran++
	n.instead = nil
	outer := n.running // EXEC, if this is one of its commands
	n.running = c
	r.cmd.run(n, c, r.args)
	n.running = outer
	n.track(r)
	if n.dirty > before && r.flags&noFeed == 0 {
		what := n.instead
		if what == nil {
			what = [][][]byte{r.args}
		}
		if m := c.multi; m != nil && m.running {
			m.changes = append(m.changes, what...)
		} else {
			n.propagate(what)
		}
		c.wrote = n.repl.offset
	}
	n.instead = nil
	if c.blocked != nil {
		n.see(Waits, c, r)
	} else {
		n.see(Ran, c, r)
	}
}

// passOn has replicas get other commands than the one that runs: BLPOP takes an
// element that LPOP takes there.
func (n *Node) passOn(args ...string) {
	words := make([][]byte, len(args))
	for i, a := range args {
		words[i] = []byte(a)
	}
	n.instead = append(n.instead, words)
}

// propagate sends commands to the replicas, several as a transaction. A replica passes
// on what its primary sends instead, byte for byte (sync.go).
func (n *Node) propagate(commands [][][]byte) {
	if n.repl.follows() {
		return
	}
	var stream []byte
	if len(commands) > 1 {
		stream = protocol.AppendCommand(stream, "MULTI")
	}
	for _, args := range commands {
		stream = protocol.AppendCommandBytes(stream, args)
	}
	if len(commands) > 1 {
		stream = protocol.AppendCommand(stream, "EXEC")
	}
	n.feed(stream)
}
