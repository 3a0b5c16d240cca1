package topology

import (
	"ricochet/detect"
)

// ordered: a server that carries out a command that changes its role says so. What
// is only queued in a transaction may never be carried out.
func (m *Map) ordered(e *detect.Evidence) {
	o := e.Detail.Order
	if o == nil || o.Answer != "OK" {
		return
	}
	n := m.node(e.Conn.Server)
	if n == nil {
		return
	}
	s, p := spanOf(e), proofOf(e, KindOrder, o.Text)
	switch o.Verb {
	case "REPLICAOF":
		if o.NoOne {
			m.say(n, primary(s, p))
			m.promoted(n)
			break
		}
		of, _ := m.Resolve(o.Host, o.Port, n.Addr)
		m.say(n, replicaOf(of, s, p))
		m.tie(n, of, p)
	case "FAILOVER": // a replica refuses it; aborted, the server is primary again
		m.say(n, primary(s, p))
	case "CLUSTER REPLICATE":
		n.Mode = Cluster
		if o.NoOne {
			m.say(n, primary(s, p))
			break
		}
		of := m.addrOf(o.ID)
		m.say(n, replicaOf(of, s, p))
		m.tie(n, of, p)
	case "CLUSTER SETSLOT":
		n.Mode = Cluster
		m.setSlot(n, o, p)
	}
}

// setSlot takes what a node was told of a slot.
func (m *Map) setSlot(n *Node, o *detect.Order, p Proof) {
	at := m.addrOf(o.ID)
	switch o.State {
	case "NODE":
		m.owns(n, o.Slot, owner{addr: at, id: o.ID, proof: p})
		m.settled(n, o.Slot)
	case "STABLE":
		m.settled(n, o.Slot)
	case "MIGRATING", "IMPORTING":
		m.moving(n, o.Slot, shift{incoming: o.State == "IMPORTING", to: at, id: o.ID, proof: p})
	}
}
