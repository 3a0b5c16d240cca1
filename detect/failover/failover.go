// Package failover follows handovers of the primary role: what began them, their
// phases, how they ended, and whether the servers kept what they promise
// meanwhile. What was not captured is inferred where the wire allows, and then
// said to be inferred.
package failover

import (
	"cmp"
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// Bounds of what is remembered. What is over them is counted in Tracker.Forgotten
// where it may matter to a result.
const (
	MaxEpisodes = 1024
	maxLinks    = 4096 // replication links that are followed
	maxOrders   = 256  // accepted orders, the latest
)

const (
	// settle is how long after its end an episode is still watched, in
	// nanoseconds: what was parked is answered by then, clients have moved, and what
	// belongs to it has come to light.
	settle = joins
	// abandon is how long after its last sign an episode that was not decided is
	// followed, in nanoseconds.
	abandon = 600_000_000_000
	// joins is how far apart, in nanoseconds, two signs of a handover between the
	// same nodes are signs of the same one.
	joins = 60_000_000_000
)

// Options configure a Tracker.
type Options struct {
	// Nodes says which addresses are one node and which nodes belong together. It
	// has taken each piece of evidence before the Tracker gets it.
	Nodes *topology.Map
	// Skew is how far the clock of each capture may be off, in nanoseconds, Unordered
	// if that is not known. What was seen in two captures and lies closer together than
	// that counts as not ordered.
	Skew []int64
	// Changed, if set, is told of every change worth telling, with its time.
	Changed func(*Episode, State, int64)
}

// Unordered stands for a clock of which nothing is known, in nanoseconds: what it
// shows is not ordered to what other captures show.
const Unordered = 3_600_000_000_000

// State says what became of an episode that is told while it goes on.
type State uint8

// States.
const (
	_ State = iota
	Opened
	Updated
	Closed
)

// String returns the word used in reports.
func (s State) String() string {
	switch s {
	case Opened:
		return "opened"
	case Updated:
		return "updated"
	case Closed:
		return "closed"
	}
	return "invalid"
}

// Tracker follows episodes. It is not for concurrent use.
type Tracker struct {
	o               Options
	episodes        []*Episode // in order of coming to light
	active          []*Episode // those that are going on, or are over for less than settle
	servers         map[netip.AddrPort]*server
	links           map[uint64]*link // by connection
	asks            []ask            // links on which PSYNC was sent, the latest maxAsks
	orders          []Given
	roles           []change      // reported by RoleChanged, not yet looked at
	kept            int           // redirects remembered of all servers
	worst           int64         // how far apart two clocks may be at most, of those that are known
	rtt             map[way]int64 // the shortest time in which a connection was accepted, in nanoseconds
	cache           [64]cached    // of servers
	writers         writers
	sentinels       map[uint64]bool // connections of Sentinels
	downs           map[netip.AddrPort]Proof
	greeted         map[watcher]greeting              // which primary each Sentinel names
	handed          map[netip.AddrPort]netip.AddrPort // nodes to which a former primary sends its clients, by whom
	list            []*Episode                        // in order of time and judged, if listed
	listed          bool
	readAt, wroteAt int64 // when a read, and a write, was looked at last
	serial          int
	now             int64 // time of the evidence at hand

	// Forgotten counts how often a bound was hit that may matter to a result.
	Forgotten int64
}

// Given is a command that changes roles, as a server took it.
type Given struct {
	detect.Place
	Node  netip.AddrPort
	By    *detect.Conn
	Order *detect.Order
}

// Accepted reports whether the server said that it carries it out.
func (g *Given) Accepted() bool { return g.Order.Answer == "OK" || g.Order.Answer == "QUEUED" }

// New returns a Tracker.
func New(o Options) *Tracker {
	if o.Changed == nil {
		o.Changed = func(*Episode, State, int64) {}
	}
	t := &Tracker{
		o: o, servers: map[netip.AddrPort]*server{}, links: map[uint64]*link{}, rtt: map[way]int64{},
		sentinels: map[uint64]bool{}, downs: map[netip.AddrPort]Proof{},
		handed: map[netip.AddrPort]netip.AddrPort{}, greeted: map[watcher]greeting{},
	}
	for _, off := range o.Skew {
		if off < Unordered {
			t.worst = max(t.worst, 2*off)
		}
	}
	return t
}

// Episodes returns what was found, in order of time. The slice is valid until the
// next Add.
func (t *Tracker) Episodes() []*Episode {
	if !t.listed {
		t.listed = true
		t.list = slices.Clone(t.episodes)
		slices.SortStableFunc(t.list, func(a, b *Episode) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Serial, b.Serial))
		})
		for _, ep := range t.list {
			t.judge(ep)
		}
	}
	return t.list
}

