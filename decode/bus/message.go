package bus

// Message is one message. It is reused: it and its slices are valid until the
// function that was given it returns.
type Message struct {
	Type Type
	// Cut says that its end was lost, or over the bound: of the gossip only the
	// start is there, and what was announced behind it is not.
	Cut bool

	Sender    ID
	IP        []byte // announced; empty: that of the sender's end of the connection
	Port      uint16 // at which the sender serves, with TLS if the bus has TLS
	OtherPort uint16 // at which it serves without, or with; 0 if it does not
	BusPort   uint16
	Hostname  []byte // announced; empty in messages without gossip
	Shard     ID     // likewise
	Flags     Flags
	Marks     Marks
	Down      bool   // the sender holds the cluster to be down
	Clock     uint64 // the sender's current epoch: that of the election in AuthRequest and AuthAck
	Epoch     uint64 // the configuration epoch of the sender, or of its primary
	Offset    int64  // of replication, in bytes
	ReplicaOf ID     // the sender's primary; not set if it is one
	Slots     Slots  // that the sender serves, or its primary

	// About is the node that Fail and Update speak of, AboutEpoch and AboutSlots
	// what Update says of it.
	About      ID
	AboutEpoch uint64
	AboutSlots Slots

	gossip []byte // whole entries
}

// Gossip is what a message says of a third node.
type Gossip struct {
	ID            ID
	IP            []byte // empty if the sender does not know
	Port, BusPort uint16
	Flags         Flags
}

// Gossips returns how many entries of gossip there are.
func (m *Message) Gossips() int { return len(m.gossip) / gossipLen }

// Gossip returns entry i.
func (m *Message) Gossip(i int) Gossip {
	g, _ := gossipAt(m.gossip[i*gossipLen : (i+1)*gossipLen])
	return g
}

func gossipAt(b []byte) (g Gossip, ok bool) {
	id, known := idAt(b, 0)
	ip, readable := text(b[gossipIP:gossipPort])
	return Gossip{
		ID: id, IP: ip, Port: u16(b, gossipPort), BusPort: u16(b, gossipBusPort), Flags: Flags(u16(b, gossipFlags)),
	}, known && readable
}

// read reads the start of a message, at least its header, and reports whether it
// makes sense.
func (m *Message) read(b []byte, f frame) bool {
	*m = Message{
		Type: f.kind, Cut: len(b) < f.useful(),
		Port: u16(b, atPort), OtherPort: u16(b, atOtherPort), BusPort: u16(b, atBusPort),
		Flags: Flags(u16(b, atFlags)), Marks: Marks(b[atMarks]), Down: b[atState] != 0,
		Clock: u64(b, atClock), Epoch: u64(b, atEpoch), Offset: int64(u64(b, atOffset)),
		Slots: Slots(b[atSlots : atSlots+slotsLen]),
	}
	var ok bool
	if m.Sender, ok = idAt(b, atSender); !ok || m.Flags&(Primary|Replica) == Primary|Replica {
		return false
	}
	if !zero(b[atReplicaOf : atReplicaOf+idLen]) {
		if m.ReplicaOf, ok = idAt(b, atReplicaOf); !ok {
			return false
		}
	}
	if m.IP, ok = text(b[atIP : atIP+ipLen]); !ok {
		return false
	}
	return m.body(b, f)
}

// body reads what follows the header.
func (m *Message) body(b []byte, f frame) bool {
	body := b[headerLen:]
	var ok bool
	switch {
	case f.kind.gossips():
		n := min(f.gossip, len(body)/gossipLen)
		m.gossip = body[:n*gossipLen]
		for i := range n {
			if _, ok := gossipAt(m.gossip[i*gossipLen : (i+1)*gossipLen]); !ok {
				return false
			}
		}
		return n < f.gossip || m.extensions(body[n*gossipLen:], u16(b, atExtensions), b[atMarks]&extended != 0)
	case f.kind == Fail && len(body) >= failLen:
		m.About, ok = idAt(body, 0)
		return ok
	case f.kind == Update && len(body) >= updateLen:
		m.AboutEpoch = u64(body, 0)
		m.AboutSlots = Slots(body[updateSlots : updateSlots+slotsLen])
		m.About, ok = idAt(body, updateID)
		return ok
	}
	return true
}

// extensions reads those that follow the gossip.
func (m *Message) extensions(b []byte, count uint16, there bool) bool {
	if !there {
		return len(b) == 0
	}
	for range count {
		if len(b) < extensionHeader {
			return m.Cut
		}
		n := u32(b, 0)
		if n < extensionHeader || n%8 != 0 || n > maxExtensions {
			return false
		}
		if int(n) > len(b) {
			return m.Cut
		}
		content := b[extensionHeader:n]
		var ok bool
		switch u16(b, extensionType) {
		case extensionHostname:
			if m.Hostname, ok = text(content); !ok || len(m.Hostname) > maxHostname {
				return false
			}
		case extensionShard:
			if len(content) != idLen {
				return false
			}
			if m.Shard, ok = idAt(content, 0); !ok {
				return false
			}
		}
		b = b[n:]
	}
	return len(b) == 0
}
