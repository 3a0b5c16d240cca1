package chain

import (
	"slices"

	"ricochet/detect"
)

// MaxSlots bounds the slots listed of a finding.
const MaxSlots = 64

// slots notes which slots a chain was redirected for, and whether it went where
// ASK pointed without saying ASKING.
func (g *Finding) slots(c *Chain) {
	ignored, whole := false, false
	hops := c.OrderedHops()
	for i := range hops {
		h := &hops[i]
		if h.Slot >= 0 && len(g.Slots) < MaxSlots {
			if at, ok := slices.BinarySearch(g.Slots, h.Slot); !ok {
				g.Slots = slices.Insert(g.Slots, at, h.Slot)
			}
		}
		if i == 0 || i == MaxHopsHead && c.HopCount > len(hops) {
			continue
		}
		before := &hops[i-1]
		if before.Reply == detect.Ask && before.target == h.Node && h.Reply == detect.Moved && !h.Asking {
			ignored = true
			whole = whole || h.conn != nil && h.conn.Opened != 0
		}
	}
	if ignored {
		g.AskIgnored++
	}
	if whole {
		g.AskIgnoredWhole++
	}
}

// mergeSlots takes in what another finding knows of slots.
func (g *Finding) mergeSlots(o *Finding) {
	for _, s := range o.Slots {
		if at, ok := slices.BinarySearch(g.Slots, s); !ok && len(g.Slots) < MaxSlots {
			g.Slots = slices.Insert(g.Slots, at, s)
		}
	}
	g.AskIgnored += o.AskIgnored
	g.AskIgnoredWhole += o.AskIgnoredWhole
}
