package chain

import (
	"net/netip"

	"ricochet/detect"
)

// DefaultWindow is how long a redirected command may take to come back, in
// nanoseconds of packet time.
const DefaultWindow = 5_000_000_000

// Options configure a Tracker.
type Options struct {
	// Window is how long after a redirect the same command may come back, in
	// nanoseconds of packet time; 0 means DefaultWindow.
	Window int64
	// Done receives every chain that has ended. The chain is the receiver's.
	Done func(*Chain)
	// Bounced, if set, is told of every chain as soon as it bounces, while it is
	// still followed; Retracted, if set, when such a chain turns out not to have
	// bounced. A chain that was told and not retracted comes to Done. The chain is
	// the Tracker's until then.
	Bounced, Retracted func(*Chain)
	// Learnt, if set, is told when a command that was redirected to a name was seen
	// to arrive at a node: the name, as it may be shown, the node, and when.
	Learnt func(name string, at netip.AddrPort, when int64)
}

// Bounds counts how often each bound was hit.
type Bounds struct {
	OpenChains int64 // chains given up because MaxOpen were open
	Links      int64 // generations of connections forgotten
	Alike      int64 // commands compared with maxWeighed of the chains they may continue, and not with all
	Hosts      int64 // times that all hosts were forgotten
	Names      int64 // names of targets not learnt because maxNames were known
	Visits     int64 // hops at a visit beyond MaxVisits, of which chains keep no count
}

// Tracker follows redirected commands. It is not for concurrent use.
type Tracker struct {
	window  int64
	maxOpen int
	done    func(*Chain)
	bounced func(*Chain)
	retract func(*Chain)
	learnt  func(string, netip.AddrPort, int64)
	now     int64 // latest time seen
	open    int
	bykey   map[key]*family
	flights flights
	// waits holds the chains that time ends: those that wait for their command,
	// and those that linger; the one that came first is in front. flies holds
	// the chains whose command is on its way, in the order of sending.
	waits, flies list
	links        links
	routes       routes
	hosts        map[netip.Addr]*host
	names        map[string]netip.AddrPort // names in redirects, learnt from where commands arrived
	seen         seen
	recent       recent
	ids          uint64
	Bounds       Bounds
}

// New returns a Tracker.
func New(o Options) *Tracker {
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	if o.Done == nil {
		o.Done = func(*Chain) {}
	}
	if o.Bounced == nil {
		o.Bounced = func(*Chain) {}
	}
	if o.Retracted == nil {
		o.Retracted = func(*Chain) {}
	}
	if o.Learnt == nil {
		o.Learnt = func(string, netip.AddrPort, int64) {}
	}
	return &Tracker{
		learnt: o.Learnt, window: o.Window, maxOpen: MaxOpen, done: o.Done, bounced: o.Bounced, retract: o.Retracted,
		bykey: map[key]*family{}, flights: newFlights(),
		hosts: map[netip.Addr]*host{}, names: map[string]netip.AddrPort{},
	}
}

// Add takes the next piece of evidence. Evidence comes in the order in which it
// was seen; times may step back a little. While no chain is open, ordinary
// commands and replies cost a comparison or two.
func (t *Tracker) Add(e *detect.Evidence) {
	t.Advance(e.At)
	switch e.Kind {
	case detect.Sent:
		if e.Ordinal == 1 && e.Conn.Opened != 0 {
			if r := t.reach(e.Conn); r.mute == 0 {
				r.mute = e.At
				t.routes.mutes++
			}
		}
		if e.Command != 0 {
			t.seen.add(e.Conn.Client.Addr(), e.Command)
			t.recent.add(e)
			if t.open > 0 {
				t.sent(e)
			}
		}
	case detect.Replied:
		if t.routes.mutes > 0 {
			t.routes.answered(e.Conn)
		}
		t.recent.answer(e)
		if e.Reply.IsRedirect() {
			t.redirected(e)
		} else if t.open > 0 {
			t.settled(e)
		}
	case detect.Opening:
		h := t.visits(e.Conn)
		h.tried, h.triedAt = e.Conn.Server, e.At
		if r := t.reach(e.Conn); r.asked <= r.accepted {
			r.asked = e.At
		}
	case detect.Accepted, detect.Speaks:
		t.visits(e.Conn)
		t.reach(e.Conn).accepted = e.At
	case detect.Refused:
		t.reach(e.Conn).refused = e.At
	case detect.Closed:
		t.interrupted(e, true)
		t.links.forget(e.Conn.ID)
	case detect.Behind:
		t.reach(e.Conn).behind++
	case detect.Caught:
		// What was late has been seen by now; what was lost comes as Blind.
		r := t.reach(e.Conn)
		r.behind = max(0, r.behind-1)
	case detect.Blind:
		t.reach(e.Conn).blind = t.now
		t.interrupted(e, false)
	}
}

// Advance lets time pass up to at: chains whose command did not come back within
// the window end. Evidence does the same; a live source that is idle has none.
func (t *Tracker) Advance(at int64) {
	if at > t.now {
		t.now = at
		if t.open > 0 {
			t.expire()
		}
	} else if at < t.now-setBack {
		t.now = at
	}
}

// setBack is how far back evidence must lie, in nanoseconds, to say that the clock
// was set and goes on from there; packets that trade places are closer.
const setBack = 10_000_000_000

// tell tells that a chain bounces, or does not after all.
func (t *Tracker) tell(c *Chain) {
	if b := c.Bounced(); b != c.told {
		c.told = b
		if b {
			t.bounced(c)
		} else {
			t.retract(c)
		}
	}
}

// Flush ends every open chain as cut: the capture is over.
func (t *Tracker) Flush() {
	for c := t.oldest(); c != nil; c = t.oldest() {
		if c.state == lingering {
			t.retire(c)
		} else {
			c.AtEnd = true
			t.finish(c, Cut, t.now)
		}
	}
}

// oldest returns the open chain that is worth least: of those that wait the one
// that waits longest, else the one whose command is longest on its way.
func (t *Tracker) oldest() *Chain {
	if t.waits.front != nil {
		return t.waits.front
	}
	return t.flies.front
}
