package decode

import "ricochet/decode/stream"

// A reply can be captured before its command: packets trade places in network
// cards with several queues and between capture points. Its acknowledgement
// tells, as the server had received more than was seen so far of what the client
// sent. Such a reply waits for the command.

// The bounds of that waiting. A command that does not show up within earlyCalls
// further packets of the connection, or earlyTime nanoseconds, was not captured.
const (
	maxEarly   = 16 // runs of bytes held of a connection
	earlyCalls = 8
	earlyTime  = 1_000_000_000
)

// early is a run of bytes from the server that waits for the client's.
type early struct {
	chunk stream.Chunk
	calls int
}

// isEarly reports whether a run of bytes from the server answers something that
// the client was not yet seen to send.
func (c *conn) isEarly(ch *stream.Chunk) bool {
	from := int(c.client)
	waits := c.s == nil && c.proto == undecided || c.s != nil && c.s.synced
	return waits && ch.Ack != 0 && !c.ended[from] && (c.data[from] || c.synSeen) &&
		int32(ch.Ack-c.half[from].Expected()) > 0
}

// offer takes the next run of bytes of one direction, or keeps it for later.
func (c *conn) offer(t *Table, dir int, ch *stream.Chunk) {
	if c.client == unknownSide || dir == int(c.client) || len(c.early) == 0 && !c.isEarly(ch) {
		c.take(t, dir, ch)
		return
	}
	if len(c.early) >= maxEarly || t.budget.Held > t.budget.Max {
		c.release(t, true)
		c.take(t, dir, ch)
		return
	}
	kept := *ch
	kept.Data = append([]byte(nil), ch.Data...)
	t.budget.Held += int64(len(kept.Data))
	c.early = append(c.early, early{chunk: kept})
}

// release takes what was kept and need not wait any longer, or all of it.
func (c *conn) release(t *Table, all bool) {
	for len(c.early) > 0 {
		e := &c.early[0]
		e.calls++
		if !all && c.isEarly(&e.chunk) && e.calls <= earlyCalls && c.used-e.chunk.Mark.Time < earlyTime {
			return
		}
		ch := e.chunk
		c.early = c.early[1:]
		t.budget.Held -= int64(len(ch.Data))
		c.take(t, 1-int(c.client), &ch)
	}
	c.early = nil
}
