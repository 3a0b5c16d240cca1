package server

import (
	"time"
)

// The handover of the primary role to a replica, as failoverCommand,
// updateFailoverStatus, syncWithPrimary and abortFailover of src/replication.c do it:
//
//	none          --FAILOVER-->                           waiting for sync: writes wait
//	waiting       --the replica has everything-->         in progress
//	waiting       --TIMEOUT, FORCE-->                     in progress
//	waiting       --TIMEOUT without FORCE, or ABORT-->    none: writes go on here
//	in progress   --+CONTINUE or +FULLRESYNC-->           none: a replica of the other
//	in progress   --any other answer to PSYNC FAILOVER--> none: primary again
//	in progress   --ABORT-->                              none: primary again
//
// In progress means: this server has made the other its primary, by name, and asks to
// be its replica with PSYNC ... FAILOVER, at which the other becomes a primary. Nothing
// limits how long that takes: TIMEOUT no longer counts. In between both are replicas,
// each of the other, and what clients are told then decides whether they bounce
// (order.go).

type failoverState int

const (
	noFailover failoverState = iota
	failoverWaitForSync
	failoverInProgress
)

// String is how INFO calls a state.
func (s failoverState) String() string {
	switch s {
	case failoverWaitForSync:
		return "waiting-for-sync"
	case failoverInProgress:
		return "failover-in-progress"
	default:
		return "no-failover"
	}
}

type failover struct {
	state failoverState
	host  string // of the target; empty: whichever replica catches up first
	port  int
	end   time.Time // of the wait for it; zero: it is not limited
	force bool      // goes on at the end, whatever the replica has
}

func failoverCommands() []*command {
	return []*command{
		{name: "failover", arity: -1, flags: stale, run: (*Node).failoverCommand},
	}
}

// failoverCommand is FAILOVER [TO host port [FORCE]] [TIMEOUT ms] | ABORT.
func (n *Node) failoverCommand(c *client, args [][]byte) {
	if n.cluster != nil {
		c.fail("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.")
		return
	}
	o, problem := parseFailover(args[1:])
	if problem != "" {
		c.fail(problem)
		return
	}
	if n.failover.state != noFailover {
		if !o.abort {
			c.fail("ERR FAILOVER already in progress.")
			return
		}
		n.abortFailover()
		c.out.OK()
		return
	}
	if problem := n.cannotFailover(o); problem != "" {
		c.fail(problem)
		return
	}
	n.failover = failover{state: failoverWaitForSync, host: o.host, port: o.port, force: o.force}
	if o.timeout > 0 {
		n.failover.end = n.now().Add(o.timeout)
		n.host.After(o.timeout, n.settle)
	}
	n.pauses.failover = pause{on: true}
	n.notice("failover: writes wait until the replica has everything")
	c.out.OK()
}

// cannotFailover says why the failover that was asked for is not possible; empty: it is.
func (n *Node) cannotFailover(o failoverOptions) string {
	switch {
	case o.abort:
		return "ERR No failover in progress."
	case n.repl.follows():
		return "ERR FAILOVER is not valid when server is a replica."
	case len(n.repl.replicas) == 0:
		return "ERR FAILOVER requires connected replicas."
	case o.force && (o.host == "" || o.timeout == 0):
		return "ERR FAILOVER with force option requires both a timeout and target HOST and IP."
	}
	if o.host != "" {
		target := n.repl.find(o.host, o.port)
		if target == nil {
			return "ERR FAILOVER target HOST and PORT is not a replica."
		}
		if !target.online {
			return "ERR FAILOVER target replica is not online."
		}
	}
	return ""
}

// updateFailover begins the handover when the replica has everything, and ends the
// wait for that. It runs after every event and ten times a second.
func (n *Node) updateFailover() {
	f := &n.failover
	if f.state != failoverWaitForSync {
		return
	}
	if !f.end.IsZero() && !n.now().Before(f.end) {
		if f.force {
			n.handOver(f.host, f.port)
		} else {
			n.abortFailover()
		}
		return
	}
	for _, r := range n.repl.replicas {
		host, port := r.name()
		if (f.host == "" || r == n.repl.find(f.host, f.port)) && r.online && r.acknowledged == n.repl.offset {
			if f.host == "" {
				f.host, f.port = host, port
			}
			n.handOver(f.host, f.port)
			return
		}
	}
}

// handOver makes the target this server's primary, by name. From now on this server
// asks it to be one.
func (n *Node) handOver(host string, port int) {
	n.failover.state = failoverInProgress
	n.failover.host, n.failover.port = host, port
	n.notice("failover in progress: a replica of %s:%d by name, and asks it to take over", host, port)
	n.follow(host, port)
}

// handedOver ends a handover that the other server has agreed to. Who waited is taken
// up again, and now there is somebody to redirect to.
func (n *Node) handedOver() {
	n.notice("failover done: %s:%d is the primary", n.repl.primaryHost, n.repl.primaryPort)
	n.failover = failover{}
	if n.options.Blocked == Redirect {
		n.releaseBlocked()
	}
	n.unpause(&n.pauses.failover)
}

// abortFailover ends a handover that failed: this server is the primary again. If the
// other has become one too, there are two now.
func (n *Node) abortFailover() {
	switch n.failover.state {
	case noFailover:
		return
	case failoverInProgress:
		n.promote()
	}
	n.notice("failover aborted: still the primary")
	n.failover = failover{}
	n.unpause(&n.pauses.failover)
}

// failoverOptions are the words of a FAILOVER command.
type failoverOptions struct {
	host         string
	port         int
	timeout      time.Duration
	force, abort bool
}

// parseFailover reads the words behind FAILOVER. The problem is the answer to what is
// none.
func parseFailover(args [][]byte) (o failoverOptions, problem string) {
	const syntax = "ERR syntax error"
	for i := 0; i < len(args); i++ {
		left := len(args) - 1 - i
		switch word := upper(args[i]); {
		case word == "TIMEOUT" && left > 0 && o.timeout == 0:
			ms, ok := parseInt(args[i+1])
			if !ok {
				return o, notInteger
			}
			if ms <= 0 {
				return o, "ERR FAILOVER timeout must be greater than 0"
			}
			o.timeout = time.Duration(ms) * time.Millisecond
			i++
		case word == "ABORT" && !o.abort:
			o.abort = true
		case word == "TO" && left > 1 && o.host == "":
			port, ok := parseInt(args[i+2])
			if !ok {
				return o, notInteger
			}
			o.host, o.port = string(args[i+1]), int(port)
			i += 2
		case word == "FORCE" && !o.force:
			o.force = true
		default:
			return o, syntax
		}
	}
	if o.abort && len(args) > 1 {
		return o, syntax
	}
	return o, ""
}
