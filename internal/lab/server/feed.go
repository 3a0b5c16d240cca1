package server

import (
	"fmt"
	"strings"
	"time"

	"ricochet/internal/lab/protocol"
)

// The primary's side of replication: syncCommand, replconfCommand, masterTryPartialResync
// and replicationFeedReplicas of src/replication.c.

// replica is a server that follows this one.
type replica struct {
	client       *client
	host         string // that it announced; empty: where it comes from
	port         int    // that it listens on
	version      string
	marked       bool  // takes a transfer that ends with a mark (capa eof)
	continues    bool  // is told the ID when it may continue (capa psync2)
	online       bool  // has the data
	acknowledged int64 // offset that it said it has
	heard        time.Time
}

// name is the address that operators and FAILOVER know the replica by.
func (p *replica) name() (host string, port int) {
	if p.host != "" {
		return p.host, p.port
	}
	return p.client.addr().Addr().String(), p.port
}

// introduced is what a client has said of itself by REPLCONF.
func (c *client) introduced() *replica {
	if c.replica != nil {
		return c.replica
	}
	if c.candidate == nil {
		c.candidate = &replica{client: c}
	}
	return c.candidate
}

// replconf is REPLCONF option value ...
func (n *Node) replconf(c *client, args [][]byte) {
	if len(args)%2 == 0 {
		c.fail("ERR syntax error")
		return
	}
	for i := 1; i < len(args); i += 2 {
		value := string(args[i+1])
		switch p := c.introduced(); strings.ToLower(string(args[i])) {
		case "listening-port":
			port, ok := parseInt(args[i+1])
			if !ok {
				c.fail(notInteger)
				return
			}
			p.port = int(port)
		case "ip-address":
			p.host = value
		case "version":
			p.version = value
		case "capa":
			p.marked = p.marked || strings.EqualFold(value, "eof")
			p.continues = p.continues || strings.EqualFold(value, "psync2")
		case "ack": // has no answer
			if c.replica != nil {
				if offset, ok := parseInt(args[i+1]); ok {
					n.acknowledge(c.replica, offset)
				}
			}
			return
		case "getack": // for the primary to ask its replicas
			if n.repl.link != nil && c.obeyed() {
				n.repl.link.acknowledge()
			}
			return
		default:
			c.fail(fmt.Sprintf("ERR Unrecognized REPLCONF option: %s", args[i]))
			return
		}
	}
	c.out.OK()
}

// acknowledge hears that a replica has the stream up to an offset. One that has loaded
// a transfer is online from then on.
func (n *Node) acknowledge(p *replica, offset int64) {
	p.online = true
	p.heard = n.now()
	p.acknowledged = max(p.acknowledged, offset)
	n.serveWaiting()
}

// psync is PSYNC id offset [FAILOVER]: a server wants to follow this one. With FAILOVER
// it is this one's own primary, which hands its role over: it is taken, then the answer
// is that to an ordinary replica.
func (n *Node) psync(c *client, args [][]byte) {
	if c.replica != nil {
		return
	}
	if len(args) > 3 && strings.EqualFold(string(args[3]), "failover") {
		if !n.takeOver(c, string(args[1])) {
			return
		}
	} else if n.failover.state != noFailover {
		c.fail("NOMASTERLINK Can't SYNC while failing over")
		return
	}
	if n.repl.follows() && n.repl.state != linkConnected {
		c.fail("NOMASTERLINK Can't SYNC while not connected with my master")
		return
	}
	if c.out.Len() > 0 {
		c.fail("ERR SYNC and PSYNC are invalid with pending output")
		return
	}
	offset, ok := parseInt(args[2])
	if !ok {
		c.fail(notInteger)
		return
	}
	n.serveReplica(c, string(args[1]), offset)
}

// takeOver makes this server the primary, at its primary's request. It tells whether
// there is still something to answer.
func (n *Node) takeOver(c *client, id string) bool {
	switch {
	case n.options.Fault == RejectSync:
		c.fail("NOPERM User default has no permissions to run the 'psync' command")
		return false
	case !n.repl.follows():
		c.fail("ERR PSYNC FAILOVER can't be sent to a master.")
		return false
	case id != n.repl.id:
		c.fail("ERR PSYNC FAILOVER replid must match my replid.")
		return false
	}
	n.notice("takes over")
	n.promote()
	if n.options.Fault == DropLink {
		c.closing = true
	}
	return n.options.Fault == NoFault
}

// serveReplica gives a replica what it lacks of the stream, or all data if that is not
// known any more.
func (n *Node) serveReplica(c *client, id string, offset int64) {
	p := c.introduced()
	c.replica, c.candidate = p, nil
	r := &n.repl
	p.heard = n.now()
	if missing, ok := r.since(id, offset); ok {
		if p.continues {
			c.out.Simple("CONTINUE " + r.id)
		} else {
			c.out.Simple("CONTINUE")
		}
		c.out.Raw(missing)
		p.online = true
		p.acknowledged = offset - 1
	} else {
		if r.backlog == nil {
			r.backlog = []byte{}
			if !r.follows() {
				// A new stream: no ID of an earlier one says what is in it.
				r.id, r.id2, r.offset2 = n.hex40(), noID, -1
				r.offset++
			}
		}
		c.out.Simple(fmt.Sprintf("FULLRESYNC %s %d", r.id, r.offset))
		data := dump(n.keys)
		if p.marked {
			mark := n.hex40()
			c.out.Raw([]byte("$EOF:" + mark + "\r\n"))
			c.out.Raw(data)
			c.out.Raw([]byte(mark))
		} else {
			c.out.Raw([]byte(fmt.Sprintf("$%d\r\n", len(data))))
			c.out.Raw(data)
		}
		r.selected = r.follows() && r.selected
	}
	r.replicas = append(r.replicas, p)
}

// feed adds to the stream, and sends it to the replicas.
func (n *Node) feed(stream []byte) {
	r := &n.repl
	if r.backlog == nil {
		r.offset++ // so that it still tells that something changed
		return
	}
	if !r.selected {
		stream = append(protocol.AppendCommand(nil, "SELECT", "0"), stream...)
		r.selected = true
	}
	n.relay(stream)
}

// relay sends a piece of the stream to the replicas as it is.
func (n *Node) relay(stream []byte) {
	n.repl.keep(stream)
	for _, p := range n.repl.replicas {
		p.client.conn.Send(stream)
	}
}

// askForAcks has replicas say what they have, if a WAIT waits for it: not during the
// pause of a failover, which nothing may be written in.
func (n *Node) askForAcks() {
	if !n.repl.wanted || n.pauses.failover.on {
		return
	}
	n.repl.wanted = false
	if len(n.repl.replicas) > 0 {
		n.propagate([][][]byte{{[]byte("REPLCONF"), []byte("GETACK"), []byte("*")}})
	}
}
