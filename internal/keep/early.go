package keep

import "ricochet/decode/stream"

// A reply can be captured before its command. It waits for that by the rules of
// package decode, which has to pair what is written as it is paired here.
const (
	maxEarly   = 16 // runs of bytes held of a connection
	earlyCalls = 8  // packets of the connection until one is given up, or
	earlyTime  = 1_000_000_000
)

// early is a run of bytes from the server that waits for the client's.
type early struct {
	chunk stream.Chunk
	calls int
}

// isEarly reports whether a run of bytes from the server acknowledges more than the
// client was seen to send.
func (c *conn) isEarly(ch *stream.Chunk) bool {
	from := &c.flow[c.client]
	waits := c.s == nil && c.proto == undecided || c.s != nil && c.s.synced
	return waits && ch.Ack != 0 && !from.ended && (from.data || c.synSeen) && int32(ch.Ack-from.half.Expected()) > 0
}

// offer takes the next run of bytes of one direction, or keeps it for later.
func (t *table) offer(c *conn, dir int, ch *stream.Chunk) {
	if c.client == unknownSide || dir == int(c.client) || len(c.early) == 0 && !c.isEarly(ch) {
		t.take(c, dir, ch)
		return
	}
	if len(c.early) >= maxEarly || t.m.budget.Held > t.m.budget.Max {
		t.release(c, true)
		t.take(c, dir, ch)
		return
	}
	kept := *ch
	kept.Data = append([]byte(nil), ch.Data...)
	t.m.budget.Held += int64(len(kept.Data))
	c.early = append(c.early, early{chunk: kept})
}

// release takes what was kept and need not wait any longer, or all of it.
func (t *table) release(c *conn, all bool) {
	for len(c.early) > 0 {
		e := &c.early[0]
		e.calls++
		if !all && c.isEarly(&e.chunk) && e.calls <= earlyCalls && c.used-e.chunk.Mark.Time < earlyTime {
			return
		}
		ch := e.chunk
		c.early = c.early[1:]
		t.m.budget.Held -= int64(len(ch.Data))
		t.take(c, 1-int(c.client), &ch)
	}
	c.early = nil
}
