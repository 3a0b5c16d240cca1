package pipeline

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/cause"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// detectors are what all evidence goes through, in one order on one goroutine.
type detectors struct {
	tracker   *chain.Tracker
	readonly  *chain.Readonly
	nodes     *topology.Map
	failovers *failover.Tracker
	facts     cause.Facts
	findings  chain.Findings
	live      *chain.Live // nil if nothing is told before the end
	blind     blindSpots
	// redirects counts redirect replies for those who look on; nil for nobody.
	redirects *redirects
	sums      sums
	done      func(*chain.Chain)
	astray    []string // names given by redirects, under which no command was seen to arrive
}

// sums are the totals over finished chains.
type sums struct {
	redirected, returned, bounced, bouncedReplies, maxHops int64
	evicted                                                int64
	hops                                                   [12]int64 // by hopBounds
	hopSum                                                 int64
}

// hopBounds returns the upper bounds by which chains are counted by their hops: a
// move costs one hop, a chain of replicas a few, a bounce anything.
func hopBounds() [11]int { return [...]int{1, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10000} }

func (s *sums) count(hops int) {
	bounds := hopBounds()
	i, _ := slices.BinarySearch(bounds[:], hops)
	s.hops[i]++
	s.hopSum += int64(hops)
}

// maxAstray bounds the names kept of nodes that were not seen.
const maxAstray = 64

// over counts how often a bound of the detectors was hit.
func (d *detectors) over() int64 {
	b := &d.tracker.Bounds
	n := d.sums.evicted + b.Links + b.Alike + b.Hosts + b.Names + b.Visits
	n += d.readonly.Forgotten + d.nodes.Forgotten + d.findings.Merged + d.failovers.Forgotten
	for _, f := range d.findings.All() {
		n += f.Omitted
	}
	return n
}

// listeners are told of what happens while it happens; each may be nil.
type listeners struct {
	done     func(*chain.Chain) // a chain has ended
	finding  func(chain.Change)
	role     func(*topology.Node)
	failover func(*failover.Episode, failover.State, int64)
}

// newDetectors returns detectors for chains with a window in nanoseconds. skew is
// how far the clock of each capture may be off.
func newDetectors(window int64, skew []int64, l listeners) *detectors {
	d := &detectors{readonly: chain.NewReadonly(window), nodes: topology.New(), done: l.done}
	d.failovers = failover.New(failover.Options{Nodes: d.nodes, Skew: skew, Changed: l.failover})
	d.facts = cause.Facts{Nodes: d.nodes, Failovers: d.failovers}
	d.nodes.Changed = func(n *topology.Node) {
		d.failovers.RoleChanged(n)
		if l.role != nil {
			l.role(n)
		}
	}
	o := chain.Options{Window: window, Done: d.finished, Learnt: d.learnt}
	if l.finding != nil {
		d.findings.Rolling = true
		d.live = chain.NewLive(&d.findings, d.readonly, l.finding)
		o.Bounced, o.Retracted = d.live.Bounced, d.live.Retracted
	}
	d.tracker = chain.New(o)
	return d
}

// learnt takes in where a name in a redirect led.
func (d *detectors) learnt(name string, at netip.AddrPort, when int64) {
	d.nodes.Learn(name, at, topology.Proof{Place: detect.Place{At: when}, Kind: "redirect", Text: "commands redirected to " + name + " arrived at " + at.String()})
}

// add gives all detectors the next piece of evidence. Chains come last: when one
// bounces, the rest is known.
func (d *detectors) add(e *detect.Evidence) {
	if e.Kind == detect.Sent { // of which the others learn with the reply
		d.tracker.Add(e)
		return
	}
	d.nodes.Add(e)
	d.failovers.Add(e)
	d.tracker.Add(e)
	switch {
	case e.Reply == detect.Failed:
		d.readonly.Add(e)
	case e.Reply.IsRedirect():
		d.redirects.add(e)
	case e.Kind == detect.Blind:
		d.blind.add(e.Conn.Server, e.At)
	}
}

// flush takes that the evidence is over at a time.
func (d *detectors) flush(at int64) {
	d.tracker.Flush()
	d.failovers.Flush(at)
}

func (d *detectors) finished(c *chain.Chain) {
	s := &d.sums
	s.redirected++
	s.count(c.HopCount)
	s.maxHops = max(s.maxHops, int64(c.HopCount))
	if c.Returned {
		s.returned++
	}
	if c.Evicted {
		s.evicted++
	}
	if c.Bounced() {
		s.bounced++
		s.bouncedReplies += int64(c.HopCount)
	}
	if name := c.Astray(); name != "" && len(d.astray) < maxAstray && !slices.Contains(d.astray, name) {
		d.astray = append(d.astray, name)
	}
	if d.live != nil {
		d.live.Done(c)
	} else {
		d.findings.Add(c)
	}
	if d.done != nil {
		d.done(c)
	}
}
