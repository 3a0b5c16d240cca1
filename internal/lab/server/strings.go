package server

import (
	"math"
	"slices"
	"strconv"
)

const (
	syntaxError = "ERR syntax error"
	wrongType   = "WRONGTYPE Operation against a key holding the wrong kind of value"
	// maxString bounds what APPEND makes, in bytes: proto-max-bulk-len, which bounds
	// what a client can send at once.
	maxString = 512 << 20
)

func stringCommands() []*command {
	return []*command{
		{name: "get", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).get},
		{name: "set", arity: -3, flags: write, first: 1, last: 1, step: 1, run: (*Node).set},
		{name: "getset", arity: 3, flags: write, first: 1, last: 1, step: 1, run: (*Node).getset},
		{name: "getdel", arity: 2, flags: write, first: 1, last: 1, step: 1, run: (*Node).getdel},
		{name: "setnx", arity: 3, flags: write, first: 1, last: 1, step: 1, run: (*Node).setnx},
		{name: "mset", arity: -3, flags: write, first: 1, last: -1, step: 2, run: (*Node).mset},
		{name: "mget", arity: -2, flags: read, first: 1, last: -1, step: 1, run: (*Node).mget},
		{name: "append", arity: 3, flags: write, first: 1, last: 1, step: 1, run: (*Node).append},
		{name: "strlen", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).strlen},
		{name: "incr", arity: 2, flags: write, first: 1, last: 1, step: 1, run: (*Node).incr},
		{name: "decr", arity: 2, flags: write, first: 1, last: 1, step: 1, run: (*Node).decr},
		{name: "incrby", arity: 3, flags: write, first: 1, last: 1, step: 1, run: (*Node).incrby},
		{name: "decrby", arity: 3, flags: write, first: 1, last: 1, step: 1, run: (*Node).decrby},
	}
}

// stringAt returns the entry of a key that has to hold a string, or nothing: nil. If it
// holds something else, that is answered and ok is false.
func (n *Node) stringAt(c *client, key []byte) (e *entry, ok bool) {
	e = n.keys.entries.get(string(key))
	if e != nil && e.items != nil {
		c.fail(wrongType)
		return nil, false
	}
	return e, true
}

// store gives a key a string as its value. The words of a command may be stored: they
// are never used again. But they may lie side by side, so none may grow in its place.
func (n *Node) store(key, text []byte) {
	k := string(key)
	if e := n.keys.entries.get(k); e != nil && e.items == nil {
		e.text = slices.Clip(text)
	} else {
		n.keys.entries.set(k, &entry{text: slices.Clip(text)})
	}
	n.changed(k)
}

// answerText answers with the string of an entry, or that there is none.
func answerText(c *client, e *entry) {
	if e == nil {
		c.out.Null()
		return
	}
	c.out.Bulk(e.text)
}

func (n *Node) get(c *client, args [][]byte) {
	if e, ok := n.stringAt(c, args[1]); ok {
		answerText(c, e)
	}
}

// set is SET key value [NX|XX] [GET] [KEEPTTL]. An expiry is refused: see parseSet.
func (n *Node) set(c *client, args [][]byte) {
	o, problem := parseSet(args[3:])
	if problem != "" {
		c.fail(problem)
		return
	}
	there := n.keys.entries.get(string(args[1])) != nil
	if o.get {
		old, ok := n.stringAt(c, args[1])
		if !ok {
			return
		}
		answerText(c, old)
	}
	if o.absent && there || o.present && !there {
		if !o.get {
			c.out.Null()
		}
		return
	}
	n.store(args[1], args[2])
	if !o.get {
		c.out.OK()
		return
	}
	// What was there does not matter to replicas.
	var rest []string
	for i, a := range args {
		if i < 3 || upper(a) != "GET" {
			rest = append(rest, string(a))
		}
	}
	n.passOn(rest...)
}

// setOptions are the words behind SET key value.
type setOptions struct {
	absent, present bool // NX, XX
	get             bool
}

// noExpiry answers what would give a key an end. To take the option and forget it would
// be a lie that a client could only find out by waiting.
const noExpiry = "ERR keys do not expire in the lab: SET takes no EX, PX, EXAT or PXAT"

