package decode

import (
	"ricochet/decode/bus"
	"ricochet/decode/stream"
	"ricochet/decode/view"
)

// busOffset is how far the port of the cluster bus lies above that of the service,
// unless cluster-port says otherwise (CLUSTER_PORT_INCR of cluster_legacy.h).
const busOffset = 10000

// maxBusHeld bounds the bytes of unfinished bus messages that a table holds.
const maxBusHeld = 1 << 20

// busLink is a connection of the cluster bus. Both sides send: that which opened
// it everything that it has to say, the other one its answers.
type busLink struct {
	t      *Table
	c      *conn
	parser [2]bus.Parser
	begun  [2]Mark // where the message at hand began
	joined [2]bool // no message was found yet: what is skipped came before the capture
	told   [2]senderNews
	nodes  []view.Node // to be told
	facts  *Conn
	sure   bool // which side is the client
	dir    int  // of the bytes at hand
	mark   Mark
}

// speakBus makes the connection one of the bus, as the bytes from dir show.
func (c *conn) speakBus(t *Table, dir int) {
	c.proto = protoBus
	t.stats.Bus++
	l := &busLink{t: t, c: c, sure: c.opened != 0 || c.accepted}
	c.bus = l
	for i := range l.parser {
		// What came before was not understood.
		if l.joined[i] = c.opened == 0; l.joined[i] || i != dir && c.data[i] {
			l.parser[i].Gap(stream.Unknown, l)
		}
	}
}

// take takes the next run of bytes of one direction.
func (l *busLink) take(dir int, ch *stream.Chunk) {
	l.dir, l.mark = dir, ch.Mark
	p := &l.parser[dir]
	held := p.Held()
	if ch.Gap != 0 {
		p.Gap(ch.Gap, l)
	}
	p.Feed(ch.Data, l)
	l.t.busHeld += int64(p.Held() - held)
	if l.t.busHeld > maxBusHeld {
		l.t.busHeld -= int64(p.Held())
		p.Drop()
		l.Unread()
	}
}

// free lets go of what is held.
func (l *busLink) free() {
	for i := range l.parser {
		l.t.busHeld -= int64(l.parser[i].Held())
		l.parser[i].Drop()
	}
}

// Begin implements bus.Handler.
func (l *busLink) Begin() { l.begun[l.dir] = l.mark }

// Unread implements bus.Handler.
func (l *busLink) Unread() { l.t.stats.Blind.Add(CauseBus, 1, 0, l.mark.Time) }

// Skipped implements bus.Handler.
func (l *busLink) Skipped(n int) {
	if !l.joined[l.dir] {
		l.t.stats.Blind.Add(CauseSkipped, 1, int64(n), l.mark.Time)
	}
}

// Message implements bus.Handler: it tells what is news.
func (l *busLink) Message(m *bus.Message) {
	l.joined[l.dir] = false
	l.orient(m)
	l.nodes = nil
	if l.told[l.dir].isNews(m) || speaksUp(m.Type) {
		l.nodes = append(l.nodes, busSender(m))
	}
	for i := range m.Gossips() {
		if g := m.Gossip(i); l.t.gossip.isNews(l.c.id<<1|uint64(l.dir), &g) {
			l.add(m, busGossip(&g))
		}
	}
	if m.About != (bus.ID{}) {
		l.add(m, busAbout(m))
	}
	if l.nodes == nil {
		return
	}
	l.t.h.Told(&Told{
		Conn: l.describe(), Got: l.begun[l.dir], Nodes: l.nodes, Bus: m.Type.String(), FromClient: l.dir == int(l.c.client),
	})
	l.nodes = nil
}

// add adds what is told of another node, behind who says it.
func (l *busLink) add(m *bus.Message, n view.Node) {
	if l.nodes == nil {
		l.nodes = append(l.nodes, busSender(m))
	}
	l.nodes = append(l.nodes, n)
}

// speaksUp reports whether a message is told of whatever it says. Heartbeats are
// not, and neither is what carries the data of others: PUBLISH comes as often as
// clients please.
func speaksUp(t bus.Type) bool {
	switch t {
	case bus.Meet, bus.Fail, bus.AuthRequest, bus.AuthAck, bus.Update, bus.ManualStart:
		return true
	}
	return false
}

// orient finds out who opened the connection, if its SYN was not seen. Who accepts
// connections at the port that it gives for the bus is the server. And answers are
// all that the server sends: PONG, and PING to a replica that asks for a failover
// (clusterProcessPacket); everything else comes from the client.
func (l *busLink) orient(m *bus.Message) {
	if l.sure {
		return
	}
	side := l.dir
	if m.Type == bus.Ping || m.Type == bus.Pong {
		l.sure = m.BusPort == l.c.endpoint(l.dir).Port
		if l.sure {
			side = 1 - side
		} else if l.c.client != unknownSide {
			return // a guess as good as this one
		}
	} else {
		l.sure = true
	}
	if l.c.client != int8(side) {
		l.c.client, l.facts = int8(side), nil
	}
}

// describe returns the facts of the connection.
func (l *busLink) describe() *Conn {
	if l.facts == nil {
		l.facts = l.c.describe()
	}
	return l.facts
}
