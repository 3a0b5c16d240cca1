package chain

import (
	"net/netip"

	"ricochet/detect"
)

// ReadonlyTimes is how often the same write must meet READONLY on the same node
// within the window to be reported: once is a demotion, twice a retry.
const ReadonlyTimes = 3

// Bounds of the memory of writes that met READONLY.
const (
	maxReadonly = 1 << 12 // writes, by host and node
	maxRuns     = 64      // clients of a host that send the same write to the same node
)

// Readonly finds writes that a client sends to the same replica again and again.
// No redirect is involved: a client whose idea of the primary is stale, and that
// dials the same node each time, gets READONLY for ever. It is not for concurrent
// use.
type Readonly struct {
	window int64
	runs   map[readonlyKey][]*readonlyRun
	ids    uint64
	// clients are known by their connections; bounded like runs.
	clients map[uint64]*Client
	f       Findings
	// Forgotten counts writes dropped because of a bound.
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

// NewReadonly returns a detector with a window in nanoseconds; 0 means
// DefaultWindow.
func NewReadonly(window int64) *Readonly {
	if window <= 0 {
		window = DefaultWindow
	}
	return &Readonly{window: window, runs: map[readonlyKey][]*readonlyRun{}, clients: map[uint64]*Client{}}
}

// Add takes the next piece of evidence.
func (r *Readonly) Add(e *detect.Evidence) {
	if e.Kind != detect.Replied || e.Reply != detect.Failed || e.Detail.Word != "READONLY" || e.Command == 0 || e.Ordinal == 0 {
		return
	}
	k := readonlyKey{e.Conn.Client.Addr(), e.Command, e.Conn.Server}
	run := r.find(k, e)
	if run == nil {
		run = r.begin(k, e)
	}
	if run.conn != e.Conn.ID { // redialled
		r.own(e.Conn, run.c.Client.Root())
	}
	run.conn, run.last = e.Conn.ID, e.At
	run.c.addConn(e.Conn.ID)
	// Such a chain is never summed with others, so that any kind of hop will do.
	run.c.addHop(Hop{Place: e.Place, Node: e.Conn.Server, Reply: detect.Redirect, Slot: -1, Line: e.Detail.Word})
	if run.c.HopCount < ReadonlyTimes {
		return
	}
	g := r.f.group(detect.ReadonlyLoop, []netip.AddrPort{k.node}, run.c.First, run.c.Last)
	if run.c.HopCount == ReadonlyTimes {
		run.c.Outcome = Failed
		g.add(run.c)
		g.Redirects, g.Kinds = 0, [3]int64{}
	}
	g.Last, g.MaxHops = max(g.Last, run.c.Last), max(g.MaxHops, run.c.HopCount)
}

// find returns the run that a refusal continues: the one of its connection, else
// the one that ended last before the connection was opened.
func (r *Readonly) find(k readonlyKey, e *detect.Evidence) (found *readonlyRun) {
	for _, run := range r.runs[k] {
		switch {
		case e.At-run.last > r.window:
		case run.conn == e.Conn.ID:
			return run
		case e.Conn.Opened != 0 && e.Conn.Opened >= run.last && (found == nil || run.last > found.last):
			found = run
		}
	}
	return found
}

func (r *Readonly) begin(k readonlyKey, e *detect.Evidence) *readonlyRun {
	if r.runs[k] == nil && len(r.runs) >= maxReadonly {
		r.Forgotten += int64(len(r.runs))
		clear(r.runs)
	}
	client := r.own(e.Conn, nil)
	run := &readonlyRun{conn: e.Conn.ID, c: &Chain{
		Client: client, Conn: e.Conn, Command: e.Command, Text: e.Detail.Text, Start: e.Since,
	}}
	// One that the window has closed makes room, else the one that is oldest.
	runs := r.runs[k]
	oldest := 0
	for i := range runs {
		if runs[i].last < runs[oldest].last {
			oldest = i
		}
	}
	switch {
	case len(runs) > 0 && e.At-runs[oldest].last > r.window:
		runs[oldest] = run
	case len(runs) >= maxRuns:
		runs[oldest] = run
		r.Forgotten++
	default:
		runs = append(runs, run)
	}
	r.runs[k] = runs
	return run
}

// Findings returns what was found.
func (r *Readonly) Findings() []*Finding { return r.f.All() }

// own returns the client of a connection: the one that is known to have it, else
// c, else a new one.
func (r *Readonly) own(conn *detect.Conn, c *Client) *Client {
	if known := r.clients[conn.ID]; known != nil {
		known = known.Root()
		if c != nil && c != known {
			known = merge(known, c)
		}
		return known
	}
	if len(r.clients) >= maxReadonly*maxRuns {
		r.Forgotten += int64(len(r.clients))
		clear(r.clients)
	}
	if c == nil {
		r.ids++
		c = &Client{ID: r.ids, Host: conn.Client.Addr()}
	}
	c.add(conn)
	r.clients[conn.ID] = c
	return c
}