// parseSet reads the words behind SET key value. The problem is the answer to what is
// none. An expiry is checked as the server does, and then refused.
func parseSet(args [][]byte) (o setOptions, problem string) {
	var keep bool
	var end []byte
	for i := 0; i < len(args); i++ {
		switch word := upper(args[i]); {
		case word == "NX" && !o.present:
			o.absent = true
		case word == "XX" && !o.absent:
			o.present = true
		case word == "GET":
			o.get = true
		case word == "KEEPTTL" && end == nil:
			keep = true
		case isExpiry(word) && !keep && end == nil && i+1 < len(args):
			end = args[i+1]
			i++
		default:
			return o, syntaxError
		}
	}
	if end == nil {
		return o, ""
	}
	switch v, ok := parseInt(end); {
	case !ok:
		return o, notInteger
	case v <= 0:
		return o, "ERR invalid expire time in 'set' command"
	}
	return o, noExpiry
}

func isExpiry(word string) bool {
	return word == "EX" || word == "PX" || word == "EXAT" || word == "PXAT"
}

func (n *Node) getset(c *client, args [][]byte) {
	e, ok := n.stringAt(c, args[1])
	if !ok {
		return
	}
	answerText(c, e)
	n.store(args[1], args[2])
	n.passOn("SET", string(args[1]), string(args[2]))
}

func (n *Node) getdel(c *client, args [][]byte) {
	e, ok := n.stringAt(c, args[1])
	if !ok {
		return
	}
	answerText(c, e)
	if n.remove(args[1]) {
		n.passOn("DEL", string(args[1]))
	}
}

func (n *Node) setnx(c *client, args [][]byte) {
	if n.keys.entries.get(string(args[1])) != nil {
		c.out.Int(0)
		return
	}
	n.store(args[1], args[2])
	c.out.Int(1)
}

func (n *Node) mset(c *client, args [][]byte) {
	if len(args)%2 == 0 {
		c.fail("ERR wrong number of arguments for 'mset' command")
		return
	}
	for i := 1; i < len(args); i += 2 {
		n.store(args[i], args[i+1])
	}
	c.out.OK()
}

func (n *Node) mget(c *client, args [][]byte) {
	c.out.Array(len(args) - 1)
	for _, key := range args[1:] {
		e := n.keys.entries.get(string(key))
		if e != nil && e.items != nil {
			e = nil
		}
		answerText(c, e)
	}
}

func (n *Node) append(c *client, args [][]byte) {
	e, ok := n.stringAt(c, args[1])
	switch {
	case !ok:
		return
	case e == nil:
		n.store(args[1], args[2])
		c.out.Int(int64(len(args[2])))
		return
	case len(e.text)+len(args[2]) > maxString:
		c.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
		return
	}
	e.text = append(e.text, args[2]...)
	n.changed(e.key)
	c.out.Int(int64(len(e.text)))
}

func (n *Node) strlen(c *client, args [][]byte) {
	e, ok := n.stringAt(c, args[1])
	if !ok {
		return
	}
	length := 0
	if e != nil {
		length = len(e.text)
	}
	c.out.Int(int64(length))
}

func (n *Node) incr(c *client, args [][]byte) { n.add(c, args[1], 1) }

func (n *Node) decr(c *client, args [][]byte) { n.add(c, args[1], -1) }

func (n *Node) incrby(c *client, args [][]byte) {
	by, ok := parseInt(args[2])
	if !ok {
		c.fail(notInteger)
		return
	}
	n.add(c, args[1], by)
}

func (n *Node) decrby(c *client, args [][]byte) {
	by, ok := parseInt(args[2])
	switch {
	case !ok:
		c.fail(notInteger)
		return
	case by == math.MinInt64:
		c.fail("ERR decrement would overflow")
		return
	}
	n.add(c, args[1], -by)
}

// add adds to a number that is kept as a string.
func (n *Node) add(c *client, key []byte, by int64) {
	e, ok := n.stringAt(c, key)
	if !ok {
		return
	}
	var v int64
	if e != nil {
		if v, ok = parseInt(e.text); !ok {
			c.fail(notInteger)
			return
		}
	}
	if by > 0 && v > math.MaxInt64-by || by < 0 && v < math.MinInt64-by {
		c.fail("ERR increment or decrement would overflow")
		return
	}
	v += by
	n.store(key, strconv.AppendInt(nil, v, 10))
	c.out.Int(v)
}
