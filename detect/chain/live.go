package chain

import (
	"slices"

	"ricochet/detect"
)

// State says what became of a finding that is told while it comes about.
type State uint8

// States. A finding is opened once, and again if it goes on after it was closed.
const (
	_         State = iota
	Opened          // the first command bounces
	Updated         // there is more of it
	Closed          // nothing of it is on its way, and nothing more belongs to it
	Retracted       // it was a guess that later evidence overturned, or is part of another finding
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
	case Retracted:
		return "retracted"
	}
	return "invalid"
}

const (
	// tellEvery is how often a finding that grows is told, in nanoseconds.
	tellEvery = 1_000_000_000
	// maxClosed bounds the closed findings that may be opened again.
	maxClosed = 64
)

// Change is one step in the life of a finding.
type Change struct {
	State   State
	At      int64    // ns since the Unix epoch
	Finding *Finding // as it stands, commands on their way included; the receiver's
	Open    int      // how many of its commands are on their way
	Rate    float64  // redirect replies a second since the change before
}

// Live groups chains into findings while they are still being followed, so that a
// bounce is told when it begins. It is told of chains by a Tracker (Options.Bounced
// and Retracted), and of their ends by Done. It is not for concurrent use.
type Live struct {
	tell     func(Change)
	findings *Findings
	readonly *Readonly  // looked at by Advance; may be nil
	open     []*episode // in the order of opening
	closed   []*episode // the last maxClosed, in the order of closing
	serial   int
	now      int64
}

// NewLive returns a Live that puts finished chains into findings and tells of
// every change. The findings of readonly, if there is one, are told as well.
func NewLive(findings *Findings, readonly *Readonly, tell func(Change)) *Live {
	return &Live{findings: findings, readonly: readonly, tell: tell}
}

// Open returns how many findings are open, by rule.
func (l *Live) Open() map[detect.Rule]int64 {
	open := map[detect.Rule]int64{}
	for _, ep := range l.open {
		open[ep.rule]++
	}
	return open
}

// Number returns the next number, for a finding of another detector that is told
// beside those of chains.
func (l *Live) Number() int {
	l.serial++
	return l.serial
}

// Bounced takes in a chain that has begun to bounce.
func (l *Live) Bounced(c *Chain) {
	l.now = max(l.now, c.Last)
	l.join(c)
}

// Retracted takes back a chain that does not bounce after all.
func (l *Live) Retracted(c *Chain) {
	if ep := c.episode; ep != nil {
		l.leave(c)
		l.settle(ep)
	}
}

// Done takes a chain that has ended, and reports the finding that it belongs to,
// nil if it belongs to none.
func (l *Live) Done(c *Chain) *Finding {
	l.now = max(l.now, c.Last)
	ep := c.episode
	if ep != nil && c.shape() != c.seenAs {
		l.move(c)
		ep = c.episode
	}
	if ep != nil {
		l.leave(c)
	}
	g := l.findings.Add(c)
	switch {
	case ep == nil || g == nil || g == ep.done:
	case ep.done == nil && g.Serial == 0:
		ep.done, g.Serial = g, ep.serial
	case g.Serial == 0:
		ep.more = append(ep.more, g)
	case g.Serial == ep.serial:
		ep.done = g
	default:
		l.absorb(ep, g)
	}
	return g
}

// absorb makes an episode part of the finding g, which bears another number: a
// long chain has joined the two.
func (l *Live) absorb(ep *episode, g *Finding) {
	into := l.numbered(g.Serial)
	if into == nil {
		into = &episode{rule: g.Rule, cycle: g.Cycle, serial: g.Serial, quiet: closeBy}
		l.open = append(l.open, into)
	}
	into.done = g
	into.more = append(into.more, ep.more...)
	ep.more = nil
	for _, c := range slices.Clone(ep.chains) {
		l.leave(c)
		into.add(c)
	}
	l.drop(ep)
	if into.last == nil {
		l.say(into, Opened)
	}
}

// numbered returns the open episode with a number; a closed one is opened again.
func (l *Live) numbered(serial int) *episode {
	for _, ep := range l.open {
		if ep.serial == serial {
			return ep
		}
	}
	for i, ep := range l.closed {
		if ep.serial == serial {
			l.closed = slices.Delete(l.closed, i, i+1)
			l.open = append(l.open, ep)
			l.say(ep, Opened)
			return ep
		}
	}
	return nil
}

// join puts a chain that bounces to its episode, opening one if there is none.
func (l *Live) join(c *Chain) {
	rule, cycle := RuleOf(c), c.Cycle()
	for _, ep := range l.open {
		if ep.is(rule, cycle) && ep.near(c) {
			ep.add(c)
			return
		}
	}
	for i, ep := range l.closed {
		if ep.is(rule, cycle) && ep.near(c) {
			l.closed = slices.Delete(l.closed, i, i+1)
			l.open = append(l.open, ep)
			ep.add(c)
			l.say(ep, Opened)
			return
		}
	}
	l.serial++
	ep := &episode{rule: rule, cycle: cycle, serial: l.serial, quiet: closeBy}
	l.open = append(l.open, ep)
	ep.add(c)
	l.say(ep, Opened)
}

