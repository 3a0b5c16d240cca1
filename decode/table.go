package decode

import (
	"bytes"
	"encoding/binary"

	"ricochet/decode/frame"
	"ricochet/decode/stream"
)

// Bounds of a Table. A run of the program has Shards tables.
const (
	// Shards is the number of tables that connections are spread over. It does
	// not depend on the number of workers, so that no result does.
	Shards = 16
	// MaxConns bounds the connections that a table remembers; the one that was
	// quiet for longest makes room.
	MaxConns = 1 << 13
	// maxHeld bounds the bytes held for reassembly by a table.
	maxHeld = 2 << 20
	// linger is how long a closed connection is remembered, in nanoseconds of
	// packet time: late copies of its packets are to change nothing.
	linger = 30_000_000_000
)

// DefaultPorts are the ports at which ricochet expects RESP. A connection on one
// of them that is not RESP is reported as unparsed; on any other port RESP is
// recognised by its content.
func DefaultPorts() []PortRange {
	return []PortRange{{6379, 6380}, {7000, 7010}, {26379, 26379}}
}

// PortRange is a range of TCP ports, both ends included.
type PortRange struct{ From, To uint16 }

// Options configure a Table.
type Options struct {
	// Ports are where RESP is expected; nil means DefaultPorts.
	Ports []PortRange
	// Only says that nothing but Ports is looked at, and the cluster bus of the
	// servers there.
	Only bool
}

// Table holds the state of the connections of one shard. It is not for
// concurrent use.
type Table struct {
	o       Options
	h       Handler
	conns   map[connKey]*conn
	last    *conn // of the previous packet, often that of the next
	budget  stream.Budget
	slots   int64 // what the queues of commands take; see maxSlots
	gossip  gossipNews
	busHeld int64 // bytes of unfinished messages of the bus
	stats   *Stats
	words   map[string]string // first words of errors
	oldest  *conn             // least recently used
	newest  *conn
	seg     stream.Segment
	chunk   stream.Chunk
	views   views
}

// NewTable returns an empty Table whose findings go to h.
func NewTable(o Options, h Handler) *Table {
	if o.Ports == nil {
		o.Ports = DefaultPorts()
	}
	t := &Table{o: o, h: h, conns: map[connKey]*conn{}, stats: &Stats{}, words: map[string]string{}}
	t.budget.Max = maxHeld
	return t
}

// connKey is the pair of endpoints of a connection, the lower one first.
type connKey struct{ a, b frame.Endpoint }

func keyOf(seg *frame.Segment) (k connKey, dir int) {
	c := bytes.Compare(seg.Src.Addr[:], seg.Dst.Addr[:])
	if c < 0 || c == 0 && seg.Src.Port <= seg.Dst.Port {
		return connKey{seg.Src, seg.Dst}, 0
	}
	return connKey{seg.Dst, seg.Src}, 1
}

// ShardOf returns the table, of Shards, to which a segment belongs. Both
// directions of a connection belong to the same: the sums are the same for both.
func ShardOf(seg *frame.Segment) int {
	h := binary.LittleEndian.Uint64(seg.Src.Addr[8:]) + binary.LittleEndian.Uint64(seg.Dst.Addr[8:])
	h += uint64(seg.Src.Port) + uint64(seg.Dst.Port)
	return int(h * mixA >> 60)
}

// Segment takes the next segment. rank is the position of its packet among all
// packets and gives new connections their ID.
func (t *Table) Segment(seg *frame.Segment, m Mark, rank uint64) {
	if t.o.Only && !t.wanted(seg.Src.Port) && !t.wanted(seg.Dst.Port) {
		return
	}
	k, dir := keyOf(seg)
	c := t.last
	if c == nil || c.key != k {
		c = t.conns[k]
	}
	if c != nil && c.superseded(seg, dir, m.Time) {
		t.end(c, m)
		t.remove(c)
		c = nil
	}
	if c == nil {
		if len(seg.Payload) == 0 && seg.Len == 0 && seg.Flags&frame.SYN == 0 {
			return // nothing to be learnt from the rest of a connection
		}
		c = t.add(k, rank, m.Time)
	}
	t.last = c
	t.touch(c, m.Time)
	t.handshake(c, seg, dir, m)
	if c.closed {
		return
	}
	t.deliver(c, seg, dir, m)
	if behind := c.half[0].Holding() || c.half[1].Holding() || len(c.early) > 0; behind != c.behind && c.s != nil {
		c.behind = behind
		if behind {
			c.s.event(Behind, m)
		} else {
			c.s.event(Caught, m)
		}
	}
}

