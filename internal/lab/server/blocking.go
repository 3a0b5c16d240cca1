package server

import "time"

func (n *Node) blpop(c *client, args [][]byte) { n.blockingPop(c, args, true) }
func (n *Node) brpop(c *client, args [][]byte) { n.blockingPop(c, args, false) }

// blockingPop is BLPOP or BRPOP key ... timeout: an element of the first list that is
// there, or of the first that comes. In a transaction nobody waits.
func (n *Node) blockingPop(c *client, args [][]byte, front bool) {
	timeout, problem := parseTimeout(args[len(args)-1], time.Second)
	if problem != "" {
		c.fail(problem)
		return
	}
	keys := args[1 : len(args)-1]
	if n.popFirst(c, keys, front) {
		return
	}
	if c.multi != nil || c.obeyed() {
		c.out.NullArray()
		return
	}
	b := &blocked{
		request: &request{client: c, args: args, cmd: n.lookup(args), flags: write},
		serve: func(key string) bool {
			e := n.keys.entries.get(key)
			if e == nil || e.items == nil {
				return false
			}
			// As in the server, which has the client's command begin anew: an earlier
			// key may have got a list too, or what is none.
			return n.popFirst(c, keys, front)
		},
		expire: c.out.NullArray,
	}
	for _, key := range keys {
		b.keys = append(b.keys, string(key))
	}
	n.block(c, b, timeout)
}

// popFirst takes an element of the first key that has something, and tells whether it
// answered. Replicas are told which it was.
func (n *Node) popFirst(c *client, keys [][]byte, front bool) bool {
	for _, key := range keys {
		l, ok := n.listAt(c, key)
		switch {
		case !ok:
			return true
		case l == nil:
			continue
		}
		c.out.Array(2)
		c.out.Bulk(key)
		c.out.Bulk(l.pop(front))
		n.popped(key, l)
		name := "RPOP"
		if front {
			name = "LPOP"
		}
		n.passOn(name, string(key))
		return true
	}
	return false
}
