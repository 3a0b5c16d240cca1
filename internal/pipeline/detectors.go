package pipeline

import (
	"slices"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/topology"
)

// detectors are what all evidence goes through, in one order on one goroutine.
type detectors struct {
	tracker  *chain.Tracker
	readonly *chain.Readonly
	nodes    *topology.Map
	findings chain.Findings
	live     *chain.Live // nil if nothing is told before the end
	blind    blindSpots
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
	n += d.readonly.Forgotten + d.nodes.Forgotten + d.findings.Merged
	for _, f := range d.findings.All() {
		n += f.Omitted
	}
	return n
}

// newDetectors returns detectors that hand finished chains to done, and tell of
// findings in the making if tell is not nil.
func newDetectors(window int64, done func(*chain.Chain), tell func(chain.Change)) *detectors {
	d := &detectors{readonly: chain.NewReadonly(window), nodes: topology.New(), done: done}
	o := chain.Options{Window: window, Done: d.finished}
	if tell != nil {
		d.findings.Rolling = true
		d.live = chain.NewLive(&d.findings, d.readonly, tell)
		o.Bounced, o.Retracted = d.live.Bounced, d.live.Retracted
	}
	d.tracker = chain.New(o)
	return d
}

func (d *detectors) add(e *detect.Evidence) {
	d.tracker.Add(e)
	d.nodes.Add(e)
	switch {
	case e.Reply == detect.Failed:
		d.readonly.Add(e)
	case e.Reply.IsRedirect():
		d.redirects.add(e)
	case e.Kind == detect.Blind:
		d.blind.add(e.Conn.Server, e.At)
	}
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
