package server

import (
	"strconv"
	"strings"
)

// scanCount is how many values SCAN passes over unless COUNT says otherwise.
const scanCount = 10

func keyCommands() []*command {
	return []*command{
		{name: "del", arity: -2, flags: write, first: 1, last: -1, step: 1, run: (*Node).del},
		{name: "unlink", arity: -2, flags: write, first: 1, last: -1, step: 1, run: (*Node).del},
		{name: "exists", arity: -2, flags: read, first: 1, last: -1, step: 1, run: (*Node).exists},
		{name: "type", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).typeOf},
		{name: "ttl", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).ttl},
		{name: "pttl", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).ttl},
		{name: "keys", arity: 2, flags: read, run: (*Node).keysLike},
		{name: "scan", arity: -2, flags: read, run: (*Node).scan},
		{name: "dbsize", arity: 1, flags: read, run: (*Node).dbsize},
		{name: "flushall", arity: -1, flags: write, run: (*Node).flush},
		{name: "flushdb", arity: -1, flags: write, run: (*Node).flush},
	}
}

// typeName is what TYPE calls the value of a key; nil is none.
func (e *entry) typeName() string {
	switch {
	case e == nil:
		return "none"
	case e.items != nil:
		return "list"
	default:
		return "string"
	}
}

// remove takes a key away, and tells whether it was there.
func (n *Node) remove(key []byte) bool {
	k := string(key)
	if !n.keys.entries.remove(k) {
		return false
	}
	n.changed(k)
	return true
}

func (n *Node) del(c *client, args [][]byte) {
	count := int64(0)
	for _, key := range args[1:] {
		if n.remove(key) {
			count++
		}
	}
	c.out.Int(count)
}

func (n *Node) exists(c *client, args [][]byte) {
	count := int64(0)
	for _, key := range args[1:] {
		if n.keys.entries.get(string(key)) != nil {
			count++
		}
	}
	c.out.Int(count)
}

func (n *Node) typeOf(c *client, args [][]byte) {
	c.out.Simple(n.keys.entries.get(string(args[1])).typeName())
}

// ttl is TTL and PTTL: -1 of a key that is there, as none expires, else -2.
func (n *Node) ttl(c *client, args [][]byte) {
	if n.keys.entries.get(string(args[1])) == nil {
		c.out.Int(-2)
		return
	}
	c.out.Int(-1)
}

// keysLike is KEYS pattern.
func (n *Node) keysLike(c *client, args [][]byte) {
	pattern := string(args[1])
	var found []string
	for _, e := range n.keys.entries.order {
		if pattern == "*" || matches(pattern, e.key) {
			found = append(found, e.key)
		}
	}
	answerKeys(c, found)
}

func answerKeys(c *client, keys []string) {
	c.out.Array(len(keys))
	for _, key := range keys {
		c.out.BulkString(key)
	}
}

// scan is SCAN cursor [MATCH pattern] [COUNT count] [TYPE type].
func (n *Node) scan(c *client, args [][]byte) {
	cursor, ok := parseCursor(args[1])
	if !ok {
		c.fail("ERR invalid cursor")
		return
	}
	o, problem := parseScan(args[2:])
	if problem != "" {
		c.fail(problem)
		return
	}
	var found []string
	cursor = n.keys.entries.scan(cursor, o.count, func(e *entry) {
		if (o.pattern == "*" || matches(o.pattern, e.key)) && (o.kind == "" || o.kind == e.typeName()) {
			found = append(found, e.key)
		}
	})
	c.out.Array(2)
	c.out.BulkString(strconv.FormatUint(cursor, 10))
	answerKeys(c, found)
}

// parseCursor reads a cursor as strtoul does, which the server uses, but for a number
// below 0.
func parseCursor(b []byte) (uint64, bool) {
	s := strings.TrimPrefix(strings.TrimLeft(string(b), " \t\n\v\f\r"), "+")
	cursor, err := strconv.ParseUint(s, 10, 64)
	return cursor, err == nil
}

// scanOptions are the words behind SCAN cursor.
type scanOptions struct {
	pattern string
	count   int64
	kind    string // empty: all
}

// parseScan reads the words behind SCAN cursor. The problem is the answer to what is
// none.
func parseScan(args [][]byte) (o scanOptions, problem string) {
	o = scanOptions{pattern: "*", count: scanCount}
	for i := 0; i < len(args); i += 2 {
		if i+1 == len(args) {
			return o, syntaxError
		}
		value := args[i+1]
		switch upper(args[i]) {
		case "MATCH":
			o.pattern = string(value)
		case "COUNT":
			count, ok := parseInt(value)
			switch {
			case !ok:
				return o, notInteger
			case count < 1:
				return o, syntaxError
			}
			o.count = count
		case "TYPE":
			o.kind = strings.ToLower(string(value))
			if !isType(o.kind) {
				return o, "ERR unknown type name '" + string(value) + "'"
			}
		default:
			return o, syntaxError
		}
	}
	return o, ""
}

// isType tells whether a type is one that Valkey has.
func isType(name string) bool {
	switch name {
	case "string", "list", "set", "zset", "hash", "stream":
		return true
	}
	return false
}

func (n *Node) dbsize(c *client, _ [][]byte) { c.out.Int(int64(n.keys.entries.len())) }

// flush is FLUSHALL or FLUSHDB [ASYNC|SYNC]. It goes to replicas even if there was
// nothing.
func (n *Node) flush(c *client, args [][]byte) {
	if len(args) > 2 || len(args) == 2 && upper(args[1]) != "ASYNC" && upper(args[1]) != "SYNC" {
		c.fail(syntaxError)
		return
	}
	n.empty()
	c.out.OK()
}
