package chain

import (
	"net/netip"

	"ricochet/detect"
)

// ReadonlyTimes is how often the same write must meet READONLY on the same node
// within the window to be reported: once is a demotion, twice a retry.
const ReadonlyTimes = 3

// maxReadonly bounds the writes remembered that met READONLY.
const maxReadonly = 1 << 12

// Readonly finds writes that a client sends to the same replica again and again.
// No redirect is involved: a client whose idea of the primary is stale, and that
// dials the same node each time, gets READONLY for ever.
type Readonly struct {
	window int64
	seen   map[readonlyKey]*readonlyRun
	ids    uint64
	f      Findings
	// Forgotten counts writes dropped because maxReadonly were remembered.
	Forgotten int64
}

type readonlyKey struct {
	host    netip.Addr
	command uint64
	node    netip.AddrPort
}

// readonlyRun is one client's run of refusals. The same write from another
// client of the host is no retry: a retry comes on the same connection, or on
// one opened after the refusal.
type readonlyRun struct {
	c    *Chain
	conn uint64
	last int64
}

// NewReadonly returns a detector with a window in nanoseconds.
func NewReadonly(window int64) *Readonly {
	if window <= 0 {
		window = DefaultWindow
	}
	return &Readonly{window: window, seen: map[readonlyKey]*readonlyRun{}}
}

// Add takes the next piece of evidence.
func (r *Readonly) Add(e *detect.Evidence) {
	if e.Kind != detect.Replied || e.Reply != detect.Failed || e.Detail.Word != "READONLY" || e.Command == 0 || e.Ordinal == 0 {
		return
	}
	k := readonlyKey{e.Conn.Client.Addr(), e.Command, e.Conn.Server}
	run := r.seen[k]
	if run == nil || e.At-run.last > r.window || run.conn != e.Conn.ID && (e.Conn.Opened == 0 || e.Conn.Opened < run.last) {
		if len(r.seen) >= maxReadonly {
			r.Forgotten += int64(len(r.seen))
			clear(r.seen)
		}
		r.ids++
		cl := &Client{ID: r.ids, Host: k.host}
		cl.add(e.Conn)
		run = &readonlyRun{c: &Chain{Client: cl, Conn: e.Conn, Command: e.Command, Text: e.Detail.Text, Write: true, Start: e.Since}}
		r.seen[k] = run
	}
	run.conn, run.last = e.Conn.ID, e.At
	run.c.addConn(e.Conn.ID)
	run.c.addRefusal(Hop{Place: e.Place, Node: e.Conn.Server, Line: e.Detail.Word})
	switch n := run.c.HopCount; {
	case n < ReadonlyTimes:
	case n == ReadonlyTimes:
		g := r.f.group(detect.ReadonlyLoop, []netip.AddrPort{k.node}, run.c.First, run.c.Last)
		run.c.Outcome = Failed
		g.add(run.c)
		g.Redirects = 0
	default:
		g := r.f.group(detect.ReadonlyLoop, []netip.AddrPort{k.node}, run.c.First, run.c.Last)
		g.Last = max(g.Last, run.c.Last)
		g.MaxHops = max(g.MaxHops, n)
	}
}

// Findings returns what was found.
func (r *Readonly) Findings() []*Finding { return r.f.All() }

// addRefusal adds a READONLY to a chain that holds nothing else.
func (c *Chain) addRefusal(h Hop) {
	h.Reply = detect.Redirect // counts as the first kind; such a chain is never summed with others
	c.addHop(h)
}
