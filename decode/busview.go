package decode

import (
	"ricochet/decode/bus"
	"ricochet/decode/view"
)

// unknownHost is the Host of a node of which a message does not give the address.
const unknownHost = "?"

// busSender is what the header of a message says of its sender. A replica sends
// the slots of its primary (clusterBuildMessageHdr): it serves none, and whether
// its primary does is for that one to say. The epoch is that of its primary too.
func busSender(m *bus.Message) view.Node {
	n := view.Node{
		Source: view.SourceBus, Self: true, Host: string(m.IP), Port: m.Port, BusPort: m.BusPort,
		Hostname: string(m.Hostname), ID: m.Sender.String(), Shard: m.Shard.String(), Role: busRole(m.Flags),
		PrimaryID: m.ReplicaOf.String(), Mode: "cluster", Offset: m.Offset, Epoch: m.Epoch, Flags: m.Flags.Words(),
	}
	if n.Role == view.Primary {
		n.Slots = m.Slots.Ranges()
	}
	if m.Marks&bus.Paused != 0 {
		n.Flags = append(n.Flags, "paused")
	}
	if m.Marks&bus.Forced != 0 {
		n.Flags = append(n.Flags, "forced")
	}
	return n
}

// busGossip is what an entry of gossip says of its node.
func busGossip(g *bus.Gossip) view.Node {
	n := view.Node{
		Source: view.SourceGossip, Host: string(g.IP), Port: g.Port, BusPort: g.BusPort,
		ID: g.ID.String(), Role: busRole(g.Flags), Flags: g.Flags.Words(),
	}
	if n.Host == "" {
		n.Host = unknownHost
	}
	return n
}

// busAbout is what FAIL and UPDATE say of the node that they are about. UPDATE is
// about a node that serves slots (clusterSendUpdate): a primary.
func busAbout(m *bus.Message) view.Node {
	n := view.Node{Source: view.SourceBus, Host: unknownHost, ID: m.About.String()}
	if m.Type == bus.Fail {
		n.Flags = []string{"fail"}
		return n
	}
	n.Role, n.Epoch, n.Slots = view.Primary, m.AboutEpoch, m.AboutSlots.Ranges()
	return n
}

func busRole(f bus.Flags) string {
	switch {
	case f&bus.Primary != 0 && f&bus.Replica == 0:
		return view.Primary
	case f&bus.Replica != 0 && f&bus.Primary == 0:
		return view.Replica
	}
	return ""
}