// Active reports whether an episode is going on, or was decided so lately that it
// is still watched.
func (t *Tracker) Active(ep *Episode) bool { return slices.Contains(t.active, ep) }

// Orders returns the commands that changed roles and were accepted, in the order in
// which their answers were seen; the latest of them if there were many.
func (t *Tracker) Orders() []Given { return t.orders }

// Add takes the next piece of evidence. Outside of an episode an ordinary reply
// costs a comparison or two.
func (t *Tracker) Add(e *detect.Evidence) {
	t.now, t.listed = e.At, false
	if len(t.active) > 0 {
		t.retire(e.At)
	}
	switch e.Kind {
	case detect.Replied:
		t.replied(e)
	case detect.Ordered:
		t.rename()
		t.ordered(e)
	case detect.Synced:
		t.rename()
		t.synced(e)
	case detect.Claimed:
		t.rename()
		t.claimed(e)
	case detect.Accepted:
		t.accepted(e)
	case detect.Closed:
		delete(t.sentinels, e.Conn.ID)
		if l := t.links[e.Conn.ID]; l != nil {
			t.linkEnded(l, e)
		}
	case detect.Blind:
		if l := t.links[e.Conn.ID]; l != nil {
			l.blind = true
			if ep := t.of(l.from); ep != nil && l.failover && !l.answered {
				ep.blind = true
			}
		}
	}
	if len(t.roles) > 0 {
		t.changes()
	}
}

// rename follows nodes that turned out to be known by another address.
func (t *Tracker) rename() {
	for _, ep := range t.active {
		if ep.From.IsValid() {
			ep.From = t.node(ep.From)
		}
		if ep.To.IsValid() {
			ep.To = t.node(ep.To)
		}
		if ep.To == ep.From { // two addresses of one node, as it turns out
			ep.To = netip.AddrPort{}
		}
	}
}

// Advance lets time pass while there is no evidence.
func (t *Tracker) Advance(now int64) {
	if len(t.active) > 0 {
		t.listed = false
		t.retire(now)
	}
}

// Flush takes that the evidence is over.
func (t *Tracker) Flush(at int64) {
	t.listed = false
	for _, ep := range t.active {
		if ep.over == 0 {
			t.last(ep)
		}
		t.judge(ep)
		t.o.Changed(ep, Closed, max(at, t.now))
	}
	t.active = nil
}

// last decides what can be decided of an episode of which nothing more is seen.
func (t *Tracker) last(ep *Episode) {
	switch c := &ep.account; {
	case ep.done.At != 0:
		ep.prove(ep.done)
		t.decide(ep, Done, ep.done.Place)
	case len(c.unclear) > 0 && !ep.inView():
		ep.Confidence = min(ep.Confidence, Likely)
		ep.alternative("one that was given up later")
		ep.assumed = true
		t.decide(ep, Done, c.unclear[0].Place)
	}
}

// retire ends the watch over episodes that are over for long, or of which nothing
// was seen for long.
func (t *Tracker) retire(at int64) {
	for _, ep := range t.active {
		if ep.over == 0 && (ep.done.At != 0 && at-ep.done.At > answerWithin || at-ep.End > abandon) {
			t.last(ep)
		}
	}
	t.active = slices.DeleteFunc(t.active, func(ep *Episode) bool {
		if ep.over != 0 && at-ep.over < settle || ep.over == 0 && at-ep.End <= abandon {
			return false
		}
		t.judge(ep)
		t.o.Changed(ep, Closed, at)
		return true
	})
}

