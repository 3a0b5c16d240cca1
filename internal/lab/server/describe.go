package server

import (
	"maps"
	"slices"
	"strings"
)

// COMMAND, by which clients find out what the server can do and where in a command its
// keys are.

func commandCommand() *command {
	return &command{name: "command", arity: -1, flags: stale, run: (*Node).commandAll, subs: []*command{
		{name: "count", arity: 2, flags: stale, run: (*Node).commandCount},
		{name: "docs", arity: -2, flags: stale, run: (*Node).commandDocs},
		{name: "getkeys", arity: -3, flags: stale, run: (*Node).commandGetKeys},
		{name: "info", arity: -2, flags: stale, run: (*Node).commandInfo},
		{name: "help", arity: 2, flags: stale, run: (*Node).help},
	}}
}

// commandAll is COMMAND.
func (n *Node) commandAll(c *client, _ [][]byte) {
	c.out.Array(len(n.commands))
	for _, name := range slices.Sorted(maps.Keys(n.commands)) {
		c.describe(n.commands[name])
	}
}

// commandCount is COMMAND COUNT.
func (n *Node) commandCount(c *client, _ [][]byte) { c.out.Int(int64(len(n.commands))) }

// commandDocs is COMMAND DOCS, which valkey-cli begins with. There are none here.
func (n *Node) commandDocs(c *client, _ [][]byte) { c.out.Map(0) }

// commandInfo is COMMAND INFO [name ...]. A subcommand is named container|name.
func (n *Node) commandInfo(c *client, args [][]byte) {
	if len(args) == 2 {
		n.commandAll(c, args)
		return
	}
	c.out.Array(len(args) - 2)
	for _, a := range args[2:] {
		name, sub, nested := strings.Cut(string(a), "|")
		words := [][]byte{[]byte(name)}
		if nested {
			words = append(words, []byte(sub))
		}
		if cmd := n.lookup(words); cmd != nil && nested == (cmd.parent != "") {
			c.describe(cmd)
		} else {
			c.out.Null()
		}
	}
}

// commandGetKeys is COMMAND GETKEYS command ...
func (n *Node) commandGetKeys(c *client, args [][]byte) {
	words := args[2:]
	cmd := n.lookup(words)
	switch {
	case cmd == nil:
		c.fail("ERR Invalid command specified")
		return
	case cmd.first == 0:
		c.fail("ERR The command has no key arguments")
		return
	case !cmd.arityOK(len(words)):
		c.fail("ERR Invalid number of arguments specified for command")
		return
	}
	keys := cmd.keysOf(words)
	c.out.Array(len(keys))
	for _, k := range keys {
		c.out.Bulk(k)
	}
}

// describe writes what COMMAND says of a command: name, arity, flags, places of keys.
// What the lab has no use for is empty: categories, tips and specifications of keys.
func (c *client) describe(cmd *command) {
	c.out.Array(10)
	c.out.BulkString(cmd.fullName())
	c.out.Int(int64(cmd.arity))
	names := cmd.flags.names()
	c.out.Set(len(names))
	for _, name := range names {
		c.out.Simple(name)
	}
	c.out.Int(int64(cmd.first))
	c.out.Int(int64(cmd.last))
	c.out.Int(int64(cmd.step))
	c.out.Set(0)
	c.out.Set(0)
	c.out.Set(0)
	if cmd.subs == nil {
		c.out.Set(0)
		return
	}
	c.out.Array(len(cmd.subs))
	for _, sub := range cmd.subs {
		c.describe(sub)
	}
}

// names is what COMMAND calls the flags that it knows.
func (f flags) names() []string {
	var names []string
	for _, known := range []struct {
		flag flags
		name string
	}{
		{write, "write"}, {read, "readonly"}, {stale, "stale"}, {noMulti, "no_multi"},
	} {
		if f&known.flag != 0 {
			names = append(names, known.name)
		}
	}
	return names
}

// help is the subcommand HELP of every container.
func (n *Node) help(c *client, args [][]byte) {
	container := n.commands[strings.ToLower(string(args[0]))]
	c.out.Array(1 + len(container.subs))
	c.out.Simple(strings.ToUpper(container.name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, sub := range container.subs {
		c.out.Simple(strings.ToUpper(sub.name))
	}
}
