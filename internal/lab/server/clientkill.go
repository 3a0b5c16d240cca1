package server

import (
	"fmt"
	"time"
)

// clientKill is CLIENT KILL address | option value ... Clients that all of the options
// describe are disconnected.
func (n *Node) clientKill(c *client, args [][]byte) {
	if len(args) == 3 {
		address := string(args[2])
		if n.kill(c, func(o *client) bool { return addrIs(o, address) }) == 0 {
			c.fail("ERR No such client")
			return
		}
		c.out.OK()
		return
	}
	o, problem := parseKill(args[2:])
	if problem != "" {
		c.fail(problem)
		return
	}
	now := n.now()
	c.out.Int(n.kill(c, func(other *client) bool {
		_, local := other.addrs()
		switch {
		case o.skipMe && other == c,
			o.id != 0 && other.id != o.id,
			o.address != "" && !addrIs(other, o.address),
			o.local != "" && local.String() != o.local,
			o.kind != 0 && other.kind() != o.kind,
			o.byUser && other.obeyed(),
			o.maxAge != 0 && now.Sub(other.created) < o.maxAge:
			return false
		}
		return true
	}))
}

// addrIs tells whether a client comes from an address.
func addrIs(c *client, address string) bool {
	addr, _ := c.addrs()
	return addr.String() == address
}

// kill disconnects the clients that are doomed, the one that asks for it once it has
// its answer.
func (n *Node) kill(c *client, doomed func(*client) bool) (count int64) {
	for _, o := range n.everyone() {
		if !doomed(o) {
			continue
		}
		count++
		switch {
		case o == c:
			c.closing = true
		case o.obeyed():
			n.repl.link.retry()
		default:
			o.close()
		}
	}
	return count
}

// killOptions are the words of CLIENT KILL. A zero value says nothing.
type killOptions struct {
	id             int64
	address, local string
	kind           clientType
	byUser         bool // USER default: all but the primary
	maxAge         time.Duration
	skipMe         bool
}

// parseKill reads the words behind CLIENT KILL. The problem is the answer to what is
// none.
func parseKill(args [][]byte) (o killOptions, problem string) {
	o.skipMe = true
	if len(args)%2 != 0 {
		return o, syntaxError
	}
	for ; len(args) > 0; args = args[2:] {
		value := args[1]
		switch upper(args[0]) {
		case "ID":
			id, ok := parseInt(value)
			if !ok || id < 1 {
				return o, "ERR client-id should be greater than 0"
			}
			o.id = id
		case "MAXAGE":
			age, ok := parseInt(value)
			if !ok {
				return o, "ERR maxage is not an integer or out of range"
			}
			if age < 1 {
				return o, "ERR maxage should be greater than 0"
			}
			o.maxAge = time.Duration(min(age, maxSeconds)) * time.Second
		case "TYPE":
			kind, ok := parseClientType(value)
			if !ok {
				return o, fmt.Sprintf("ERR Unknown client type '%s'", value)
			}
			o.kind = kind
		case "ADDR":
			o.address = string(value)
		case "LADDR":
			o.local = string(value)
		case "USER":
			if string(value) != userName {
				return o, fmt.Sprintf("ERR No such user '%s'", value)
			}
			o.byUser = true
		case "SKIPME":
			switch upper(value) {
			case "YES":
				o.skipMe = true
			case "NO":
				o.skipMe = false
			default:
				return o, syntaxError
			}
		default:
			return o, syntaxError
		}
	}
	return o, ""
}

// maxSeconds is how many seconds a time.Duration can have.
const maxSeconds = int64(1<<63-1) / int64(time.Second)
