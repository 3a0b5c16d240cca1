package pipeline

import (
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
}

// sums are the totals over finished chains.
type sums struct {
	redirected, returned, bounced, bouncedReplies, maxHops int64
	evicted                                                int64
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
	d.findings.Add(c)
	if d.done != nil {
		d.done(c)
	}
}
