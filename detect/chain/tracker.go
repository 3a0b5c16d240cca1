package chain

import (
	"net/netip"
	"slices"

	"ricochet/detect"
)

// DefaultWindow is how long a redirected command may take to come back, in
// nanoseconds of packet time.
const DefaultWindow = 5_000_000_000

// maxLinks bounds the connections remembered with their clients.
const maxLinks = 1 << 15

// Options configure a Tracker.
type Options struct {
	// Window is how long after a redirect the same command may come back, in
	// nanoseconds of packet time; 0 means DefaultWindow.
	Window int64
	// Done receives every chain that has ended. The chain is the receiver's.
	Done func(*Chain)
}

// Bounds counts how often each bound was hit.
type Bounds struct {
	OpenChains int64 // chains given up because MaxOpen were open
	Links      int64 // generations of connections forgotten
}

// Tracker follows redirected commands. It is not for concurrent use.
type Tracker struct {
	window int64
	done   func(*Chain)
	now    int64 // latest time seen
	open   int
	bykey  map[key]*family
	flight map[flightKey]*Chain
	queue  []waiting // awaiting chains, by the time at which they are given up
	links  map[uint64]*link
	oldies map[uint64]*link
	routes routes
	names  map[string]netip.AddrPort // names in redirects, learnt from where commands arrived
	seen   seen
	recent recent
	ids    uint64
	Bounds Bounds
}

type key struct {
	host    netip.Addr
	command uint64
}

// family is the open chains of one host with the same command.
type family struct {
	chains []*Chain
	// sends is how many sendings of the command are known of the host, those
	// before the first of the chains included as far as they are remembered.
	sends uint32
}

type waiting struct {
	c          *Chain
	generation uint32
	deadline   int64
}

// New returns a Tracker.
func New(o Options) *Tracker {
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	if o.Done == nil {
		o.Done = func(*Chain) {}
	}
	return &Tracker{
		window: o.Window, done: o.Done,
		bykey: map[key]*family{}, flight: map[flightKey]*Chain{},
		links: map[uint64]*link{}, names: map[string]netip.AddrPort{},
	}
}

// Add takes the next piece of evidence. Evidence comes in the order in which it
// was seen; times may step back a little. While no chain is open, ordinary
// commands and replies cost a comparison or two.
func (t *Tracker) Add(e *detect.Evidence) {
	if e.At > t.now {
		t.now = e.At
		if t.open > 0 {
			t.expire()
		}
	}
	switch e.Kind {
	case detect.Sent:
		if e.Command != 0 {
			t.seen.add(e.Conn.Client.Addr(), e.Command)
			t.recent.add(e)
			if t.open > 0 {
				t.sent(e)
			}
		}
	case detect.Replied:
		if e.Reply.IsRedirect() {
			t.redirected(e)
		} else if t.open > 0 {
			t.settled(e)
		}
	case detect.Opening:
		if r := t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server); r.asked <= r.accepted {
			r.asked = e.At
		}
	case detect.Accepted:
		t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server).accepted = e.At
	case detect.Refused:
		t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server).refused = e.At
	case detect.Closed:
		t.interrupted(e, true)
		t.forget(e.Conn.ID)
	case detect.Behind:
		t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server).behind++
	case detect.Caught:
		r := t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server)
		r.behind, r.blind = max(0, r.behind-1), t.now
	case detect.Blind:
		t.routes.touch(e.Conn.Client.Addr(), e.Conn.Server).blind = t.now
		t.interrupted(e, false)
	}
}

// Flush ends every open chain as cut: the capture is over.
func (t *Tracker) Flush() {
	for len(t.queue) > 0 {
		w := t.queue[0]
		t.queue = t.queue[1:]
		switch {
		case !w.c.listed || w.c.generation != w.generation || w.c.inFlight:
		case w.c.lingering:
			t.retire(w.c)
		default:
			t.finish(w.c, Cut, t.now)
		}
	}
	// What is left is in flight; its order in a map means nothing.
	for _, c := range t.inFlight() {
		t.finish(c, Cut, t.now)
	}
}

// sent decides whether a command continues a chain.
func (t *Tracker) sent(e *detect.Evidence) {
	host := e.Conn.Client.Addr()
	t.routes.touch(host, e.Conn.Server).accepted = e.At
	f := t.bykey[key{host, e.Command}]
	if f == nil {
		return
	}
	f.sends++
	t.review(f, 1)
	c, score, sole := t.match(f, e)
	if c == nil {
		t.review(f, 0)
		return
	}
	t.assign(c, e, score, sole, f)
}

