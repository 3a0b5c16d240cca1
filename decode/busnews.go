package decode

import "ricochet/decode/bus"

// Nodes say the same once a second, and only what is new is told: what a sender
// says of itself that differs from its last message on the connection, and what it
// says of a third node that differs from what it said of that one last.

// senderNews is what a sender said of itself last.
type senderNews struct{ state, extra uint64 }

// isNews reports whether what a message says of its sender differs from the last
// one, and remembers it. The replication offset is no news; of a replica the slots
// and the epoch are not its own; and names are in heartbeats only.
func (n *senderNews) isNews(m *bus.Message) bool {
	now := senderNews{stateOf(m), n.extra}
	if m.Type == bus.Ping || m.Type == bus.Pong || m.Type == bus.Meet {
		now.extra = mixBytes(mixBytes(0, int64(len(m.Hostname)), m.Hostname), 0, m.Shard[:])
	}
	if now == *n {
		return false
	}
	*n = now
	return true
}

// stateOf folds what a header says that may be news. It is never 0.
func stateOf(m *bus.Message) uint64 {
	marks := m.Marks & (bus.Paused | bus.Forced)
	h := mix(uint64(m.Flags&bus.Known)<<8|uint64(marks), uint64(m.Port)<<16|uint64(m.BusPort))
	h = mixBytes(h, 0, m.Sender[:])
	h = mixBytes(h, 1, m.ReplicaOf[:])
	h = mixBytes(h, int64(len(m.IP)), m.IP)
	if m.Flags&bus.Replica == 0 {
		h = mixBytes(h, int64(m.Epoch), m.Slots)
	}
	return max(h, 1)
}

// gossipSlots is how many opinions of one node about another a table remembers. It
// must be a power of two. One that loses its place to another one is told again.
const gossipSlots = 1 << 14

// gossipNews remembers what was told of third nodes. Its zero value remembers
// nothing, and costs nothing before there is a bus.
type gossipNews []struct{ who, what uint64 }

// isNews reports whether what a speaker says of a node is not what it said last,
// and remembers it. The speaker is a direction of a connection.
func (n *gossipNews) isNews(speaker uint64, g *bus.Gossip) bool {
	if *n == nil {
		*n = make(gossipNews, gossipSlots)
	}
	who := max(mixBytes(mix(0, speaker), 0, g.ID[:]), 1)
	what := mix(uint64(g.Flags&bus.Known), uint64(g.Port)<<16|uint64(g.BusPort))
	what = mixBytes(what, int64(len(g.IP)), g.IP)
	slot := &(*n)[who&(gossipSlots-1)]
	if slot.who == who && slot.what == what {
		return false
	}
	slot.who, slot.what = who, what
	return true
}
