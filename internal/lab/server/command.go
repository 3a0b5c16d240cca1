package server

import (
	"slices"
	"strings"
)

// flags say what a command is like, for the checks of order.go. Their meanings are
// those of the server's CMD_ flags.
type flags int

const (
	write        flags = 1 << iota // changes data
	read                           // reads data: on a replica of a client that wants redirects it is sent on
	mayReplicate                   // sends something to replicas though it is no write: PUBLISH
	stale                          // runs on a replica whose primary is away
	subscribed                     // runs while subscribed in RESP2
	noMulti                        // not within MULTI
	unqueued                       // within MULTI it runs at once
	leaves                         // ends subscriptions: not without any
	noFeed                         // changes are not passed on: replication has commands of its own
)

// command is one command, or one subcommand of a container.
type command struct {
	name  string // in lower case; of a subcommand without its container's
	arity int    // words, with the name; negative: at least so many
	flags flags
	// The first and the last word that is a key, and the step between them. A last
	// below 0 counts from the end. A first of 0: no keys.
	first, last, step int
	keys              func(args [][]byte) [][]byte // finds them instead, if not nil
	run               func(n *Node, c *client, args [][]byte)
	subs              []*command // of a container
	parent            string     // the container, for its subcommands
}

// commands is the table of all commands, by name.
func commands() map[string]*command {
	table := map[string]*command{}
	for _, family := range [][]*command{
		stringCommands(), listCommands(), keyCommands(), transactionCommands(),
		connectionCommands(), clientCommands(), subscriptionCommands(), infoCommands(),
		configCommands(), replicationCommands(), failoverCommands(), clusterCommands(),
	} {
		for _, c := range family {
			for _, sub := range c.subs {
				sub.parent = c.name
			}
			table[c.name] = c
		}
	}
	return table
}

// fullName is how errors and statistics call the command.
func (c *command) fullName() string {
	if c.parent != "" {
		return c.parent + "|" + c.name
	}
	return c.name
}

// lookup finds the command of a request; nil: there is none. A container without a
// subcommand is found as itself.
func (n *Node) lookup(args [][]byte) *command {
	c := n.commands[strings.ToLower(string(args[0]))]
	if c == nil || c.subs == nil || len(args) < 2 {
		return c
	}
	name := strings.ToLower(string(args[1]))
	i := slices.IndexFunc(c.subs, func(s *command) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return c.subs[i]
}

// keysOf is the keys among the words of a command.
func (c *command) keysOf(args [][]byte) [][]byte {
	if c.keys != nil {
		return c.keys(args)
	}
	if c.first == 0 || c.first >= len(args) {
		return nil
	}
	last := c.last
	if last < 0 {
		last += len(args)
	}
	var keys [][]byte
	for i := c.first; i <= last && i < len(args); i += c.step {
		keys = append(keys, args[i])
	}
	return keys
}

// arityOK tells whether a command may have so many words.
func (c *command) arityOK(words int) bool {
	return words == c.arity || c.arity < 0 && words >= -c.arity
}
