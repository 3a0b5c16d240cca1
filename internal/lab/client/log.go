package client

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// DefaultLimit is how much a Log keeps unless it is told otherwise.
const DefaultLimit = 1 << 18

// What a Log keeps has bounds, since servers have a say in it.
const (
	// maxVisits is how many visits are told apart of one command.
	maxVisits = 64
	// maxWords is how many kinds of errors are told apart of one client; the others
	// are counted under otherError.
	maxWords   = 64
	otherError = "(other)"
	// maxReply is how many bytes are kept of an error reply.
	maxReply = 256
)

// Log is what happened to every command, as its caller saw it. One is for all clients
// of a scenario. The zero value is ready for use; it is for events, or for when the
// world stands still.
type Log struct {
	// Commands holds the commands that met a redirect, and those that were not served,
	// in the order in which that turned out. Those that were simply served are counted.
	Commands []*Command
	// Limit is how many commands and hops are kept, together; 0: DefaultLimit. Beyond
	// it they are counted, as exactly as before.
	Limit int
	// Forgotten counts the commands and hops that there was no room for.
	Forgotten int
	// Unjudged counts the hops at more visits than are told apart of one command. If
	// it is 0 all counts are exact.
	Unjudged int

	kept    int
	begun   uint64
	open    []*Command // under way
	ledgers map[string]*ledger
}

// Count returns the counts of all clients together.
func (l *Log) Count() Count {
	sum := newCount()
	for _, g := range l.ledgers {
		sum.add(&g.count)
	}
	return sum
}

// ByClient returns the counts of each client, by name. Clients of one name are one.
func (l *Log) ByClient() map[string]Count {
	counts := make(map[string]Count, len(l.ledgers))
	for name, g := range l.ledgers {
		c := newCount()
		c.add(&g.count)
		counts[name] = c
	}
	return counts
}

// Finish ends all commands that are still under way as Open. It is for when the world
// stands still for good.
func (l *Log) Finish() {
	open := slices.Clone(l.open)
	slices.SortFunc(open, func(a, b *Command) int { return cmp.Compare(a.number, b.number) })
	for _, c := range open {
		c.end(c.ledger.now(), Open, "")
	}
}

// room takes a place in what is kept, if there is one.
func (l *Log) room() bool {
	limit := l.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	if l.kept >= limit {
		l.Forgotten++
		return false
	}
	l.kept++
	return true
}

// ledger is a client's part of a Log.
type ledger struct {
	log   *Log
	name  string
	now   func() time.Time
	count Count
}

// ledger returns the part of a client.
func (l *Log) ledger(name string, now func() time.Time) *ledger {
	g := l.ledgers[name]
	if g == nil {
		if l.ledgers == nil {
			l.ledgers = map[string]*ledger{}
		}
		g = &ledger{log: l, name: name, now: now, count: newCount()}
		l.ledgers[name] = g
	}
	return g
}

// begin begins a command.
func (g *ledger) begin(text string) *Command {
	l := g.log
	l.begun++
	g.count.Commands++
	c := &Command{Client: g.name, Text: text, Begun: g.now(), ledger: g, number: l.begun, place: len(l.open)}
	l.open = append(l.open, c)
	return c
}

// keep has the log show a command, if there is room.
func (c *Command) keep() {
	if l := c.ledger.log; !c.judged {
		c.judged = true
		if l.room() {
			l.Commands = append(l.Commands, c)
		}
	}
}

// hop notes a redirect.
func (c *Command) hop(h Hop) {
	if c.Outcome != 0 {
		return
	}
	l, n := c.ledger.log, &c.ledger.count
	c.keep()
	c.HopCount++
	h.Reply = cut(h.Reply)
	if l.room() {
		c.Hops = append(c.Hops, h)
	}
	if c.HopCount == 1 {
		n.Redirected++
	}
	n.MaxHops = max(n.MaxHops, c.HopCount)
	before := c.bounced
	if !c.visit(visit{h.Node, h.Asked}) {
		l.Unjudged++
	}
	switch {
	case before:
		n.BouncedReplies++
	case c.bounced:
		n.Bounced++
		n.BouncedReplies += c.HopCount
	}
}

// served ends a command that a node served.
func (c *Command) served(at time.Time, node netip.AddrPort, asked bool) {
	if c.Outcome != 0 {
		return
	}
	if c.returned = !c.bounced && c.visited(visit{node, asked}); c.returned {
		c.ledger.count.Returned++
	}
	c.end(at, Served, "")
}

// end ends a command.
func (c *Command) end(at time.Time, o Outcome, text string) {
	if c.Outcome != 0 {
		return
	}
	if o != Served {
		c.keep()
	}
	c.Ended, c.Outcome, c.Error = at, o, cut(text)
	l := c.ledger.log
	last := len(l.open) - 1
	l.open[c.place] = l.open[last]
	l.open[c.place].place = c.place
	l.open[last] = nil
	l.open = l.open[:last]
}

func cut(s string) string {
	if len(s) > maxReply {
		return string([]byte(s[:maxReply])) // a copy: the rest is not to be held
	}
	return s
}
