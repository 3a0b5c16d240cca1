package decode

import (
	"net/netip"

	"ricochet/decode/bus"
	"ricochet/decode/frame"
	"ricochet/decode/stream"
)

// unknownSide says that it is not known which endpoint is the client.
const unknownSide = -1

// protocol is what a connection speaks.
type protocol uint8

const (
	undecided protocol = iota
	protoRESP
	protoTLS
	protoBus
	protoOther
)

// maxUndecided bounds the runs of bytes looked at before a connection on a port
// of no interest is taken for another protocol.
const maxUndecided = 8

// conn is one TCP connection. Direction 0 goes from the lower endpoint of its
// key to the higher, direction 1 back.
type conn struct {
	key    connKey
	id     uint64
	used   int64 // time of the last packet, to about a second
	half   [2]stream.Half
	ended  [2]bool
	end    [2]uint32 // sequence number after the last byte handed out
	passed [2]int64  // bytes missing from there on that were passed on already
	cut    [2]int64  // bytes that the capture cut from packets, not yet counted
	seqEnd [2]uint32 // after closing: the sequence number expected next

	proto    protocol
	client   int8 // the direction in which commands flow: that from the client
	tries    uint8
	synSeen  bool
	isn      [2]uint32 // initial sequence numbers: of the SYN, of the SYN+ACK if accepted
	opened   int64
	accepted bool
	told     [2]bool // Opening, Accepted were reported
	data     [2]bool // payload was seen
	closed   bool
	final    bool // ended by the end of the capture
	refused  bool
	behind   bool // Behind was reported last
	guessed  bool // taken for RESP on the strength of an inline command alone
	s        *session
	bus      *busLink
	early    []early

	older, newer *conn
}

func (c *conn) endpoint(i int) frame.Endpoint {
	if i == 0 {
		return c.key.a
	}
	return c.key.b
}

func (c *conn) addrs() (client, server netip.AddrPort) {
	i := max(int(c.client), 0)
	return c.endpoint(i).AddrPort(), c.endpoint(1 - i).AddrPort()
}

// near is how far from the expected position a segment of the same connection may
// be when another connection between the same endpoints is the alternative: more
// than is ever in flight, and little of the space of initial sequence numbers.
const near = 1 << 24

// superseded reports whether a segment belongs to a later connection between the
// same endpoints: it opens one with another initial sequence number, or it
// carries data that cannot belong to the one that is known.
func (c *conn) superseded(seg *frame.Segment, dir int, at int64) bool {
	switch seg.Flags & (frame.SYN | frame.ACK | frame.RST) {
	case frame.SYN:
		return c.synSeen && seg.Seq != c.isn[dir] || !c.synSeen && (c.data[0] || c.data[1] || c.closed)
	case frame.SYN | frame.ACK:
		if c.accepted {
			return seg.Seq != c.isn[dir]
		}
		return c.refused || c.data[dir] && c.elsewhere(seg, dir)
	}
	if seg.Len == 0 || seg.Flags&frame.RST != 0 {
		return false
	}
	if c.closed {
		return c.refused || at-c.used > linger || c.elsewhere(seg, dir)
	}
	// One that was not seen to end has ended if it was silent for long and
	// neither side goes on where it was.
	return at-c.used > linger && c.data[0] && c.data[1] && seg.Flags&frame.ACK != 0 &&
		c.elsewhere(seg, dir) && !isNear(seg.Ack, c.expected(1-dir))
}

// elsewhere reports whether a segment is far from where its side was. A side that
// was not heard of is where the other one acknowledged it to be.
func (c *conn) elsewhere(seg *frame.Segment, dir int) bool {
	if c.placed(dir) {
		return !isNear(seg.Seq, c.expected(dir))
	}
	return c.placed(1-dir) && seg.Flags&frame.ACK != 0 && !isNear(seg.Ack, c.expected(1-dir))
}

// placed reports whether the position in one direction is known.
func (c *conn) placed(dir int) bool {
	return c.data[dir] || c.accepted || c.synSeen && dir == int(c.client)
}

// expected returns the sequence number that comes next in one direction.
func (c *conn) expected(dir int) uint32 {
	if c.closed {
		return c.seqEnd[dir]
	}
	return c.half[dir].Expected()
}

func isNear(a, b uint32) bool {
	d := int32(a - b)
	return d < near && d > -near
}

// handshake follows the opening of a connection.
func (t *Table) handshake(c *conn, seg *frame.Segment, dir int, m Mark) {
	switch seg.Flags & (frame.SYN | frame.ACK | frame.RST) {
	case frame.SYN:
		if !c.synSeen {
			c.synSeen, c.isn[dir], c.client, c.opened = true, seg.Seq, int8(dir), m.Time
			c.half[dir].Start(seg.Seq + 1)
			t.tell(c, Opening, m)
		}
	case frame.SYN | frame.ACK:
		if c.client == unknownSide {
			c.client = int8(1 - dir)
		}
		if !c.accepted && !c.closed {
			c.accepted, c.isn[dir] = true, seg.Seq
			c.half[dir].Start(seg.Seq + 1)
			c.half[1-dir].Start(seg.Ack)
			t.tell(c, Accepted, m)
		}
	case frame.RST, frame.RST | frame.ACK:
		if c.synSeen && !c.accepted && !c.data[0] && !c.data[1] && !c.closed && dir == 1-int(c.client) {
			c.closed, c.refused = true, true
			t.h.Event(c.describe(), Refused, m)
		}
	}
}

// tell reports an event of a connection that may not be known to speak RESP yet.
func (t *Table) tell(c *conn, e Event, m Mark) {
	i := e - Opening
	if c.told[i] {
		return
	}
	c.told[i] = true
	t.h.Event(c.describe(), e, m)
}