// assign makes a sent command the continuation of a chain.
func (t *Tracker) assign(c *Chain, e *detect.Evidence, score int, sole bool, f *family) {
	if c.target.IsValid() && c.target != e.Conn.Server && t.unseen(c) {
		c.Partial, c.Unseen = true, c.target
	}
	if c.target.IsValid() && c.target != e.Conn.Server && t.dead(c) {
		c.Unreached = true // the target did not answer, and the client came back
	}
	if c.inFlight { // a better candidate than the one taken before
		delete(t.flight, c.flight)
		c.sends--
	}
	k := flightKey{e.Conn.ID, e.Ordinal}
	t.flight[k] = c
	c.inFlight, c.flight, c.score = true, k, score
	c.generation++
	c.sends++
	c.guess(e.Conn.Server, t)
	if !c.target.IsValid() && c.name != "" && c.last.server != e.Conn.Server {
		t.learn(c.name, e.Conn.Server)
	}
	if e.Asking {
		c.Client.Root().asks = true
	}
	if sole {
		t.tie(c, e, f.sends)
	}
	c.addConn(e.Conn.ID)
}

// redirected opens or extends a chain.
func (t *Tracker) redirected(e *detect.Evidence) {
	if e.Command == 0 || e.Ordinal == 0 {
		return
	}
	k := flightKey{e.Conn.ID, e.Ordinal}
	c := t.flight[k]
	if c == nil {
		c = t.start(e)
	} else {
		delete(t.flight, k)
		c.inFlight = false
	}
	if c.Text == "" {
		c.Text = e.Detail.Text
	}
	c.last = leg{e.Conn.ID, e.Conn.Server, e.Ordinal, detect.Span{From: e.Since, To: e.At}}
	c.broken, c.lastReply = false, e.Reply
	t.aim(c, e)
	c.addHop(Hop{
		Place: e.Place, Node: e.Conn.Server, Reply: e.Reply, Asking: e.Asking, Line: e.Detail.Line,
		conn: e.Conn, ordinal: e.Ordinal, sent: e.Since, target: c.target, name: c.name,
	})
	t.await(c, e.At)
	t.overtaken(c, e)
}

func (t *Tracker) start(e *detect.Evidence) *Chain {
	if t.open >= MaxOpen {
		t.evict()
	}
	c := &Chain{Command: e.Command, Write: e.Write, Start: e.Since, sends: 1}
	if c.Start == 0 {
		c.Start = e.At
	}
	t.enlist(c, e.Conn)
	return c
}

// enlist makes c one of the open chains, beginning on a connection.
func (t *Tracker) enlist(c *Chain, conn *detect.Conn) {
	host := conn.Client.Addr()
	l := t.link(conn.ID)
	if l.client == nil {
		t.ids++
		l.client = &Client{ID: t.ids, Host: host}
	}
	c.Conn, c.Client, c.listed = conn, l.client, true
	c.Client.Root().add(conn)
	c.addConn(conn.ID)
	t.open++
	k := key{host, c.Command}
	f := t.bykey[k]
	if f == nil {
		f = &family{sends: max(1, t.seen.count(host, c.Command))}
		t.bykey[k] = f
	}
	f.chains = append(f.chains, c)
}

// aim resolves where the redirect points.
func (t *Tracker) aim(c *Chain, e *detect.Evidence) {
	c.target, c.name = netip.AddrPort{}, ""
	addr, ok := detect.ParseTarget(e.Detail.Target, e.Conn.Server)
	switch {
	case ok:
		c.target = addr
	default:
		c.name = e.Detail.Target
		c.target = t.names[e.Detail.Target]
	}
}

// maxNames bounds the names remembered.
const maxNames = 1 << 12

func (t *Tracker) learn(name string, at netip.AddrPort) {
	if len(t.names) < maxNames {
		t.names[name] = at
	}
}

// settled ends the chain whose command got a reply that is no redirect.
func (t *Tracker) settled(e *detect.Evidence) {
	if e.Ordinal == 0 {
		return
	}
	if l := t.links[e.Conn.ID]; l != nil {
		l.settled = e.Ordinal
	}
	k := flightKey{e.Conn.ID, e.Ordinal}
	c := t.flight[k]
	if c == nil {
		return
	}
	c.Final = e.Conn.Server
	if !c.Bounced() {
		c.Returned, c.returnedAsking = c.visited(Visit{e.Conn.Server, e.Asking}), e.Asking
	}
	if e.Reply == detect.Failed {
		t.finish(c, Failed, e.At)
	} else {
		t.finish(c, Served, e.At)
	}
}

// interrupted handles the end of a connection, or of what can be known of it.
func (t *Tracker) interrupted(e *detect.Evidence, closed bool) {
	if len(t.flight) == 0 {
		return
	}
	for _, c := range t.inFlight() {
		if c.flight.conn != e.Conn.ID {
			continue
		}
		if !closed {
			t.finish(c, Cut, e.At)
			continue
		}
		delete(t.flight, c.flight)
		c.inFlight, c.broken = false, true
		t.await(c, e.At)
	}
}

