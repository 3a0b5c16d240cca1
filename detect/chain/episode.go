package chain

import (
	"net/netip"
	"slices"

	"ricochet/detect"
)

// episode is a finding in the making.
type episode struct {
	rule   detect.Rule
	cycle  []netip.AddrPort
	serial int
	done   *Finding // of the chains that have ended; nil if none has
	// more are findings of chains that have ended too, apart from done as long as
	// no chain has joined them.
	more        []*Finding
	first, till int64    // the stretch of its redirects; chains may have gone on since
	chains      []*Chain // those that are followed; Chain.place is the index
	last        *Finding // as it was last told
	told        int64    // when
	size        size     // what was told
	quiet       int64    // how long after its last redirect it may grow, in nanoseconds
}

// size is what makes a finding worth telling again.
type size struct {
	commands, redirects int64
	hops                int
}

func sizeOf(g *Finding) size { return size{g.Commands, g.Redirects, g.MaxHops} }

// shape is what decides which finding a chain belongs to; as long as it stays,
// so does the finding.
type shape struct {
	unreached, self, partial bool
	unseen                   netip.AddrPort
}

func (c *Chain) shape() shape {
	return shape{c.Unreached, c.SelfOnly(), c.Partial, c.Unseen}
}

func (ep *episode) is(rule detect.Rule, cycle []netip.AddrPort) bool {
	return ep.rule == rule && slices.Equal(ep.cycle, cycle)
}

// near reports whether a chain joins the episode or follows it closely.
func (ep *episode) near(c *Chain) bool {
	first, last := c.span()
	if nearby(first, last, ep.first, ep.till) {
		return true
	}
	for _, c := range ep.chains {
		ep.stretch(c.span())
	}
	return nearby(first, last, ep.first, ep.till)
}

func (ep *episode) stretch(first, last int64) {
	if ep.first == 0 {
		ep.first = first
	}
	ep.first, ep.till = min(ep.first, first), max(ep.till, last)
}

func (ep *episode) add(c *Chain) {
	ep.stretch(c.span())
	c.episode, c.place, c.seenAs = ep, len(ep.chains), c.shape()
	ep.chains = append(ep.chains, c)
}

// apart returns those of more that are findings of their own so far.
func (ep *episode) apart() []*Finding {
	var apart []*Finding
	for _, g := range ep.more {
		if g.into == nil && g.Serial == 0 {
			apart = append(apart, g)
		}
	}
	return apart
}

// view returns the finding as it stands: of the chains that have ended and of
// those that go on.
func (ep *episode) view() *Finding {
	g := &Finding{Rule: ep.rule, Cycle: ep.cycle, Serial: ep.serial, shares: map[*Client]*Share{}}
	if ep.done != nil {
		g.First, g.Last = ep.done.First, ep.done.Last
		g.merge(ep.done)
	} else {
		g.First, g.Last = ep.chains[0].span()
	}
	for _, m := range ep.apart() {
		g.First, g.Last = min(g.First, m.First), max(g.Last, m.Last)
		g.merge(m)
	}
	for _, c := range ep.chains {
		g.add(c)
	}
	ep.stretch(g.First, g.Last)
	g.judge()
	return g
}
