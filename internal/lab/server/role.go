package server

import (
	"strings"
	"time"
)

// The commands that operators and replicas speak about roles with.

func replicationCommands() []*command {
	return []*command{
		{name: "replicaof", arity: 3, flags: stale, run: (*Node).replicaof},
		{name: "slaveof", arity: 3, flags: stale, run: (*Node).replicaof},
		{name: "role", arity: 1, flags: stale, run: (*Node).role},
		{name: "wait", arity: 3, run: (*Node).wait},
		{name: "replconf", arity: -1, flags: stale, run: (*Node).replconf},
		{name: "psync", arity: -3, flags: noMulti, run: (*Node).psync},
		{name: "readonly", arity: 1, flags: stale, run: (*Node).readonly},
		{name: "readwrite", arity: 1, flags: stale, run: (*Node).readwrite},
	}
}

// replicaof is REPLICAOF host port | NO ONE.
func (n *Node) replicaof(c *client, args [][]byte) {
	switch {
	case n.cluster != nil:
		c.fail("ERR REPLICAOF not allowed in cluster mode.")
		return
	case n.failover.state != noFailover:
		c.fail("ERR REPLICAOF not allowed while failing over.")
		return
	case upper(args[1]) == "NO" && upper(args[2]) == "ONE":
		n.promote()
		c.out.OK()
		return
	case c.replica != nil:
		c.fail("ERR Command is not valid when client is a replica.")
		return
	}
	port, ok := parseInt(args[2])
	if !ok || port < 0 || port > 65535 {
		c.fail("ERR Invalid master port")
		return
	}
	if host := string(args[1]); strings.EqualFold(host, n.repl.primaryHost) && int(port) == n.repl.primaryPort {
		c.out.Simple("OK Already connected to specified master")
	} else {
		n.follow(host, int(port))
		c.out.OK()
	}
}

// role is ROLE.
func (n *Node) role(c *client, _ [][]byte) {
	r := &n.repl
	if r.follows() {
		offset := int64(-1)
		if r.state == linkConnected {
			offset = r.offset
		}
		c.out.Array(5)
		c.out.BulkString("slave")
		c.out.BulkString(r.primaryHost)
		c.out.Int(int64(r.primaryPort))
		c.out.BulkString(r.state.String())
		c.out.Int(offset)
		return
	}
	c.out.Array(3)
	c.out.BulkString("master")
	c.out.Int(r.offset)
	var online []*replica
	for _, p := range r.replicas {
		if p.online {
			online = append(online, p)
		}
	}
	c.out.Array(len(online))
	for _, p := range online {
		host, port := p.name()
		c.out.Array(3)
		c.out.BulkString(host)
		c.out.BulkString(itoa(int64(port)))
		c.out.BulkString(itoa(p.acknowledged))
	}
}

// wait is WAIT numreplicas timeout.
func (n *Node) wait(c *client, args [][]byte) {
	if n.repl.follows() {
		c.fail("ERR WAIT cannot be used with replica instances. Please also note that if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.")
		return
	}
	number, ok := parseInt(args[1])
	if !ok {
		c.fail(notInteger)
		return
	}
	timeout, problem := parseTimeout(args[2], time.Millisecond)
	if problem != "" {
		c.fail(problem)
		return
	}
	have := func() int64 {
		count := int64(0)
		for _, p := range n.repl.replicas {
			if p.online && p.acknowledged >= c.wrote {
				count++
			}
		}
		return count
	}
	if have() >= number || c.multi != nil {
		c.out.Int(have())
		return
	}
	n.repl.wanted = true
	n.block(c, &blocked{
		request: &request{client: c, args: args},
		serve: func(string) bool {
			if have() < number {
				return false
			}
			c.out.Int(have())
			return true
		},
		expire: func() { c.out.Int(have()) },
	}, timeout)
}

// serveWaiting answers the WAITs that have been waiting for an acknowledgement.
func (n *Node) serveWaiting() {
	for _, c := range n.clients {
		if b := c.blocked; b != nil && len(b.keys) == 0 && b.serve("") {
			n.unblock(c)
			c.drain()
		}
	}
}

// readonly is READONLY: the client reads from replicas, and takes old data.
func (n *Node) readonly(c *client, _ [][]byte) {
	c.readOnly = true
	c.out.OK()
}

// readwrite is READWRITE.
func (n *Node) readwrite(c *client, _ [][]byte) {
	c.readOnly = false
	c.out.OK()
}
