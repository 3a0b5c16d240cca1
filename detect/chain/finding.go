package chain

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"ricochet/detect"
)

// Bounds of what findings keep. What is over them is counted, not listed.
const (
	MaxFindings = 1024 // findings kept; later ones are merged into the last of their rule
	MaxClients  = 4096 // clients listed of a finding
	MaxExamples = 3    // chains kept of a finding
	MaxNodes    = 256  // nodes listed of a finding, and nodes not seen
	maxShared   = 4096 // connections counted of a client in a finding
)

// closeBy is how far apart, in nanoseconds, two chains of the same rule and the
// same nodes may be to belong to one finding.
const closeBy = 1_000_000_000

// LongHops is the number of hops beyond which a chain without a revisit is
// reported. The longest legal one observed, a client at the end of a chain of
// replicas, has one hop for each replica.
const LongHops = 5

// Finding is a group of chains that overlap in time among the same nodes.
type Finding struct {
	Serial      int // the number under which a Live told of it, 0 if none did
	Rule        detect.Rule
	Severity    detect.Severity
	First, Last int64 // ns since the Unix epoch
	Nodes       []netip.AddrPort
	Cycle       []netip.AddrPort
	Commands    int64
	Redirects   int64
	Kinds       [3]int64 // redirect replies by kind
	MaxHops     int
	Outcomes    [Cut + 1]int64 // chains by Outcome
	Unserved    int64          // chains given up, or still going round when the capture ended
	Partial     bool
	Unseen      []netip.AddrPort
	Dead        []netip.AddrPort // targets that refused or did not answer
	Examples    []*Chain
	Slots       []int16 // that its redirects named, ascending, the first MaxSlots seen
	// AskIgnored counts the commands that came without ASKING to where ASK had
	// pointed, and were sent back; AskIgnoredWhole those of them whose connection
	// there was seen from its beginning.
	AskIgnored, AskIgnoredWhole int64
	shares                      map[*Client]*Share
	Omitted                     int64    // commands of clients beyond MaxClients
	into                        *Finding // the finding that this one was merged into
}

// Share is one client's part in a finding.
type Share struct {
	Client      *Client
	Connections map[uint64]struct{} // by detect.Conn.ID, the first 4096
	Commands    int64
	Redirects   int64
}

// Findings groups bounced chains.
type Findings struct {
	// Rolling says that the oldest findings are forgotten when there are
	// MaxFindings, instead of merging the latest ones: for an analysis without
	// end.
	Rolling bool
	all     []*Finding
	Merged  int64 // findings merged or forgotten because of MaxFindings
}

// RuleOf returns the rule that a finished chain falls under, "" for none.
func RuleOf(c *Chain) detect.Rule {
	switch {
	case !c.Bounced():
		if c.HopCount > LongHops {
			return detect.LongChain
		}
		return ""
	case c.SelfOnly():
		return detect.SelfRedirect
	case c.Unreached:
		return detect.UnreachableTarget
	}
	return detect.Bounce
}

// Add takes a finished chain and reports the finding it belongs to, if any.
func (f *Findings) Add(c *Chain) *Finding {
	rule := RuleOf(c)
	if rule == "" {
		return nil
	}
	cycle := c.Cycle()
	if rule == detect.LongChain {
		cycle = c.Nodes()
	}
	first, last := c.span()
	g := f.group(rule, cycle, first, last)
	g.add(c)
	return g
}

// group returns the finding for a rule and a cycle that a stretch of time joins
// or follows closely. A long chain ends late and may join several that were
// apart before; they are merged.
func (f *Findings) group(rule detect.Rule, cycle []netip.AddrPort, first, last int64) *Finding {
	var into *Finding
	keep := f.all[:0]
	for _, g := range f.all {
		near := g.Rule == rule && slices.Equal(g.Cycle, cycle) && nearby(first, last, g.First, g.Last)
		switch {
		case !near:
			keep = append(keep, g)
		case into == nil:
			into = g
			keep = append(keep, g)
		default:
			into.merge(g)
			g.into = into
		}
	}
	clear(f.all[len(keep):])
	f.all = keep
	if into != nil {
		return into
	}
	if len(f.all) >= MaxFindings {
		f.Merged++
		if f.Rolling {
			f.forget()
			return f.begin(rule, cycle, first, last)
		}
		for _, g := range slices.Backward(f.all) {
			if g.Rule == rule {
				return g
			}
		}
	}
	return f.begin(rule, cycle, first, last)
}

// nearby reports whether two stretches join or follow each other closely.
func nearby(first, last, first2, last2 int64) bool {
	return first <= last2+closeBy && last >= first2-closeBy
}

// forget drops the finding that ended first.
func (f *Findings) forget() {
	oldest := 0
	for i, g := range f.all {
		if g.Last < f.all[oldest].Last {
			oldest = i
		}
	}
	f.all = slices.Delete(f.all, oldest, oldest+1)
}

func (f *Findings) begin(rule detect.Rule, cycle []netip.AddrPort, first, last int64) *Finding {
	g := &Finding{Rule: rule, Cycle: cycle, First: first, Last: last, shares: map[*Client]*Share{}}
	f.all = append(f.all, g)
	return g
}

