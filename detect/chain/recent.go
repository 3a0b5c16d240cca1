package chain

import "ricochet/detect"

// Bounds of the memory of the last sendings.
const (
	recentSlots = 16
	// swapped is the largest distance, in packets, over which packets that were
	// captured at one point are found to trade places.
	swapped = 8
)

// recent remembers the last sendings, for the case that a retry was captured
// before the redirect that it follows.
type recent struct {
	slots [recentSlots]sending
	next  int
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
	r.slots[r.next] = sending{e.Rank, e.Command, e.Ordinal, e.At, e.Conn, e.Asking, e.Busy}
	r.next = (r.next + 1) % recentSlots
}

// overtaken looks for the continuation of a chain among the commands captured
// just before its redirect. One caller that waits for its replies cannot have
// sent it there before it had the redirect, so that finding it there, on a
// connection of the same client or with bytes that nothing else of the host has,
// says that the packets traded places.
func (t *Tracker) overtaken(c *Chain, e *detect.Evidence) {
	f := t.bykey[key{c.Client.Host, c.Command}]
	for i := range t.recent.slots {
		s := &t.recent.slots[i]
		if s.command != c.Command || s.conn == nil || s.at < e.Since || s.rank+swapped < e.Rank || s.rank >= e.Rank ||
			s.conn.ID == e.Conn.ID || s.conn.Client.Addr() != c.Client.Host || s.conn.Server != c.target {
			continue
		}
		if _, taken := t.flight[flightKey{s.conn.ID, s.ordinal}]; taken || s.ordinal == 0 {
			continue
		}
		l := t.links[s.conn.ID]
		tied := l != nil && l.client != nil && l.client.Root() == c.Client.Root()
		if tied && s.asking == (c.lastReply == detect.Ask) || f.sends <= c.sends+1 {
			sent := detect.Evidence{Place: detect.Place{At: s.at}, Rank: s.rank, Kind: detect.Sent, Asking: s.asking, Conn: s.conn, Ordinal: s.ordinal, Command: s.command, Busy: s.busy}
			t.assign(c, &sent, sure, false, f)
			return
		}
	}
}
