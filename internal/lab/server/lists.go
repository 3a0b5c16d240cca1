package server

func listCommands() []*command {
	return []*command{
		{name: "lpush", arity: -3, flags: write, first: 1, last: 1, step: 1, run: (*Node).lpush},
		{name: "rpush", arity: -3, flags: write, first: 1, last: 1, step: 1, run: (*Node).rpush},
		{name: "lpushx", arity: -3, flags: write, first: 1, last: 1, step: 1, run: (*Node).lpushx},
		{name: "rpushx", arity: -3, flags: write, first: 1, last: 1, step: 1, run: (*Node).rpushx},
		{name: "lpop", arity: -2, flags: write, first: 1, last: 1, step: 1, run: (*Node).lpop},
		{name: "rpop", arity: -2, flags: write, first: 1, last: 1, step: 1, run: (*Node).rpop},
		{name: "llen", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).llen},
		{name: "lrange", arity: 4, flags: read, first: 1, last: 1, step: 1, run: (*Node).lrange},
		{name: "lindex", arity: 3, flags: read, first: 1, last: 1, step: 1, run: (*Node).lindex},
		{name: "blpop", arity: -3, flags: write, first: 1, last: -2, step: 1, run: (*Node).blpop},
		{name: "brpop", arity: -3, flags: write, first: 1, last: -2, step: 1, run: (*Node).brpop},
	}
}

// listAt returns the list of a key that has to hold one, or nothing: nil. If it holds
// something else, that is answered and ok is false.
func (n *Node) listAt(c *client, key []byte) (l *list, ok bool) {
	e := n.keys.entries.get(string(key))
	switch {
	case e == nil:
		return nil, true
	case e.items == nil:
		c.fail(wrongType)
		return nil, false
	}
	return e.items, true
}

func (n *Node) lpush(c *client, args [][]byte)  { n.push(c, args, true, true) }
func (n *Node) rpush(c *client, args [][]byte)  { n.push(c, args, false, true) }
func (n *Node) lpushx(c *client, args [][]byte) { n.push(c, args, true, false) }
func (n *Node) rpushx(c *client, args [][]byte) { n.push(c, args, false, false) }

// push adds elements at an end, to a new list only if it may make one.
func (n *Node) push(c *client, args [][]byte, front, create bool) {
	l, ok := n.listAt(c, args[1])
	if !ok {
		return
	}
	key := string(args[1])
	if l == nil {
		if !create {
			c.out.Int(0)
			return
		}
		l = &list{}
		n.keys.entries.set(key, &entry{items: l})
	}
	for _, element := range args[2:] {
		l.push(front, element)
	}
	n.changed(key)
	n.ready(key)
	c.out.Int(int64(l.len()))
}

func (n *Node) lpop(c *client, args [][]byte) { n.pop(c, args, true) }
func (n *Node) rpop(c *client, args [][]byte) { n.pop(c, args, false) }

// pop is LPOP or RPOP key [count].
func (n *Node) pop(c *client, args [][]byte, front bool) {
	counted := len(args) == 3
	count := int64(1)
	if len(args) > 3 {
		name := "rpop"
		if front {
			name = "lpop"
		}
		c.fail("ERR wrong number of arguments for '" + name + "' command")
		return
	}
	if counted {
		var ok bool
		if count, ok = parseInt(args[2]); !ok || count < 0 {
			c.fail("ERR value is out of range, must be positive")
			return
		}
	}
	l, ok := n.listAt(c, args[1])
	switch {
	case !ok:
		return
	case l == nil && counted:
		c.out.NullArray()
		return
	case l == nil:
		c.out.Null()
		return
	}
	count = min(count, int64(l.len()))
	if counted {
		c.out.Array(int(count))
	}
	for range count {
		c.out.Bulk(l.pop(front))
	}
	if count > 0 {
		n.popped(args[1], l)
	}
}

// popped says that elements were taken from the list of a key, which is gone if they
// were the last.
func (n *Node) popped(key []byte, l *list) {
	k := string(key)
	if l.len() == 0 {
		n.keys.entries.remove(k)
	}
	n.changed(k)
}

func (n *Node) llen(c *client, args [][]byte) {
	l, ok := n.listAt(c, args[1])
	if !ok {
		return
	}
	length := 0
	if l != nil {
		length = l.len()
	}
	c.out.Int(int64(length))
}

// lrange is LRANGE key start stop. Places below 0 count from the end.
func (n *Node) lrange(c *client, args [][]byte) {
	start, ok := parseInt(args[2])
	stop, ok2 := parseInt(args[3])
	if !ok || !ok2 {
		c.fail(notInteger)
		return
	}
	l, ok := n.listAt(c, args[1])
	if !ok {
		return
	}
	if l == nil {
		c.out.Array(0)
		return
	}
	size := int64(l.len())
	if start < 0 {
		start = max(0, start+size)
	}
	if stop < 0 {
		stop += size
	}
	stop = min(stop, size-1)
	c.out.Array(int(max(0, stop-start+1)))
	for ; start <= stop; start++ {
		c.out.Bulk(l.at(int(start)))
	}
}

// lindex is LINDEX key place.
func (n *Node) lindex(c *client, args [][]byte) {
	l, ok := n.listAt(c, args[1])
	switch {
	case !ok:
		return
	case l == nil:
		c.out.Null()
		return
	}
	i, ok := parseInt(args[2])
	if !ok {
		c.fail(notInteger)
		return
	}
	size := int64(l.len())
	if i < 0 {
		i += size
	}
	if i < 0 || i >= size {
		c.out.Null()
		return
	}
	c.out.Bulk(l.at(int(i)))
}
