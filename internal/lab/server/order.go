package server

import (
	"fmt"
	"strings"
)

// A command passes through checks before it runs, and their order is what valkey #821
// is about. This file is processCommand of src/server.c, reduced to what the lab has.
// The numbers are those of the steps there, as listed in the comment of each check.

// request is a command on its way.
type request struct {
	client *client
	args   [][]byte
	cmd    *command
	flags  flags // the command's; of EXEC those of the queued commands too
}

// outcome is what a check makes of a request.
type outcome int

const (
	pass   outcome = iota // on to the next check
	done                  // it was answered
	parked                // it waits, unanswered, and will be checked anew
)

// check is one step. It answers the request itself if it does not let it pass.
type check struct {
	name   string
	decide func(*Node, *request) outcome
}

// order is what a command has to pass, in this order.
//
// The two orders differ in one place. While a server hands its role over it is a
// replica of its replica, by name, though that one is not yet a primary. If it sends
// clients there at once, the other sends them back: they bounce until the handover is
// over. The fix keeps them waiting, and redirects them when there is somebody to
// redirect them to. The pause of all writes, the last check, comes too late for that:
// by then they have been sent away; and it never holds reads.
func order(o Order) []check {
	switch o {
	case RedirectFirst:
		return []check{
			{"not migrating keys", notMigrating},
			{"known", known},
			{"allowed in a transaction", allowedInTransaction},
			{"slot is served here", slotServed},
			{"redirect to the primary", redirect},
			{"not a read-only replica", notReadOnlyReplica},
			{"not subscribed", notSubscribed},
			{"primary is there", primaryThere},
			{"not paused", notPaused},
		}
	default:
		return []check{
			{"not migrating keys", notMigrating},
			{"known", known},
			{"allowed in a transaction", allowedInTransaction},
			{"slot is served here", slotServed},
			{"not handing over", notHandingOver}, // valkey #871
			{"redirect to the primary", redirectTransactions},
			{"not a read-only replica", notReadOnlyReplica},
			{"not subscribed", notSubscribed},
			{"primary is there", primaryThere},
			{"not paused", notPaused},
		}
	}
}

// process lets a request pass through the checks, and runs or queues it if it does.
func (n *Node) process(r *request) {
	c := r.client
	mark := c.out.Len()
	c.failed = ""
	for _, k := range n.checks {
		switch k.decide(n, r) {
		case done:
			n.see(Refused, c, r)
			c.endAsking(r)
			c.mute(mark)
			return
		case parked:
			c.parked = r
			n.see(Waits, c, r)
			return
		}
	}
	if c.multi != nil && r.cmd.flags&unqueued == 0 {
		n.queue(r)
	} else {
		n.call(r)
		n.serveBlocked()
	}
	c.endAsking(r)
	c.mute(mark)
}

// refuse answers a request with an error. Within MULTI that spoils the transaction, and
// an EXEC that is refused ends it (rejectCommand).
func (n *Node) refuse(r *request, text string) outcome {
	if r.cmd != nil && r.cmd.name == "exec" {
		text = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(text, "ERR ")
	}
	return n.sendAway(r, text)
}

// sendAway answers a request with a redirect, or what is as good as one. An EXEC gets it
// as it is.
func (n *Node) sendAway(r *request, text string) outcome {
	r.client.fail(text)
	switch {
	case r.client.multi == nil:
	case r.cmd != nil && r.cmd.name == "exec":
		n.discard(r.client)
	default:
		r.client.multi.spoilt = true
	}
	return done
}

// known is steps 2 and 3: there is such a command, with so many words.
func known(n *Node, r *request) outcome {
	switch strings.ToLower(string(r.args[0])) {
	case "post", "host:": // HTTP: somebody's browser was made to talk to the server
		r.client.out.Reset()
		r.client.closing = true
		return done
	}
	r.cmd = n.lookup(r.args)
	r.client.last = ""
	if r.cmd == nil {
		return n.refuse(r, n.unknown(r.args))
	}
	r.client.last = r.cmd.fullName()
	if !r.cmd.arityOK(len(r.args)) || r.cmd.run == nil {
		return n.refuse(r, fmt.Sprintf("ERR wrong number of arguments for '%s' command", r.cmd.fullName()))
	}
	r.flags = r.cmd.flags
	if m := r.client.multi; m != nil && r.cmd.name == "exec" {
		r.flags |= m.flags
		if m.current {
			r.flags &^= stale
		}
	}
	return pass
}

