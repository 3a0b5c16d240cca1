package server

import "slices"

// keyspace is the data, and who waits for it.
type keyspace struct {
	entries *dataset
	watched map[string][]*client // by WATCH
	waiting map[string][]*client // in blocking commands, the oldest first
	tracked map[string][]*client // by CLIENT TRACKING
	ready   []string             // keys that something came for
}

func newKeyspace() *keyspace {
	return &keyspace{
		entries: newDataset(),
		watched: map[string][]*client{},
		waiting: map[string][]*client{},
		tracked: map[string][]*client{},
	}
}

// changed says that the command that runs changed a key: replicas have to know, and
// transactions that watch it fail.
func (n *Node) changed(key string) {
	n.dirty++
	for _, c := range n.keys.watched[key] {
		c.touched = true
	}
	n.invalidate(key)
}

// watchKey has a client's next transaction fail if a key changes before.
func (n *Node) watchKey(c *client, key string) {
	if slices.Contains(n.keys.watched[key], c) {
		return
	}
	n.keys.watched[key] = append(n.keys.watched[key], c)
	c.watched = append(c.watched, key)
}

// unwatch is UNWATCH.
func (n *Node) unwatch(c *client) {
	for _, key := range c.watched {
		w := n.keys.watched[key]
		if i := slices.Index(w, c); i >= 0 {
			w = slices.Delete(w, i, i+1)
		}
		if len(w) == 0 {
			delete(n.keys.watched, key)
		} else {
			n.keys.watched[key] = w
		}
	}
	c.watched, c.touched = nil, false
}

// empty forgets all data, as FLUSHALL and a full synchronisation do. Transactions that
// watch keys that are there fail.
func (n *Node) empty() {
	for key, clients := range n.keys.watched {
		if n.keys.entries.get(key) == nil {
			continue
		}
		for _, c := range clients {
			c.touched = true
		}
	}
	n.keys.entries = newDataset()
	n.dirty++
	n.invalidateAll()
}