// begin opens an episode.
func (t *Tracker) begin(k Kind, from, to netip.AddrPort, at int64, c Confidence, p Proof) *Episode {
	if len(t.episodes) >= MaxEpisodes {
		t.Forgotten++
		old := t.episodes[0]
		t.episodes = slices.Delete(t.episodes, 0, 1)
		if i := slices.Index(t.active, old); i >= 0 {
			t.active = slices.Delete(t.active, i, i+1)
			t.judge(old)
			t.o.Changed(old, Closed, at)
		}
	}
	if from == to {
		to = netip.AddrPort{} // to itself is to nobody
	}
	t.serial++
	ep := &Episode{Serial: t.serial, Kind: k, From: from, To: to, Outcome: Unfinished, Confidence: c, Start: at, End: at}
	ep.prove(p)
	t.episodes = append(t.episodes, ep)
	t.active = append(t.active, ep)
	return ep
}

// tell tells of a change.
func (t *Tracker) tell(ep *Episode, at int64) {
	t.judge(ep)
	at = max(at, t.now)
	if ep.told == 0 {
		ep.told = at
		t.o.Changed(ep, Opened, at)
		return
	}
	ep.told = at
	t.o.Changed(ep, Updated, at)
}

// decide ends an episode.
func (t *Tracker) decide(ep *Episode, o Outcome, p detect.Place) {
	at := p.At
	if ep.over != 0 {
		return
	}
	ep.Outcome, ep.over, ep.overIn, ep.End = o, at, p.Capture, max(at, ep.Start)
	for s := range ep.phases {
		if s := Stage(s); s != Reconfigure {
			ep.finish(s, at)
		}
	}
	rest := ep.account.unclear
	ep.account.unclear, ep.account.older = nil, count{}
	if o == Done {
		for i := range rest {
			t.afterDone(ep, &rest[i])
		}
	}
	t.tell(ep, at)
}

// of returns the episode that is going on with a node as the old primary.
func (t *Tracker) of(from netip.AddrPort) *Episode {
	for _, ep := range slices.Backward(t.active) {
		if ep.From == from && ep.over == 0 {
			return ep
		}
	}
	return nil
}

// towards returns the latest episode that hands over to a node and is going on.
func (t *Tracker) towards(to netip.AddrPort) *Episode {
	for _, ep := range slices.Backward(t.active) {
		if ep.To == to && ep.over == 0 {
			return ep
		}
	}
	return nil
}

// between returns the latest episode that hands over from one node to another,
// going on or done for less than joins. A node that is not known matches any.
func (t *Tracker) between(from, to netip.AddrPort, at int64) *Episode {
	for _, ep := range slices.Backward(t.episodes) {
		if ep.over != 0 && at-ep.over > joins || ep.Outcome == Aborted {
			continue
		}
		if alike(ep.From, from) && alike(ep.To, to) {
			return ep
		}
	}
	return nil
}

func alike(a, b netip.AddrPort) bool { return a == b || !a.IsValid() || !b.IsValid() }

// node returns the address under which a server is known.
func (t *Tracker) node(a netip.AddrPort) netip.AddrPort { return t.o.Nodes.Canonical(a) }

// skew is how far apart the clocks of two captures may be.
func (t *Tracker) skew(a, b int32) int64 {
	if a == b {
		return 0
	}
	return t.off(a) + t.off(b)
}

func (t *Tracker) off(capture int32) int64 {
	if int(capture) < len(t.o.Skew) {
		return t.o.Skew[capture]
	}
	return 0
}

func proof(e *detect.Evidence, kind, text string) Proof {
	return Proof{Place: e.Place, Kind: kind, Text: text}
}
