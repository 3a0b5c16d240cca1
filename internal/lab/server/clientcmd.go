package server

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// CLIENT, by which clients say what they are and can, and operators look at them.
// clientlist.go lists them, clientkill.go ends them, tracking.go is about their caches.

func clientCommands() []*command {
	return []*command{{name: "client", arity: -2, subs: []*command{
		{name: "caching", arity: 3, flags: stale, run: (*Node).clientCaching},
		{name: "capa", arity: -3, flags: stale, run: (*Node).clientCapa},
		{name: "getname", arity: 2, flags: stale, run: (*Node).clientGetName},
		{name: "getredir", arity: 2, flags: stale, run: (*Node).clientGetRedir},
		{name: "help", arity: 2, flags: stale, run: (*Node).help},
		{name: "id", arity: 2, flags: stale, run: (*Node).clientID},
		{name: "info", arity: 2, flags: stale, run: (*Node).clientInfo},
		{name: "kill", arity: -3, flags: stale, run: (*Node).clientKill},
		{name: "list", arity: -2, flags: stale, run: (*Node).clientList},
		{name: "no-evict", arity: 3, flags: stale, run: (*Node).clientNoEvict},
		{name: "no-touch", arity: 3, flags: stale, run: (*Node).clientNoTouch},
		{name: "pause", arity: -3, flags: stale, run: (*Node).clientPause},
		{name: "reply", arity: 3, flags: stale, run: (*Node).clientReply},
		{name: "setinfo", arity: 4, flags: stale, run: (*Node).clientSetInfo},
		{name: "setname", arity: 3, flags: stale, run: (*Node).clientSetName},
		{name: "tracking", arity: -3, flags: stale, run: (*Node).clientTracking},
		{name: "trackinginfo", arity: 2, flags: stale, run: (*Node).clientTrackingInfo},
		{name: "unblock", arity: -3, flags: stale, run: (*Node).clientUnblock},
		{name: "unpause", arity: 2, flags: stale, run: (*Node).clientUnpause},
	}}}
}

// clientCapa is CLIENT CAPA capability ... What the server does not know it ignores.
// Nothing takes a capability back.
func (n *Node) clientCapa(c *client, args [][]byte) {
	for _, a := range args[2:] {
		c.redirects = c.redirects || upper(a) == "REDIRECT"
	}
	c.out.OK()
}

// clientID is CLIENT ID.
func (n *Node) clientID(c *client, _ [][]byte) { c.out.Int(c.id) }

// clientGetName is CLIENT GETNAME.
func (n *Node) clientGetName(c *client, _ [][]byte) {
	if c.name == "" {
		c.out.Null()
		return
	}
	c.out.BulkString(c.name)
}

// clientSetName is CLIENT SETNAME name. An empty name is none.
func (n *Node) clientSetName(c *client, args [][]byte) {
	if !printable(args[2]) {
		c.fail(badName)
		return
	}
	c.name = string(args[2])
	c.out.OK()
}

// clientSetInfo is CLIENT SETINFO LIB-NAME name | LIB-VER version.
func (n *Node) clientSetInfo(c *client, args [][]byte) {
	var what *string
	switch upper(args[2]) {
	case "LIB-NAME":
		what = &c.library
	case "LIB-VER":
		what = &c.libraryVersion
	default:
		c.fail(fmt.Sprintf("ERR Unrecognized option '%s'", args[2]))
		return
	}
	if !printable(args[3]) {
		c.fail(fmt.Sprintf("ERR %s cannot contain spaces, newlines or special characters.", args[2]))
		return
	}
	*what = string(args[3])
	c.out.OK()
}

// clientReply is CLIENT REPLY ON | OFF | SKIP. Only ON is answered.
func (n *Node) clientReply(c *client, args [][]byte) {
	switch upper(args[2]) {
	case "ON":
		c.reply = replyOn
		c.out.OK()
	case "OFF":
		c.reply = replyOff
	case "SKIP":
		if c.reply != replyOff {
			c.reply = replySkipNext
		}
	default:
		c.fail(syntaxError)
	}
}

// clientPause is CLIENT PAUSE milliseconds [WRITE | ALL].
func (n *Node) clientPause(c *client, args [][]byte) {
	if len(args) > 4 {
		c.fail(wrongSubcommand(args))
		return
	}
	all := true
	if len(args) == 4 {
		switch upper(args[3]) {
		case "ALL":
		case "WRITE":
			all = false
		default:
			c.fail("ERR CLIENT PAUSE mode must be WRITE or ALL")
			return
		}
	}
	d, problem := parseTimeout(args[2], time.Millisecond)
	switch {
	case problem != "":
		c.fail(problem)
	case d > math.MaxInt64/2: // 146 years: the clock could not show its end
		c.fail("ERR timeout is out of range")
	default:
		n.pauseClients(all, n.now().Add(d))
		c.out.OK()
	}
}

// clientUnpause is CLIENT UNPAUSE. A failover's pause goes on.
func (n *Node) clientUnpause(c *client, _ [][]byte) {
	n.unpause(&n.pauses.operator)
	c.out.OK()
}

// wrongSubcommand answers a subcommand with too many words, where its arity allows
// them.
func wrongSubcommand(args [][]byte) string {
	return fmt.Sprintf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", args[1], upper(args[0]))
}

// clientNoEvict is CLIENT NO-EVICT ON | OFF. The lab evicts nobody.
func (n *Node) clientNoEvict(c *client, args [][]byte) { c.turn(&c.noEvict, args[2]) }

// clientNoTouch is CLIENT NO-TOUCH ON | OFF. The lab does not keep when a key was used.
func (n *Node) clientNoTouch(c *client, args [][]byte) { c.turn(&c.noTouch, args[2]) }

// turn sets a switch, and answers.
func (c *client) turn(what *bool, word []byte) {
	switch upper(word) {
	case "ON":
		*what = true
	case "OFF":
		*what = false
	default:
		c.fail(syntaxError)
		return
	}
	c.out.OK()
}

// clientUnblock is CLIENT UNBLOCK id [TIMEOUT | ERROR]: it ends a blocking command of
// another client, not what a pause holds.
func (n *Node) clientUnblock(c *client, args [][]byte) {
	fail := false
	switch {
	case len(args) > 4:
		c.fail(wrongSubcommand(args))
		return
	case len(args) < 4 || strings.EqualFold(string(args[3]), "timeout"):
	case strings.EqualFold(string(args[3]), "error"):
		fail = true
	default:
		c.fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		return
	}
	id, ok := parseInt(args[2])
	if !ok {
		c.fail(notInteger)
		return
	}
	i := slices.IndexFunc(n.clients, func(o *client) bool { return o.id == id && o.blocked != nil })
	if i < 0 {
		c.out.Int(0)
		return
	}
	other := n.clients[i]
	b := other.blocked
	n.unblock(other)
	if fail {
		other.fail("UNBLOCKED client unblocked via CLIENT UNBLOCK")
	} else {
		b.expire()
	}
	other.flush()
	// What it has sent meanwhile runs when this command is over.
	n.host.After(0, func() {
		other.drain()
		n.settle()
	})
	c.out.Int(1)
}
