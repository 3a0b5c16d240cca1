package keep

import (
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

// maxUndecided bounds the runs of bytes looked at before a connection is taken
// for one of another protocol.
const maxUndecided = 8

// conn is one TCP connection. Flow 0 goes from the lower endpoint of its key to
// the higher, flow 1 back. Which connection a segment belongs to, who is the
// client and what is spoken is found out as in package decode, so that what is
// understood here is what an analysis understands.
type conn struct {
	key  connKey
	used int64 // time of the last packet, to about a second
	flow [2]flow

	proto    protocol
	client   int8 // the flow from the client, or unknownSide
	tries    uint8
	synSeen  bool
	accepted bool
	closed   bool
	refused  bool
	guessed  bool // taken for RESP on the strength of an inline command alone
	isn      [2]uint32
	seqEnd   [2]uint32 // after closing: the sequence number expected next
	s        *session
	bus      *[2]busScanner // a direction each
	early    []early        // what the server sent that waits for its commands

	older, newer *conn
}

// near is how far from the expected position a segment of the same connection may
// be when another one between the same endpoints is the alternative.
const near = 1 << 24

// linger is how long a connection may be silent, in nanoseconds of packet time,
// until a segment that is far from it begins another one.
const linger = 30_000_000_000

// superseded reports whether a segment belongs to a later connection between the
// same endpoints.
func (c *conn) superseded(seg *frame.Segment, dir int, at int64) bool {
	data := c.flow[0].data || c.flow[1].data
	switch seg.Flags & (frame.SYN | frame.ACK | frame.RST) {
	case frame.SYN:
		return c.synSeen && seg.Seq != c.isn[dir] || !c.synSeen && (data || c.closed)
	case frame.SYN | frame.ACK:
		if c.accepted {
			return seg.Seq != c.isn[dir]
		}
		return c.refused || c.flow[dir].data && c.elsewhere(seg, dir)
	}
	if seg.Len == 0 || seg.Flags&frame.RST != 0 {
		return false
	}
	if c.closed {
		return c.refused || at-c.used > linger || c.elsewhere(seg, dir)
	}
	return at-c.used > linger && c.flow[0].data && c.flow[1].data && seg.Flags&frame.ACK != 0 &&
		c.elsewhere(seg, dir) && !isNear(seg.Ack, c.expected(1-dir))
}

// elsewhere reports whether a segment is far from where its side was.
func (c *conn) elsewhere(seg *frame.Segment, dir int) bool {
	if c.placed(dir) {
		return !isNear(seg.Seq, c.expected(dir))
	}
	return c.placed(1-dir) && seg.Flags&frame.ACK != 0 && !isNear(seg.Ack, c.expected(1-dir))
}

func (c *conn) placed(dir int) bool {
	return c.flow[dir].data || c.accepted || c.synSeen && dir == int(c.client)
}

func (c *conn) expected(dir int) uint32 {
	if c.closed {
		return c.seqEnd[dir]
	}
	return c.flow[dir].half.Expected()
}

func isNear(a, b uint32) bool {
	d := int32(a - b)
	return d < near && d > -near
}

// handshake follows the opening of a connection.
func (c *conn) handshake(seg *frame.Segment, dir int) {
	switch seg.Flags & (frame.SYN | frame.ACK | frame.RST) {
	case frame.SYN:
		if !c.synSeen {
			c.synSeen, c.isn[dir], c.client = true, seg.Seq, int8(dir)
			c.flow[dir].half.Start(seg.Seq + 1)
		}
	case frame.SYN | frame.ACK:
		if c.client == unknownSide {
			c.client = int8(1 - dir)
		}
		if !c.accepted && !c.closed {
			c.accepted, c.isn[dir] = true, seg.Seq
			c.flow[dir].half.Start(seg.Seq + 1)
			c.flow[1-dir].half.Start(seg.Ack)
		}
	case frame.RST, frame.RST | frame.ACK:
		if c.synSeen && !c.accepted && !c.flow[0].data && !c.flow[1].data && dir == 1-int(c.client) {
			c.closed, c.refused = true, true
			c.flow[0].close()
			c.flow[1].close()
		}
	}
}

// drain takes what one direction has next.
func (t *table) drain(c *conn, dir int) {
	f, ch := &c.flow[dir], &t.chunk
	for f.half.Next(ch) {
		if ch.Gap > 0 {
			ch.Gap -= f.passed
		}
		f.passed = 0
		f.end = ch.Seq + uint32(len(ch.Data))
		if ch.End {
			f.ended = true
			if ch.Gap <= 0 {
				continue
			}
		}
		t.offer(c, dir, ch)
	}
}

// cutTail passes on at once that the end of a segment was cut by the capture, so
// that what it leaves undecided need not wait for the next one.
func (t *table) cutTail(c *conn, dir int, at int64, ack uint32) {
	f := &c.flow[dir]
	missing := int64(int32(f.half.Expected()-f.end)) - f.passed
	if !f.data || f.ended || missing <= 0 {
		return
	}
	t.chunk = stream.Chunk{Mark: stream.Mark{Time: at}, Ack: ack, Seq: f.end + uint32(f.passed), Gap: missing}
	f.passed += missing
	t.offer(c, dir, &t.chunk)
}

// take takes the next run of bytes of one direction.
func (t *table) take(c *conn, dir int, ch *stream.Chunk) {
	f := &c.flow[dir]
	first := !f.data
	if len(ch.Data) > 0 {
		f.data = true
		f.held.reach(f, ch.Seq, len(ch.Data))
		if c.proto == undecided {
			t.decide(c, dir, ch)
		}
	}
	if c.guessed && first && dir != int(c.client) && len(ch.Data) > 0 {
		if c.guessed = false; ch.Gap == 0 && !maybeReply(ch.Data) {
			t.foreign(c)
		}
	}
	pending := 0
	switch c.proto {
	case protoRESP:
		p := &c.s.to
		if dir == int(c.client) {
			p = &c.s.from
		}
		c.s.take(p, ch)
		pending = p.pending()
	case protoBus:
		pending = c.bus[dir].take(ch)
	default:
		t.opaque(c, f, ch)
	}
	f.decide(ch.Seq + uint32(len(ch.Data)-pending))
}

// foreign says that a connection does not speak RESP after all.
func (t *table) foreign(c *conn) {
	c.s.end()
	c.s, c.proto = nil, protoOther
}

// tlsHeader is the length of the start of a record of TLS (RFC 8446, section 5.1).
const tlsHeader = 5

// opaque takes bytes of a connection that speaks neither RESP nor the cluster bus,
// or is not known to. Of TLS the start shows as much as tells it, and nothing else.
func (t *table) opaque(c *conn, f *flow, ch *stream.Chunk) {
	t.m.unread = t.m.unread || len(ch.Data) > 0
	if c.proto == protoTLS && looksTLS(ch.Data) {
		f.put(ch.Seq, ch.Data[:tlsHeader])
		return
	}
	// What stands here is to be taken for no command and no reply. The ends of
	// lines stay, as they tell a line from the start of one.
	seq, b := ch.Seq, ch.Data
	for len(b) > 0 && f.first != 0 {
		out := t.m.scratch[:0]
		for _, x := range b[:min(len(b), cap(out))] {
			if x != '\n' {
				x = '?'
			}
			out = append(out, x)
		}
		f.put(seq, out)
		seq, b = seq+uint32(len(out)), b[len(out):]
	}
}