// unknown is the answer to what is no command.
func (n *Node) unknown(args [][]byte) string {
	clip := func(b []byte) string { return string(b[:min(len(b), 128)]) }
	if c := n.commands[strings.ToLower(string(args[0]))]; c != nil {
		return fmt.Sprintf("ERR unknown subcommand '%s'. Try %s HELP.", clip(args[1]), strings.ToUpper(c.name))
	}
	var rest strings.Builder
	for _, a := range args[1:] {
		if rest.Len() >= 128 {
			break
		}
		fmt.Fprintf(&rest, "'%s' ", clip(a))
	}
	return fmt.Sprintf("ERR unknown command '%s', with args beginning with: %s", clip(args[0]), rest.String())
}

// allowedInTransaction is step 4.
func allowedInTransaction(n *Node, r *request) outcome {
	if r.client.multi != nil && r.flags&noMulti != 0 {
		return n.refuse(r, "ERR Command not allowed inside a transaction")
	}
	return pass
}

// slotServed is step 5: in a cluster, keys are served where their slot is.
func slotServed(n *Node, r *request) outcome {
	if n.cluster == nil || r.client.obeyed() {
		return pass
	}
	if text := n.cluster.redirection(r); text != "" {
		return n.sendAway(r, text)
	}
	return pass
}

// sentOn tells whether a request is one that a replica sends on to its primary: its
// client can follow, and it writes, or reads and did not say that old data will do.
func (n *Node) sentOn(r *request) bool {
	return n.cluster == nil && n.repl.follows() && r.client.redirects && !r.client.obeyed() &&
		(r.flags&write != 0 || r.flags&read != 0 && !r.client.readOnly)
}

// notHandingOver is step 6 since valkey #871, the first half: who would be sent to the
// new primary waits until it is one.
func notHandingOver(n *Node, r *request) outcome {
	if n.failover.state == failoverInProgress && n.sentOn(r) {
		return parked
	}
	return pass
}

// redirect is step 6 of 8.0.0-rc1: no word of handovers, nor of transactions.
func redirect(n *Node, r *request) outcome {
	if !n.sentOn(r) {
		return pass
	}
	r.client.fail(n.redirection())
	return done
}

// redirectTransactions is the second half of step 6 since 8.0.0-rc2: a redirected
// command spoils its transaction (valkey #895).
func redirectTransactions(n *Node, r *request) outcome {
	if !n.sentOn(r) {
		return pass
	}
	return n.sendAway(r, n.redirection())
}

// redirection names the primary, as the operator named it, an IPv6 address without
// brackets.
func (n *Node) redirection() string {
	return fmt.Sprintf("REDIRECT %s:%d", n.repl.primaryHost, n.repl.primaryPort)
}

// notReadOnlyReplica is step 10.
func notReadOnlyReplica(n *Node, r *request) outcome {
	if n.repl.follows() && n.settings.readOnlyReplica && !r.client.obeyed() && r.flags&write != 0 {
		return n.refuse(r, "READONLY You can't write against a read only replica.")
	}
	return pass
}

// notSubscribed is step 11: RESP2 cannot tell replies from messages.
func notSubscribed(n *Node, r *request) outcome {
	c := r.client
	if c.out.Version == 2 && len(c.channels)+len(c.patterns) > 0 && r.flags&subscribed == 0 {
		return n.refuse(r, fmt.Sprintf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", r.cmd.fullName()))
	}
	if r.flags&leaves != 0 && c.subscriptions() == 0 {
		return n.refuse(r, fmt.Sprintf("NOSUB '%s' command executed not in subscribed mode", r.cmd.fullName()))
	}
	return pass
}

// primaryThere is step 12.
func primaryThere(n *Node, r *request) outcome {
	if n.repl.follows() && n.repl.state != linkConnected && n.options.RefuseStale && r.flags&stale == 0 {
		return n.refuse(r, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
	}
	return pass
}

// notPaused is step 16: CLIENT PAUSE, and the pause of writes during a failover.
func notPaused(n *Node, r *request) outcome {
	if r.client.replica != nil || r.client.obeyed() {
		return pass
	}
	if n.pauses.all() || n.pauses.writes() && r.flags&(write|mayReplicate) != 0 {
		return parked
	}
	return pass
}