// deliver hands a segment to the reassembly of both directions.
func (t *Table) deliver(c *conn, seg *frame.Segment, dir int, m Mark) {
	if seg.Flags&frame.ACK != 0 && c.half[1-dir].Acked(seg.Ack) {
		t.drain(c, 1-dir)
	}
	if seg.Len == 0 && seg.Flags&(frame.FIN|frame.RST) == 0 {
		if len(c.early) > 0 {
			c.release(t, false)
		}
		return
	}
	s := &t.seg
	*s = stream.Segment{
		Mark: m, Seq: seg.Seq, Data: seg.Payload, Len: seg.Len,
		SYN: seg.Flags&frame.SYN != 0, FIN: seg.Flags&frame.FIN != 0, RST: seg.Flags&frame.RST != 0,
	}
	if seg.Flags&frame.ACK != 0 {
		s.Ack = seg.Ack
	}
	if s.Len > len(s.Data) {
		c.cut[dir] += int64(s.Len - len(s.Data))
	}
	if c.half[dir].Push(s, &t.budget) {
		t.drain(c, dir)
	}
	if s.Len > len(s.Data) {
		t.cutTail(c, dir)
	}
	if len(c.early) > 0 {
		c.release(t, false)
	}
	if c.ended[dir] && s.RST || c.ended[0] && c.ended[1] {
		t.end(c, m)
	}
}

// drain takes what one direction has next.
func (t *Table) drain(c *conn, dir int) {
	ch := &t.chunk
	for c.half[dir].Next(ch) {
		if ch.Gap > 0 {
			ch.Gap -= c.passed[dir]
		}
		c.passed[dir] = 0
		c.end[dir] = ch.Seq + uint32(len(ch.Data))
		if ch.End {
			c.ended[dir] = true
			if ch.Gap <= 0 {
				continue
			}
		}
		c.offer(t, dir, ch)
	}
}

// cutTail passes on at once that the end of a segment was cut by the capture. A
// half would say so with the bytes that follow; by then the command that ends
// there may be answered.
func (t *Table) cutTail(c *conn, dir int) {
	missing := int64(int32(c.half[dir].Expected()-c.end[dir])) - c.passed[dir]
	if !c.data[dir] || c.ended[dir] || missing <= 0 {
		return
	}
	t.chunk = stream.Chunk{
		Mark: t.seg.Mark, Ack: t.seg.Ack, Seq: c.end[dir] + uint32(c.passed[dir]), Gap: missing,
	}
	c.passed[dir] += missing
	c.offer(t, dir, &t.chunk)
}

// end closes a connection: what is held is given out, with its holes.
func (t *Table) end(c *conn, m Mark) {
	if c.closed {
		return
	}
	c.closed = true
	for dir := range c.half {
		c.seqEnd[dir] = c.half[dir].Expected()
		if c.half[dir].Flush() {
			t.drain(c, dir)
		}
		c.half[dir].Reset()
	}
	c.release(t, true)
	c.finish(t, m)
}

// Flush ends every connection: the capture is over. What was outstanding then
// is not an error of anybody, so that no connection is reported as closed.
func (t *Table) Flush() {
	for c := t.oldest; c != nil; c = c.newer {
		if c.closed {
			continue
		}
		c.final = true
		t.end(c, Mark{})
	}
}

// Stats returns what was counted so far, the counters of reassembly included.
// It is complete after Flush.
func (t *Table) Stats() *Stats {
	s := *t.stats
	s.Duplicates = t.budget.Retransmitted
	s.Blind.Add(CauseReassembly, t.budget.Forced, 0, 0)
	return &s
}

func (t *Table) expected(port uint16) bool {
	for _, r := range t.o.Ports {
		if port >= r.From && port <= r.To {
			return true
		}
	}
	return false
}

// wanted reports whether RESP or the cluster bus is expected at a port.
func (t *Table) wanted(port uint16) bool {
	return t.expected(port) || port > busOffset && t.expected(port-busOffset)
}

// onBus reports whether a connection has a port at which the bus is expected.
func (t *Table) onBus(c *conn) bool { return t.wanted(c.key.a.Port) || t.wanted(c.key.b.Port) }

// word returns the text of an error's first word, the same string each time.
func (t *Table) word(b []byte) string {
	if w, ok := t.words[string(b)]; ok {
		return w
	}
	if !errorWord(b) {
		return otherWord
	}
	w := string(b)
	if len(t.words) < maxErrorWords {
		t.words[w] = w
	}
	return w
}

// add remembers a new connection, at the cost of the one unused for longest.
func (t *Table) add(k connKey, rank uint64, at int64) *conn {
	for n := 0; n < 2 && t.oldest != nil && t.oldest.closed && at-t.oldest.used > linger; n++ {
		t.remove(t.oldest)
	}
	if len(t.conns) >= MaxConns {
		old := t.oldest
		if !old.closed {
			t.stats.Blind.Add(CauseConnections, 1, 0, at)
			t.end(old, Mark{Time: at})
		}
		t.remove(old)
	}
	c := &conn{key: k, id: rank, client: unknownSide, used: at}
	t.conns[k] = c
	c.older = t.newest
	if t.newest != nil {
		t.newest.newer = c
	} else {
		t.oldest = c
	}
	t.newest = c
	return c
}

// touch notes that a connection is in use. To the second is precise enough, and
// keeps the list still while packets come fast.
func (t *Table) touch(c *conn, at int64) {
	const precision = 1_000_000_000
	if at-c.used < precision || c == t.newest {
		c.used = max(c.used, at)
		return
	}
	c.used = at
	t.unlink(c)
	c.older, c.newer = t.newest, nil
	t.newest.newer = c
	t.newest = c
}

func (t *Table) unlink(c *conn) {
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

func (t *Table) remove(c *conn) {
	t.unlink(c)
	delete(t.conns, c.key)
	if t.last == c {
		t.last = nil
	}
}
