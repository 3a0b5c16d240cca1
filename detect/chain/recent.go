package chain

import (
	"slices"

	"ricochet/detect"
)

// Bounds of the memory of the last sendings.
const (
	recentSlots = 16
	// swapped is the largest distance, in packets, over which packets that were
	// captured at one point are found to trade places.
	swapped = 8
)

// recent remembers the last sendings, for the case that a retry was captured
// before the redirect that it follows, and the last of them that were answered.
type recent struct {
	slots    [recentSlots]sending
	answered [recentSlots]flightKey
	next     uint32
	replies  uint32
}

type sending struct {
	rank    uint64
	command uint64
	ordinal uint64
	at      int64
	conn    *detect.Conn
	asking  bool
	busy    [2]detect.Span
}

func (r *recent) add(e *detect.Evidence) {
	r.slots[r.next%recentSlots] = sending{e.Rank, e.Command, e.Ordinal, e.At, e.Conn, e.Asking, e.Busy}
	r.next++
}

func (r *recent) answer(e *detect.Evidence) {
	r.answered[r.replies%recentSlots] = flightKey{e.Conn.ID, e.Ordinal}
	r.replies++
}

// overtaken looks for the continuation of a chain among the commands captured
// just before its redirect. One caller that waits for its replies cannot have
// sent it there before it had the redirect, so that finding it there, on a
// connection of the same client or with bytes that nothing else of the host has,
// says that the packets traded places.
func (t *Tracker) overtaken(c *Chain, e *detect.Evidence) {
	if e.Since == 0 {
		return
	}
	for i := range t.recent.slots {
		s := &t.recent.slots[i]
		if s.command != c.Command || s.conn == nil || s.at < e.Since || s.rank+swapped < e.Rank || s.rank >= e.Rank ||
			s.conn.ID == e.Conn.ID || s.conn.Client.Addr() != c.Client.Host || s.conn.Server != c.target {
			continue
		}
		k := flightKey{s.conn.ID, s.ordinal}
		if t.flights.by[k] != nil || s.ordinal == 0 || slices.Contains(t.recent.answered[:], k) {
			continue // another chain's, or no longer on its way
		}
		a, b := t.links.get(s.conn.ID).owner(), t.links.get(e.Conn.ID).owner()
		tied := a != nil && a == b
		if tied && s.asking == (c.lastReply == detect.Ask) || c.family.sends <= c.sends+1 {
			sent := detect.Evidence{Place: detect.Place{At: s.at}, Rank: s.rank, Kind: detect.Sent, Asking: s.asking, Conn: s.conn, Ordinal: s.ordinal, Command: s.command, Busy: s.busy}
			t.assign(c, &sent, sure, false)
			return
		}
	}
}
