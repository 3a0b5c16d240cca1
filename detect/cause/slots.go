package cause

import (
	"net/netip"
	"slices"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/topology"
)

// slots tells the ways in which the nodes of a cluster send clients round: a
// client that goes where ASK points without saying ASKING, and nodes that do not
// agree on who owns a slot.
func (f *Facts) slots(g *chain.Finding) Cause {
	if 2*g.AskIgnored >= g.Commands {
		return f.missingAsking(g)
	}
	return f.conflict(g)
}

// missingAsking: a node that imports a slot serves it only after ASKING, and else
// names the owner (cluster.c, getNodeByQuery).
func (f *Facts) missingAsking(g *chain.Finding) Cause {
	c := Cause{
		ID: MissingAsking, Confidence: Likely, Proofs: shown(g),
		Summary: "a client goes where ASK points without sending ASKING first, and is sent back",
	}
	if g.AskIgnoredWhole > 0 {
		c.Confidence = Certain
	} else {
		c.Settle = "capture from before the clients connect: an ASKING may have been lost"
	}
	if len(g.Slots) > 0 {
		c.Summary += ", for slot " + slotList(g.Slots)
	}
	c.Remedy = "the client library must send ASKING before each command that it repeats after ASK: upgrade or replace it; meanwhile finish the migration of the slot"
	for _, n := range f.cycle(g) {
		c.Commands = append(c.Commands, cli(n, "CLUSTER NODES")+"   # [slot->-id] migrating, [slot-<-id] importing")
	}
	return c
}

// conflict: two nodes or more name each other as the owner of a slot.
func (f *Facts) conflict(g *chain.Finding) Cause {
	nodes := f.cycle(g)
	c := Cause{ID: SlotOwnershipConflict, Confidence: Possible, Proofs: f.disagreement(g)}
	asking := g.Kinds[ask] > 0
	switch {
	case len(nodes) > 1 && !asking && len(c.Proofs) >= len(nodes):
		c.Confidence = Certain
	case len(nodes) > 1 && (len(c.Proofs) >= 2 || f.viewed(g, nodes)):
		c.Confidence = Likely
	}
	if len(c.Proofs) == 0 {
		c.Proofs = shown(g)
	}
	c.Summary = list(nodes) + " each name another as the owner of slot " + slotList(g.Slots)
	if asking {
		c.Summary = list(nodes) + " do not agree on the migration of slot " + slotList(g.Slots) + ": one hands it over by ASK, the other does not import it"
	}
	c.Remedy = "give the slot one owner, and tell the new owner first"
	c.Commands = f.settleSlots(g, nodes)
	return c
}

// disagreement returns, for each node of the finding's examples, the reply in
// which it named the next one for a slot for which it was itself named.
func (f *Facts) disagreement(g *chain.Finding) []topology.Proof {
	var out []topology.Proof
	var by []netip.AddrPort
	for _, c := range g.Examples {
		hops := c.OrderedHops()
		for i := range hops {
			h := &hops[i]
			if i+1 < len(hops) && hops[i+1].Node != h.Target() || h.Slot < 0 || slices.Contains(by, h.Node) || h.Target() == h.Node {
				continue
			}
			// It was sent here for the same slot, by another.
			named := slices.ContainsFunc(hops, func(o chain.Hop) bool {
				return o.Target() == h.Node && o.Slot == h.Slot && o.Reply != detect.Redirect
			})
			if named && h.Target().IsValid() {
				by = append(by, h.Node)
				out = append(out, topology.Proof{Place: h.Place, Kind: "moved", Text: h.Node.String() + " answered -" + h.Line})
			}
		}
	}
	return out
}

// viewed reports whether the nodes' own views of a slot differ.
func (f *Facts) viewed(g *chain.Finding, nodes []netip.AddrPort) bool {
	for _, s := range g.Slots {
		var owner netip.AddrPort
		for _, v := range f.Nodes.Owners(uint16(s)) {
			if !slices.Contains(nodes, v.By) || !v.Owner.IsValid() {
				continue
			}
			if owner.IsValid() && owner != v.Owner {
				return true
			}
			owner = v.Owner
		}
	}
	return false
}

// maxSlotCommands bounds the slots for which commands are written out.
const maxSlotCommands = 4

// settleSlots writes the commands that give each slot one owner.
func (f *Facts) settleSlots(g *chain.Finding, nodes []netip.AddrPort) (out []string) {
	if len(nodes) == 0 {
		return nil
	}
	owner := f.owner(g, nodes)
	id := ""
	if n := f.Nodes.Find(owner); n != nil {
		id = n.ID
	}
	if id == "" {
		id = "ID"
		out = append(out, cli(owner, "CLUSTER MYID")+"   # the ID of the node that should own it: choose the one that has the keys (CLUSTER COUNTKEYSINSLOT SLOT)")
	} else {
		out = append(out, "# "+id+" is "+owner.String()+"; first see which of them has the keys: CLUSTER COUNTKEYSINSLOT "+slotList(g.Slots[:min(1, len(g.Slots))]))
	}
	for _, s := range g.Slots[:min(len(g.Slots), maxSlotCommands)] {
		for _, n := range sorted(nodes, owner) {
			out = append(out, cli(n, "CLUSTER SETSLOT "+itoa(int(s))+" NODE "+id))
		}
	}
	// Without an import SETSLOT gives the slot no newer epoch, and an older claim may
	// win it back (cluster_legacy.c, clusterUpdateSlotsConfigWith).
	if n := len(g.Slots) - maxSlotCommands; n > 0 {
		out = append(out, "# and the same for "+itoa(n)+" more: "+slotList(g.Slots[maxSlotCommands:]))
	}
	return append(out, cli(owner, "CLUSTER BUMPEPOCH"))
}

// sorted puts one node in front: the new owner is told first, or the other goes on
// sending clients to it (redis #7116).
func sorted(nodes []netip.AddrPort, first netip.AddrPort) []netip.AddrPort {
	out := []netip.AddrPort{first}
	for _, n := range nodes {
		if n != first {
			out = append(out, n)
		}
	}
	return out
}

// owner chooses the node that should own the slots: where their commands were
// served in the end, else the one with the highest epoch in its own view.
func (f *Facts) owner(g *chain.Finding, nodes []netip.AddrPort) netip.AddrPort {
	for _, c := range g.Examples {
		if c.Outcome == chain.Served && c.Final.IsValid() && slices.Contains(nodes, f.Nodes.Canonical(c.Final)) {
			return f.Nodes.Canonical(c.Final)
		}
	}
	best, epoch := nodes[0], uint64(0)
	for _, s := range g.Slots {
		for _, v := range f.Nodes.Owners(uint16(s)) {
			if v.Owner == v.By && v.Epoch > epoch && slices.Contains(nodes, v.By) {
				best, epoch = v.By, v.Epoch
			}
		}
	}
	return best
}
