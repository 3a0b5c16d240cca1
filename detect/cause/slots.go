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
	if nodes := f.cycle(g); len(nodes) > 0 {
		c.Commands = append(c.Commands, "# what is left half done: valkey-cli --cluster check "+nodes[0].String()+", then --cluster fix")
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
	if g.Partial && len(g.Unseen) > 0 && !asking {
		c.Summary = list(g.Nodes) + " names " + list(g.Unseen) + " as the owner of slot " + slotList(g.Slots) + ", and clients come back; what that one says was not captured"
		c.Alternatives = []string{string(MissingAsking), "clients that ask the wrong node first, again and again"}
	}
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

// viewed reports whether two of the nodes name each other as the owner of a slot, each
// in its own view. In a migration both may claim a slot for a while; they do not send
// clients round.
func (f *Facts) viewed(g *chain.Finding, nodes []netip.AddrPort) bool {
	for _, s := range g.Slots {
		names := map[netip.AddrPort]netip.AddrPort{}
		for _, v := range f.Nodes.Owners(uint16(s)) {
			if slices.Contains(nodes, v.By) && v.Owner.IsValid() && v.Owner != v.By {
				names[v.By] = v.Owner
			}
		}
		for by, owner := range names {
			if names[owner] == by {
				return true
			}
		}
	}
	return false
}

// maxSlotCommands bounds the slots for which commands are written out.
const maxSlotCommands = 4

// settleSlots writes the commands that give each slot one owner. Which node that is to
// be, its keys say; only if one was seen to serve the slot in the end are the commands
// that change something ready to be used.
func (f *Facts) settleSlots(g *chain.Finding, nodes []netip.AddrPort) (out []string) {
	if len(nodes) == 0 {
		return nil
	}
	owner, served := f.owner(g, nodes)
	id, mark := "ID", ""
	if n := f.Nodes.Find(owner); n != nil && n.ID != "" {
		id = n.ID
	}
	if !served {
		mark = "# "
	}
	few := g.Slots[:min(len(g.Slots), maxSlotCommands)]
	for _, n := range nodes {
		if id == "ID" {
			out = append(out, cli(n, "CLUSTER MYID"))
		}
		for _, s := range few {
			out = append(out, cli(n, "CLUSTER COUNTKEYSINSLOT "+itoa(int(s))))
		}
	}
	out = append(out, "# "+owner.String()+" (ID "+id+") if it is the one that has the keys:")
	for _, s := range few {
		for _, n := range sorted(nodes, owner) {
			out = append(out, mark+cli(n, "CLUSTER SETSLOT "+itoa(int(s))+" NODE "+id))
		}
	}
	if n := len(g.Slots) - maxSlotCommands; n > 0 {
		out = append(out, "# and the same for "+itoa(n)+" more: "+slotList(g.Slots[maxSlotCommands:]))
	}
	// Without an import SETSLOT gives the slot no newer epoch, and an older claim may
	// win it back (cluster_legacy.c, clusterUpdateSlotsConfigWith).
	return append(out, mark+cli(owner, "CLUSTER BUMPEPOCH"))
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
// served in the end, if they were, else the one with the highest epoch in its own view.
func (f *Facts) owner(g *chain.Finding, nodes []netip.AddrPort) (owner netip.AddrPort, served bool) {
	for _, c := range g.Examples {
		if c.Outcome == chain.Served && c.Final.IsValid() && slices.Contains(nodes, f.Nodes.Canonical(c.Final)) {
			return f.Nodes.Canonical(c.Final), true
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
	return best, false
}