// await puts a chain where the window ends it if its command does not come back.
func (t *Tracker) await(c *Chain, at int64) {
	c.since = at
	c.generation++
	t.queue = append(t.queue, waiting{c, c.generation, at + t.window})
}

func (t *Tracker) expire() {
	for len(t.queue) > 0 {
		w := t.queue[0]
		stale := !w.c.listed || w.c.inFlight || w.c.generation != w.generation
		if !stale && w.deadline >= t.now {
			return
		}
		t.queue = t.queue[1:]
		switch {
		case stale:
		case w.c.lingering:
			t.retire(w.c)
		default:
			t.unanswered(w.c, w.deadline)
		}
	}
}

// unanswered ends a chain whose command did not come back within the window. If
// it was sent to a node of which this host's traffic is not in the capture, the
// end is simply not known.
func (t *Tracker) unanswered(c *Chain, at int64) {
	if t.missed(c) {
		t.finish(c, Cut, at)
		return
	}
	if t.unseen(c) {
		c.Partial, c.Unseen = true, c.target
		t.finish(c, Cut, at)
		return
	}
	t.finish(c, GivenUp, at)
}

// unseen reports whether the node the chain was sent to never showed up in this
// host's traffic.
func (t *Tracker) unseen(c *Chain) bool {
	return c.target.IsValid() && c.target != c.last.server && t.routes.get(routeKey{c.Client.Host, c.target}) == nil
}

// missed reports whether something was lost between the host and the chain's
// target since the redirect: the command may have been there already.
func (t *Tracker) missed(c *Chain) bool {
	if !c.target.IsValid() {
		return false
	}
	r := t.routes.get(routeKey{c.Client.Host, c.target})
	return r != nil && (r.behind > 0 || r.blind >= c.last.span.To)
}

// dead reports whether the chain's target was seen to refuse or not to answer.
func (t *Tracker) dead(c *Chain) bool {
	if c.broken {
		return true
	}
	if !c.target.IsValid() {
		return false
	}
	r := t.routes.get(routeKey{c.Client.Host, c.target})
	return r != nil && r.dead(t.now)
}

func (t *Tracker) evict() {
	for len(t.queue) > 0 {
		w := t.queue[0]
		t.queue = t.queue[1:]
		if w.c.listed && w.c.generation == w.generation && !w.c.inFlight {
			t.Bounds.OpenChains++
			if w.c.lingering {
				t.retire(w.c)
				return
			}
			w.c.Evicted = true
			t.finish(w.c, Cut, t.now)
			return
		}
	}
	if all := t.inFlight(); len(all) > 0 {
		t.Bounds.OpenChains++
		all[0].Evicted = true
		t.finish(all[0], Cut, t.now)
	}
}

func (t *Tracker) finish(c *Chain, o Outcome, at int64) {
	if c.inFlight {
		delete(t.flight, c.flight)
		c.inFlight = false
	}
	c.Outcome = o
	if o == Served || o == Failed || o == GivenUp {
		c.End = at
	}
	if c.Guessed() && o != GivenUp && o != Cut {
		c.lingering = true
		t.await(c, at)
		return
	}
	t.retire(c)
}

// retire takes a chain off the list of those that are followed and hands it out.
func (t *Tracker) retire(c *Chain) {
	t.delist(c)
	t.done(c)
}

func (t *Tracker) delist(c *Chain) {
	c.listed, c.lingering = false, false
	k := key{c.Conn.Client.Addr(), c.Command}
	f := t.bykey[k]
	if i := slices.Index(f.chains, c); i >= 0 {
		f.chains = slices.Delete(f.chains, i, i+1)
	}
	if len(f.chains) == 0 {
		delete(t.bykey, k)
	}
	t.open--
	if t.open == 0 {
		t.queue = t.queue[:0]
	}
}

// inFlight lists the chains whose command is on its way, oldest first.
func (t *Tracker) inFlight() []*Chain {
	all := make([]*Chain, 0, len(t.flight))
	for _, c := range t.flight {
		all = append(all, c)
	}
	sortChains(all)
	return all
}

// link returns what is remembered of a connection, remembering it from now on.
func (t *Tracker) link(id uint64) *link {
	if l := t.links[id]; l != nil {
		return l
	}
	l := t.oldies[id]
	if l == nil {
		l = &link{}
	}
	if len(t.links) >= maxLinks {
		t.oldies, t.links = t.links, map[uint64]*link{}
		t.Bounds.Links++
	}
	t.links[id] = l
	return l
}

func (t *Tracker) forget(id uint64) {
	l := t.links[id]
	if l == nil {
		l = t.oldies[id]
	}
	if l == nil {
		return
	}
	if l.client != nil {
		l.client.Root().drop(id)
	}
	delete(t.links, id)
	delete(t.oldies, id)
}