// describe returns the facts of the connection.
func (c *conn) describe() *Conn {
	if c.s != nil {
		return c.s.facts
	}
	client, server := c.addrs()
	f := &Conn{ID: c.id, Client: client, Server: server, Opened: c.opened, Proto: 2}
	if c.opened != 0 {
		f.Capa = CapaNo
	}
	return f
}

// take takes the next run of bytes of one direction.
func (c *conn) take(t *Table, dir int, ch *stream.Chunk) {
	if ch.Gap > 0 {
		c.miss(t, dir, ch)
	}
	first := !c.data[dir]
	c.data[dir] = c.data[dir] || len(ch.Data) > 0
	if c.proto == undecided && len(ch.Data) > 0 {
		c.decide(t, dir, ch)
	}
	if c.proto == protoBus {
		c.bus.take(dir, ch)
		return
	}
	if c.proto != protoRESP {
		return
	}
	if c.guessed && first && dir != int(c.client) {
		if c.guessed = false; ch.Gap == 0 && !maybeReply(ch.Data) {
			c.retract(t, ch.Mark)
			return
		}
	}
	s := c.s
	if first {
		if dir == int(c.client) {
			t.tell(c, Opening, ch.Mark)
		} else {
			t.tell(c, Accepted, ch.Mark)
		}
	}
	if dir == int(c.client) {
		s.client(ch)
	} else {
		s.server(ch)
	}
}

// miss counts the bytes missing before a run of bytes: those that the capture cut
// from packets, and those of packets that it does not hold.
func (c *conn) miss(t *Table, dir int, ch *stream.Chunk) {
	cut := min(ch.Gap, c.cut[dir])
	c.cut[dir] -= cut
	if c.proto == protoOther || c.proto == protoTLS {
		return
	}
	if cut > 0 {
		t.stats.Blind.Add(CauseTruncated, 1, cut, ch.Mark.Time)
	}
	if lost := ch.Gap - cut; lost > 0 {
		t.stats.Blind.Add(CauseLost, 1, lost, ch.Mark.Time)
	}
}

// decide settles what the connection speaks, if these bytes tell.
func (c *conn) decide(t *Table, dir int, ch *stream.Chunk) {
	a, b := t.expected(c.key.a.Port), t.expected(c.key.b.Port)
	known := a || b
	if c.client == unknownSide && a != b {
		// The endpoint with the expected port is the server.
		if a {
			c.client = 1
		} else {
			c.client = 0
		}
	}
	joined := ch.Gap != 0
	p, side := recognise(ch.Data, c.client, dir, known, joined)
	switch {
	case p == protoBus || p != protoRESP && c.opened == 0 && bus.Index(ch.Data) >= 0:
		c.speakBus(t, dir)
		return
	case known:
	case p == protoRESP && t.o.Only:
		p = protoOther // not asked for: the bus was looked for here
	case p == protoOther && t.onBus(c):
		p = undecided // joined in the middle of a message, perhaps
	}
	switch p {
	case protoRESP:
		if c.client == unknownSide {
			c.client = side
		}
		c.guessed = !known && dir == int(c.client) && ch.Data[0] != '*'
		c.speakRESP(t, ch, dir)
	case protoTLS:
		c.proto = protoTLS
		if known {
			t.stats.Connections++
			t.stats.TLS++
			t.stats.Blind.Add(CauseTLS, 1, 0, ch.Mark.Time)
		} else {
			t.stats.OtherTLS++
		}
	case protoOther:
		c.proto = protoOther
		c.giveUp(t, known, ch.Mark.Time)
	default:
		if c.tries++; c.tries >= maxUndecided {
			c.proto = protoOther
			c.giveUp(t, known, ch.Mark.Time)
		}
	}
}

func (c *conn) giveUp(t *Table, known bool, at int64) {
	if known {
		t.stats.Connections++
		t.stats.Unparsed++
		t.stats.Blind.Add(CauseUnparsed, 1, 0, at)
		return
	}
	t.stats.Other++
}

func (c *conn) speakRESP(t *Table, ch *stream.Chunk, dir int) {
	c.proto = protoRESP
	s := &session{t: t, facts: c.describe()}
	s.start(c.opened != 0 || c.accepted)
	if other := 1 - dir; c.data[other] {
		// Bytes of the other side came before, and were not understood.
		if other == int(c.client) {
			s.from.Gap(stream.Unknown, (*clientSide)(s))
		} else {
			s.to.Gap(stream.Unknown, (*serverSide)(s))
		}
		s.synced = false
	}
	c.s = s
	t.stats.Connections++
	s.event(Speaks, ch.Mark)
}

// retract takes back that the connection speaks RESP. Other protocols have
// commands of the same names (memcached: get), but not the same replies.
func (c *conn) retract(t *Table, m Mark) {
	s := c.s
	c.s, c.proto = nil, protoOther
	t.stats.Connections--
	t.stats.Commands -= s.commands
	t.stats.Other++
	s.queue.free()
	s.event(Closed, m)
}

// finish reports the end of the connection and lets go of what it kept.
func (c *conn) finish(t *Table, m Mark) {
	if c.proto == undecided && (c.data[0] || c.data[1]) {
		c.giveUp(t, t.expected(c.key.a.Port) || t.expected(c.key.b.Port), m.Time)
		c.proto = protoOther
	}
	if c.bus != nil {
		c.bus.free()
		c.bus = nil
	}
	s := c.s
	if s == nil {
		return
	}
	if c.behind {
		s.event(Caught, m)
	}
	s.close(m, c.final)
	c.s = nil
}
