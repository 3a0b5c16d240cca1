package topology

import (
	"net/netip"

	"ricochet/detect"
)

// survey takes what a message says of slots into the view of the node that sent it.
func (m *Map) survey(n *Node, by netip.AddrPort, e *detect.Evidence) {
	if n == nil {
		return
	}
	claims := e.Detail.Claims
	switch source := claims[0].Source; {
	case e.Detail.Bus != "":
		for i := range claims {
			if c := &claims[i]; c.Source == KindBus && (c.Self || len(c.Slots) > 0) {
				m.serves(n, c, e)
			}
		}
	case source == KindSlots, source == KindShards, source == KindNodes:
		whole := source != KindNodes
		var all []stretch
		for i := range claims {
			c := &claims[i]
			if c.Self {
				whole = true
				m.shifts(n, c, e)
			}
			o := m.owner(n, c, by, e)
			for _, r := range c.Slots {
				if c.Role != "replica" && r[0] <= r[1] && r[1] <= lastSlot {
					all = append(all, stretch{r[0], r[1], o})
				}
			}
		}
		if whole {
			m.surveys(n, all)
		}
	}
}

// owner returns who a claim is about, as an owner of slots.
func (m *Map) owner(n *Node, c *detect.Claim, by netip.AddrPort, e *detect.Evidence) owner {
	o := owner{id: c.ID, epoch: c.Epoch, proof: proofOf(e, c.Source, "")}
	if c.Self {
		o.addr = n.Addr
	} else if a, ok := m.address(c.Host, c.Port, by); ok {
		o.addr = m.Canonical(a)
	}
	o.proof.Text = "says that " + o.addr.String() + " serves it"
	if !o.addr.IsValid() {
		o.proof.Text = "says that " + o.id + " serves it"
	}
	return o
}

// serves takes all that one node serves, as a bus message says.
func (m *Map) serves(n *Node, c *detect.Claim, e *detect.Evidence) {
	o := m.owner(n, c, n.Addr, e)
	m.drops(n, o)
	for _, r := range c.Slots {
		if r[0] <= r[1] && r[1] <= lastSlot {
			m.assign(n, stretch{r[0], r[1], o})
		}
	}
}

// shifts takes the slots on the move that a node says of itself.
func (m *Map) shifts(n *Node, c *detect.Claim, e *detect.Evidence) {
	n.view.shifts = n.view.shifts[:0]
	for _, s := range c.Migrating {
		m.moving(n, int16(s&lastSlot), shift{proof: proofOf(e, c.Source, "says that it gives the slot away")})
	}
	for _, s := range c.Importing {
		m.moving(n, int16(s&lastSlot), shift{incoming: true, proof: proofOf(e, c.Source, "says that it takes the slot over")})
	}
}
