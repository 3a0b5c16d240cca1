package keep

import (
	"bytes"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/decode/stream"
)

// maxConns bounds the connections that are remembered, each of which takes about
// a kilobyte; the one that was quiet for longest makes room.
const maxConns = 1 << 14

// maxReassembly bounds the bytes held for reassembly by all connections.
const maxReassembly = 4 << 20

// table holds the connections.
type table struct {
	m      *masker
	ports  []decode.PortRange
	conns  map[connKey]*conn
	last   *conn // of the packet before, often that of the next
	oldest *conn // least recently used
	newest *conn
	apart  bool // see Options
	seg    stream.Segment
	chunk  stream.Chunk
}

// connKey is the pair of endpoints of a connection, the lower one first, and who saw
// it, if that matters.
type connKey struct {
	a, b   frame.Endpoint
	origin int
}

func keyOf(seg *frame.Segment) (k connKey, dir int) {
	n := bytes.Compare(seg.Src.Addr[:], seg.Dst.Addr[:])
	if n < 0 || n == 0 && seg.Src.Port <= seg.Dst.Port {
		return connKey{a: seg.Src, b: seg.Dst}, 0
	}
	return connKey{a: seg.Dst, b: seg.Src}, 1
}

func newTable(m *masker, ports []decode.PortRange, apart bool) *table {
	if ports == nil {
		ports = decode.DefaultPorts()
	}
	m.budget.Max = maxReassembly
	return &table{m: m, ports: ports, apart: apart, conns: map[connKey]*conn{}}
}

// segment takes the segment of the packet that was held last. payload and tail are
// where its payload begins and ends there; they are equal if it has none that was
// captured.
func (t *table) segment(seg *frame.Segment, p *capture.Packet, payload, tail int) {
	t.m.unread = false
	at := p.Time
	k, dir := keyOf(seg)
	if t.apart {
		k.origin = p.Origin
	}
	c := t.last
	if c == nil || c.key != k {
		c = t.conns[k]
	}
	if c != nil && c.superseded(seg, dir, at) {
		t.end(c)
		t.remove(c)
		c = nil
	}
	if c == nil {
		if seg.Len == 0 && seg.Flags&frame.SYN == 0 {
			return // nothing to be learnt from the rest of a connection
		}
		c = t.add(k, at)
	}
	t.last = c
	t.touch(c, at)
	if tail > payload {
		seq := seg.Seq
		if seg.Flags&frame.SYN != 0 {
			seq++
		}
		t.m.held.await(&c.flow[dir], seq, payload, tail)
	}
	c.handshake(seg, dir)
	if !c.closed {
		t.deliver(c, seg, dir, at)
	}
}

// deliver hands a segment to the reassembly of both directions.
func (t *table) deliver(c *conn, seg *frame.Segment, dir int, at int64) {
	f, back := &c.flow[dir], &c.flow[1-dir]
	if seg.Flags&frame.ACK != 0 && back.half.Acked(seg.Ack) {
		t.drain(c, 1-dir)
	}
	if seg.Len == 0 && seg.Flags&(frame.FIN|frame.RST) == 0 {
		t.release(c, false)
		return
	}
	s := &t.seg
	*s = stream.Segment{
		Mark: stream.Mark{Time: at}, Seq: seg.Seq, Data: seg.Payload, Len: seg.Len,
		SYN: seg.Flags&frame.SYN != 0, FIN: seg.Flags&frame.FIN != 0, RST: seg.Flags&frame.RST != 0,
	}
	if seg.Flags&frame.ACK != 0 {
		s.Ack = seg.Ack
	}
	if f.half.Push(s, &t.m.budget) {
		t.drain(c, dir)
	}
	if s.Len > len(s.Data) {
		t.cutTail(c, dir, at, s.Ack)
	}
	t.release(c, false)
	if f.ended && s.RST || c.flow[0].ended && c.flow[1].ended {
		t.end(c)
	}
}

// end closes a connection: what is held for reassembly is given out, with its
// holes.
func (t *table) end(c *conn) {
	if c.closed {
		return
	}
	c.closed = true
	for dir := range c.flow {
		f := &c.flow[dir]
		c.seqEnd[dir] = f.half.Expected()
		if f.half.Flush() {
			t.drain(c, dir)
		}
	}
	t.release(c, true)
	if c.s != nil {
		c.s.end()
		c.s = nil
		c.proto = protoOther // what comes late is not understood
	}
	if c.bus != nil {
		c.bus[0].forget()
		c.bus[1].forget()
		c.bus = nil
		c.proto = protoOther
	}
	for dir := range c.flow {
		f := &c.flow[dir]
		if f.known {
			f.decide(f.end)
		}
		f.close()
	}
}

// flush ends all connections.
func (t *table) flush() {
	for c := t.oldest; c != nil; c = c.newer {
		t.end(c)
	}
}

// onBus reports whether a connection has a port at which RESP or the cluster bus
// is expected.
func (t *table) onBus(c *conn) bool {
	for _, p := range [...]uint16{c.key.a.Port, c.key.b.Port} {
		if t.expected(p) || p > busOffset && t.expected(p-busOffset) {
			return true
		}
	}
	return false
}

func (t *table) expected(port uint16) bool {
	for _, r := range t.ports {
		if port >= r.From && port <= r.To {
			return true
		}
	}
	return false
}

// add remembers a new connection, at the cost of the one unused for longest.
func (t *table) add(k connKey, at int64) *conn {
	for n := 0; n < 2 && t.oldest != nil && t.oldest.closed && at-t.oldest.used > linger; n++ {
		t.remove(t.oldest)
	}
	if len(t.conns) >= maxConns {
		old := t.oldest
		t.end(old)
		t.remove(old)
	}
	c := &conn{key: k, client: unknownSide, used: at}
	c.flow[0].held, c.flow[1].held = t.m.held, t.m.held
	t.conns[k] = c
	t.append(c)
	return c
}

// touch notes that a connection is in use. To the second is precise enough, and
// keeps the list still while packets come fast.
func (t *table) touch(c *conn, at int64) {
	const precision = 1_000_000_000
	if at-c.used < precision || c == t.newest {
		c.used = max(c.used, at)
		return
	}
	c.used = at
	t.unlink(c)
	t.append(c)
}

func (t *table) append(c *conn) {
	c.older, c.newer = t.newest, nil
	if t.newest != nil {
		t.newest.newer = c
	} else {
		t.oldest = c
	}
	t.newest = c
}

func (t *table) unlink(c *conn) {
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		t.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		t.newest = c.older
	}
}

func (t *table) remove(c *conn) {
	t.unlink(c)
	delete(t.conns, c.key)
	if t.last == c {
		t.last = nil
	}
}
