package chain

import "slices"

// maxLinks bounds the connections remembered with their clients, in each of two
// generations.
const maxLinks = 1 << 15

// link is what is remembered of a connection that chains used.
type link struct {
	client *Client
	// ties counts the crossings that tied the connection to its client, less
	// those that spoke against it.
	ties int
	// settled is the ordinal of the last command on the connection that got a
	// reply other than a redirect.
	settled uint64
	// clashes are connections that were seen busy while this one was: one
	// caller that waits for its replies does not use both.
	clashes []uint64
}

// maxClashes bounds the connections remembered that another clashed with.
const maxClashes = 64

func (l *link) clash(id uint64) {
	if len(l.clashes) < maxClashes && !slices.Contains(l.clashes, id) {
		l.clashes = append(l.clashes, id)
	}
}

// owner returns the client of the connection, nil if it is not known.
func (l *link) owner() *Client {
	if l == nil || l.client == nil {
		return nil
	}
	return l.client.Root()
}

// links forgets by generations, as routes does.
type links struct {
	young, old map[uint64]*link
}

func (l *links) get(id uint64) *link {
	if k := l.young[id]; k != nil {
		return k
	}
	return l.old[id]
}

// forget drops a connection that has ended.
func (l *links) forget(id uint64) {
	if k := l.get(id); k != nil && k.client != nil {
		k.client.Root().drop(id)
	}
	delete(l.young, id)
	delete(l.old, id)
}

// link returns what is remembered of a connection, remembering it from now on.
func (t *Tracker) link(id uint64) *link {
	if k := t.links.young[id]; k != nil {
		return k
	}
	k := t.links.old[id]
	if k == nil {
		k = &link{}
	}
	if t.links.young == nil || len(t.links.young) >= maxLinks {
		if t.links.old != nil {
			t.Bounds.Links++
		}
		t.links.old, t.links.young = t.links.young, map[uint64]*link{}
	}
	t.links.young[id] = k
	return k
}
