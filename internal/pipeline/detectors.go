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
	sums     sums
	done     func(*chain.Chain)
	astray   []string // names given by redirects, under which no command was seen to arrive
}

// sums are the totals over finished chains.
type sums struct {
	redirected, returned, bounced, bouncedReplies, maxHops int64
	evicted                                                int64
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

func newDetectors(window int64, done func(*chain.Chain)) *detectors {
	d := &detectors{readonly: chain.NewReadonly(window), nodes: topology.New(), done: done}
	d.tracker = chain.New(chain.Options{Window: window, Done: d.finished})
	return d
}

func (d *detectors) add(e *detect.Evidence) {
	d.tracker.Add(e)
	d.nodes.Add(e)
	if e.Reply == detect.Failed {
		d.readonly.Add(e)
	}
}

func (d *detectors) finished(c *chain.Chain) {
	s := &d.sums
	s.redirected++
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
	d.findings.Add(c)
	if d.done != nil {
		d.done(c)
	}
}
