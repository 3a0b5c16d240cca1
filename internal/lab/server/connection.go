package server

import (
	"fmt"
	"strings"
)

// The commands by which a client says who it is and how it wants to be spoken to.

func connectionCommands() []*command {
	return []*command{
		{name: "ping", arity: -1, flags: subscribed, run: (*Node).ping},
		{name: "echo", arity: 2, flags: stale, run: (*Node).echo},
		{name: "select", arity: 2, flags: stale, run: (*Node).selectDatabase},
		{name: "quit", arity: -1, flags: stale | subscribed | unqueued, run: (*Node).quit},
		{name: "reset", arity: 1, flags: stale | subscribed | unqueued, run: (*Node).reset},
		{name: "auth", arity: -2, flags: stale, run: (*Node).auth},
		{name: "hello", arity: -1, flags: stale, run: (*Node).hello},
		commandCommand(),
	}
}

// ping is PING [message]. While subscribed in RESP2 it is answered in the form of a
// message, for a client there expects nothing else.
func (n *Node) ping(c *client, args [][]byte) {
	if len(args) > 2 {
		c.fail("ERR wrong number of arguments for 'ping' command")
		return
	}
	var message []byte
	if len(args) == 2 {
		message = args[1]
	}
	switch {
	case c.subscriptions() > 0 && c.out.Version == 2:
		c.out.Array(2)
		c.out.BulkString("pong")
		c.out.Bulk(message)
	case len(args) == 2:
		c.out.Bulk(message)
	default:
		c.out.Simple("PONG")
	}
}

// echo is ECHO message.
func (n *Node) echo(c *client, args [][]byte) { c.out.Bulk(args[1]) }

// selectDatabase is SELECT index. The lab has one database, as a server that is set
// to `databases 1`.
func (n *Node) selectDatabase(c *client, args [][]byte) {
	switch index, ok := parseInt(args[1]); {
	case !ok:
		c.fail(notInteger)
	case index != int64(int32(index)):
		c.fail("ERR value is out of range, value must between -2147483648 and 2147483647")
	case index != 0 && n.cluster != nil:
		c.fail("ERR SELECT is not allowed in cluster mode")
	case index != 0:
		c.fail("ERR DB index is out of range")
	default:
		c.out.OK()
	}
}

// quit is QUIT.
func (n *Node) quit(c *client, _ [][]byte) {
	c.out.OK()
	c.closing = true
}

// reset is RESET: the connection is as if it were new, but for what says something of
// its client: the capability to follow redirects, and the name of its library.
func (n *Node) reset(c *client, _ [][]byte) {
	if c.replica != nil || c.obeyed() {
		c.fail("ERR can only reset normal client connections")
		return
	}
	n.untrack(c)
	n.discard(c)
	n.unsubscribeAll(c)
	c.out.Version = 2
	c.name = ""
	c.readOnly, c.asking, c.noEvict, c.noTouch = false, false, false, false
	c.reply = replyOn
	c.out.Simple("RESET")
}

// auth is AUTH [username] password. There is one user, and it needs no password.
func (n *Node) auth(c *client, args [][]byte) {
	switch {
	case len(args) > 3:
		c.fail(syntaxError)
	case len(args) == 2:
		c.fail("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case string(args[1]) != userName:
		c.fail(wrongPassword)
	default:
		c.out.OK()
	}
}

const (
	userName      = "default"
	wrongPassword = "WRONGPASS invalid username-password pair or user is disabled."
)

// hello is HELLO [version [AUTH username password] [SETNAME name]]. Nothing changes
// unless all of it can be done.
func (n *Node) hello(c *client, args [][]byte) {
	version := c.out.Version
	if len(args) > 1 {
		v, ok := parseInt(args[1])
		if !ok {
			c.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if v < 2 || v > 3 {
			c.fail("NOPROTO unsupported protocol version")
			return
		}
		version = int(v)
	}
	user, name := userName, c.name
	for i := 2; i < len(args); i++ {
		left := len(args) - 1 - i
		switch option := upper(args[i]); {
		case option == "AUTH" && left >= 2:
			user = string(args[i+1])
			i += 2
		case option == "SETNAME" && left >= 1:
			if !printable(args[i+1]) {
				c.fail(badName)
				return
			}
			name = string(args[i+1])
			i++
		default:
			c.fail(fmt.Sprintf("ERR Syntax error in HELLO option '%s'", args[i]))
			return
		}
	}
	if user != userName {
		c.fail(wrongPassword)
		return
	}
	c.name = name
	c.out.Version = version
	n.greet(c)
}

// greet says what the server is, in the protocol that was agreed on.
func (n *Node) greet(c *client) {
	mode, role := "standalone", "master"
	if n.cluster != nil {
		mode = "cluster"
	}
	if n.repl.follows() {
		role = "replica"
	}
	c.out.Map(7)
	c.pair("server", "valkey")
	c.pair("version", n.version())
	c.out.BulkString("proto")
	c.out.Int(int64(c.out.Version))
	c.out.BulkString("id")
	c.out.Int(c.id)
	c.pair("mode", mode)
	c.pair("role", role)
	c.out.BulkString("modules")
	c.out.Array(0)
}

// pair writes a name and a value as two strings.
func (c *client) pair(name, value string) {
	c.out.BulkString(name)
	c.out.BulkString(value)
}

// badName answers a name that CLIENT LIST could not show.
const badName = "ERR Client names cannot contain spaces, newlines or special characters."

// printable tells whether a word can stand in a line of CLIENT LIST
// (validateClientAttr of src/networking.c).
func printable(word []byte) bool {
	return !strings.ContainsFunc(string(word), func(r rune) bool { return r < '!' || r > '~' })
}

// version is what the server calls itself. 8.0.0-rc1 had the number of the development
// branch; so had rc2, which has the fix.
func (n *Node) version() string {
	if n.options.Order == RedirectFirst {
		return "7.9.240"
	}
	return "8.0.1"
}