// move takes a chain to the episode that it belongs to by now.
func (l *Live) move(c *Chain) {
	ep := c.episode
	if ep.is(RuleOf(c), c.Cycle()) {
		c.seenAs = c.shape()
		return
	}
	l.leave(c)
	l.join(c)
	l.settle(ep)
}

// leave takes a chain out of its episode.
func (l *Live) leave(c *Chain) {
	ep := c.episode
	ep.stretch(c.span())
	last := len(ep.chains) - 1
	ep.chains[c.place] = ep.chains[last]
	ep.chains[c.place].place = c.place
	ep.chains[last] = nil
	ep.chains = ep.chains[:last]
	c.episode = nil
}

// settle takes back an episode of which nothing is left.
func (l *Live) settle(ep *episode) {
	if len(ep.chains) == 0 && ep.done == nil {
		l.drop(ep)
	}
}

// drop retracts an episode, as it was last told.
func (l *Live) drop(ep *episode) {
	if i := slices.Index(l.open, ep); i >= 0 {
		l.open = slices.Delete(l.open, i, i+1)
		l.tell(Change{State: Retracted, At: l.now, Finding: ep.last})
	}
}

// Advance lets time pass: findings that have grown are told, and those that are
// over are closed.
func (l *Live) Advance(now int64) {
	if now < l.now-setBack {
		l.restart(now)
	}
	l.now = max(l.now, now)
	if l.readonly != nil {
		l.notice(&l.readonly.f)
	}
	for i := 0; i < len(l.open); {
		ep := l.open[i]
		l.refresh(ep)
		if i < len(l.open) && l.open[i] == ep {
			i++
		}
	}
}

// restart goes on from an earlier time: the clock was set back. Nothing more will
// come that is close to what is over.
func (l *Live) restart(now int64) {
	for _, ep := range slices.Clone(l.open) {
		if len(ep.chains) == 0 {
			l.close(ep)
		}
	}
	l.now = now
	for _, ep := range l.open {
		ep.told = min(ep.told, now)
	}
}

// notice opens an episode for each finding that has none.
func (l *Live) notice(f *Findings) {
	for _, g := range f.all {
		if g.Serial == 0 {
			l.serial++
			g.Serial = l.serial
			ep := &episode{rule: g.Rule, cycle: g.Cycle, serial: g.Serial, done: g, quiet: l.readonly.window}
			l.open = append(l.open, ep)
			l.say(ep, Opened)
		}
	}
}

// refresh tells an episode if it is due.
func (l *Live) refresh(ep *episode) {
	if ep.done != nil && ep.done.into != nil {
		l.absorb(ep, ep.done.root())
		return
	}
	if l.now-ep.told >= tellEvery {
		for _, c := range slices.Clone(ep.chains) {
			if c.shape() != c.seenAs {
				l.move(c)
			}
		}
		if !slices.Contains(l.open, ep) {
			return // all of it moved elsewhere
		}
	}
	if len(ep.chains) == 0 && l.now > ep.done.Last+ep.quiet {
		l.close(ep)
		return
	}
	if l.now-ep.told >= tellEvery {
		if g := ep.view(); sizeOf(g) != ep.size {
			l.sayOf(ep, Updated, g)
		}
	}
}

func (l *Live) close(ep *episode) {
	apart := ep.apart()
	ep.more = nil
	l.say(ep, Closed)
	for _, g := range apart { // no chain has joined them to the rest
		l.serial++
		g.Serial = l.serial
		l.open = append(l.open, &episode{rule: g.Rule, cycle: g.Cycle, serial: g.Serial, done: g, quiet: ep.quiet})
		l.say(l.open[len(l.open)-1], Opened)
	}
	i := slices.Index(l.open, ep)
	l.open = slices.Delete(l.open, i, i+1)
	if len(l.closed) >= maxClosed {
		l.closed = slices.Delete(l.closed, 0, 1)
	}
	l.closed = append(l.closed, ep)
}

// Flush closes what is open: the analysis is over. The chains have ended.
func (l *Live) Flush(now int64) {
	l.Advance(now)
	for len(l.open) > 0 {
		l.close(l.open[0])
	}
}

func (l *Live) say(ep *episode, s State) { l.sayOf(ep, s, ep.view()) }

func (l *Live) sayOf(ep *episode, s State, g *Finding) {
	c := Change{State: s, At: l.now, Finding: g, Open: len(ep.chains)}
	since := ep.told
	if since == 0 {
		since = g.First
	}
	if d := l.now - since; d > 0 {
		c.Rate = float64(g.Redirects-ep.size.redirects) * 1e9 / float64(d)
	}
	ep.last, ep.told, ep.size = g, l.now, sizeOf(g)
	l.tell(c)
}