func (g *Finding) add(c *Chain) {
	first, last := c.span()
	g.First, g.Last = min(g.First, first), max(g.Last, last)
	g.Nodes = unite(g.Nodes, c.Nodes())
	if c.Partial {
		g.Partial = true
		if c.Unseen.IsValid() {
			g.Unseen = unite(g.Unseen, []netip.AddrPort{c.Unseen})
		}
	}
	if c.Unreached && c.Dead.IsValid() {
		g.Dead = unite(g.Dead, []netip.AddrPort{c.Dead})
	}
	g.Commands++
	g.Redirects += int64(c.HopCount)
	for i, n := range c.Replies {
		g.Kinds[i] += int64(n)
	}
	g.slots(c)
	g.MaxHops = max(g.MaxHops, c.HopCount)
	g.Outcomes[c.Outcome]++
	if c.Outcome == GivenUp || c.AtEnd && !c.Partial {
		g.Unserved++
	}
	g.Examples = append(g.Examples, c)
	g.trim()
	client := c.Client.Root()
	s := g.shares[client]
	if s == nil {
		if len(g.shares) >= MaxClients {
			g.Omitted++
			return
		}
		s = &Share{Client: client, Connections: map[uint64]struct{}{}}
		g.shares[client] = s
	}
	s.Commands++
	s.Redirects += int64(c.HopCount)
	for _, id := range c.conns {
		s.connect(id)
	}
}

// unite adds the nodes of b that a lacks, up to MaxNodes.
func unite(a, b []netip.AddrPort) []netip.AddrPort {
	for _, n := range b {
		if len(a) < MaxNodes && !slices.Contains(a, n) {
			a = append(a, n)
		}
	}
	return a
}

func (s *Share) connect(id uint64) {
	if len(s.Connections) < maxShared {
		s.Connections[id] = struct{}{}
	}
}

// trim keeps the chains that tell most: those with most hops, the earlier first.
func (g *Finding) trim() {
	slices.SortStableFunc(g.Examples, func(a, b *Chain) int {
		return cmp.Or(cmp.Compare(b.HopCount, a.HopCount), cmp.Compare(a.First, b.First), cmp.Compare(a.Conn.ID, b.Conn.ID))
	})
	if len(g.Examples) > MaxExamples {
		clear(g.Examples[MaxExamples:])
		g.Examples = g.Examples[:MaxExamples]
	}
}

func (g *Finding) merge(o *Finding) {
	g.First, g.Last = min(g.First, o.First), max(g.Last, o.Last)
	g.Nodes = unite(g.Nodes, o.Nodes)
	g.Commands += o.Commands
	g.Redirects += o.Redirects
	for i := range o.Kinds {
		g.Kinds[i] += o.Kinds[i]
	}
	for i := range o.Outcomes {
		g.Outcomes[i] += o.Outcomes[i]
	}
	g.Unserved += o.Unserved
	g.mergeSlots(o)
	g.MaxHops = max(g.MaxHops, o.MaxHops)
	g.Partial = g.Partial || o.Partial
	g.Unseen = unite(g.Unseen, o.Unseen)
	g.Dead = unite(g.Dead, o.Dead)
	g.Examples = append(g.Examples, o.Examples...)
	g.trim()
	g.Omitted += o.Omitted
	for _, s := range o.ordered() {
		switch m := g.shares[s.Client]; {
		case m != nil:
			m.take(s)
		case len(g.shares) < MaxClients:
			m = &Share{Client: s.Client, Connections: map[uint64]struct{}{}}
			m.take(s)
			g.shares[s.Client] = m
		default:
			g.Omitted += s.Commands
		}
	}
}

// root returns the finding that this one was merged into, or itself.
func (g *Finding) root() *Finding {
	for g.into != nil {
		g = g.into
	}
	return g
}

func (s *Share) take(o *Share) {
	s.Commands += o.Commands
	s.Redirects += o.Redirects
	for _, id := range slices.Sorted(maps.Keys(o.Connections)) {
		s.connect(id) // in an order, as there is a bound
	}
}

// ordered returns the shares in the order in which their clients appeared.
func (g *Finding) ordered() []*Share {
	all := slices.Collect(maps.Values(g.shares))
	slices.SortFunc(all, func(a, b *Share) int { return cmp.Compare(a.Client.ID, b.Client.ID) })
	return all
}

// Shares returns the clients of the finding, those with most redirects first.
// Clients that turned out to be one are listed as one.
func (g *Finding) Shares() []*Share {
	byRoot := map[*Client]*Share{}
	for _, s := range g.ordered() {
		root := s.Client.Root()
		m := byRoot[root]
		if m == nil {
			m = &Share{Client: root, Connections: map[uint64]struct{}{}}
			byRoot[root] = m
		}
		m.take(s)
	}
	all := make([]*Share, 0, len(byRoot))
	for _, s := range byRoot {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Share) int {
		return cmp.Or(cmp.Compare(b.Redirects, a.Redirects), cmp.Compare(a.Client.ID, b.Client.ID))
	})
	return all
}

// judge sets the severity.
func (g *Finding) judge() {
	switch {
	case g.Rule == detect.LongChain:
		g.Severity = detect.Info
	case g.Unserved > 0:
		g.Severity = detect.Critical
	default:
		g.Severity = detect.Warning
	}
}

// All returns the findings in order of their first redirect, severities set.
func (f *Findings) All() []*Finding {
	for _, g := range f.all {
		g.judge()
	}
	out := slices.Clone(f.all)
	slices.SortStableFunc(out, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Rule, b.Rule), slices.CompareFunc(a.Cycle, b.Cycle, netip.AddrPort.Compare))
	})
	return out
}
