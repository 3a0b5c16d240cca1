// Package wirebus makes messages of the cluster bus for tests. It shares nothing
// with the package that reads them; a test holds it to bytes of a real server.
package wirebus

import (
	"encoding/binary"
	"strings"
)

// Types of messages, as on the wire.
const (
	Ping         = 0
	Pong         = 1
	Meet         = 2
	Fail         = 3
	Publish      = 4
	AuthRequest  = 5
	AuthAck      = 6
	Update       = 7
	ManualStart  = 8
	Module       = 9
	PublishShard = 10
	Light        = 0x8000 // added to Publish and PublishShard
)

// Flags of nodes, as on the wire.
const (
	Primary   = 1
	Replica   = 2
	PFail     = 4
	Failed    = 8
	Myself    = 16
	Handshake = 32
	NoAddress = 64
)

// Flags of messages, as on the wire.
const (
	Paused = 1
	Forced = 2
)

// Node is a node as a message tells of it. IDs of nodes are given as one letter,
// of which ID makes 40 digits; an empty one is none.
type Node struct {
	ID            string
	IP            string
	Port, BusPort uint16
	OtherPort     uint16
	Flags         uint16
}

// Message is a message. What is zero is zero on the wire, but for lengths and
// counts, which are made to fit.
type Message struct {
	Type          uint16
	Sender        Node
	Clock, Epoch  uint64
	Offset        uint64
	Slots         [][2]int
	ReplicaOf     string
	Down          byte
	Marks         byte
	Gossip        []Node // of Ping, Pong and Meet, as are the next two
	Hostname      string
	Shard         string
	About         string // of Fail and Update, as are the next two
	AboutEpoch    uint64
	AboutSlots    [][2]int
	Channel, Text string // of Publish and PublishShard
}

// ID returns the ID that a letter stands for.
func ID(letter string) string { return strings.Repeat(letter, 40)[:40] }

// Bytes returns the message as it is on the wire.
func (m Message) Bytes() []byte {
	if m.Type&Light != 0 {
		b := append([]byte("RCmb"), make([]byte, 12)...)
		binary.BigEndian.PutUint16(b[8:], 1)
		binary.BigEndian.PutUint16(b[12:], m.Type)
		return m.publish(b)
	}
	b := make([]byte, 2256)
	copy(b, "RCmb")
	binary.BigEndian.PutUint16(b[8:], 1)
	binary.BigEndian.PutUint16(b[10:], m.Sender.Port)
	binary.BigEndian.PutUint16(b[12:], m.Type)
	binary.BigEndian.PutUint64(b[16:], m.Clock)
	binary.BigEndian.PutUint64(b[24:], m.Epoch)
	binary.BigEndian.PutUint64(b[32:], m.Offset)
	putID(b[40:], m.Sender.ID)
	putSlots(b[80:2128], m.Slots)
	putID(b[2128:], m.ReplicaOf)
	copy(b[2168:2214], m.Sender.IP)
	binary.BigEndian.PutUint16(b[2246:], m.Sender.OtherPort)
	binary.BigEndian.PutUint16(b[2248:], m.Sender.BusPort)
	binary.BigEndian.PutUint16(b[2250:], m.Sender.Flags)
	b[2252], b[2253] = m.Down, m.Marks
	switch m.Type {
	case Ping, Pong, Meet:
		b = m.heartbeat(b)
	case Fail:
		b = append(b, ID(m.About)...)
	case Update:
		body := make([]byte, 48+2048)
		binary.BigEndian.PutUint64(body, m.AboutEpoch)
		putID(body[8:], m.About)
		putSlots(body[48:], m.AboutSlots)
		b = append(b, body...)
	case Publish, PublishShard:
		return m.publish(b)
	case Module:
		b = append(b, make([]byte, 13)...)
	}
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)))
	return b
}

// heartbeat appends what follows the header of PING, PONG and MEET.
func (m Message) heartbeat(b []byte) []byte {
	binary.BigEndian.PutUint16(b[14:], uint16(len(m.Gossip)))
	for _, n := range m.Gossip {
		g := make([]byte, 104)
		putID(g, n.ID)
		copy(g[48:94], n.IP)
		binary.BigEndian.PutUint16(g[94:], n.Port)
		binary.BigEndian.PutUint16(g[96:], n.BusPort)
		binary.BigEndian.PutUint16(g[98:], n.Flags)
		binary.BigEndian.PutUint16(g[100:], n.OtherPort)
		b = append(b, g...)
	}
	count := uint16(0)
	extend := func(kind uint16, content string) {
		content += strings.Repeat("\x00", (8-len(content)%8)%8)
		b = binary.BigEndian.AppendUint32(b, uint32(8+len(content)))
		b = binary.BigEndian.AppendUint16(b, kind)
		b = append(append(b, 0, 0), content...)
		count++
	}
	if m.Hostname != "" {
		extend(0, m.Hostname+"\x00")
	}
	if m.Shard != "" {
		extend(3, ID(m.Shard))
	}
	if count > 0 {
		binary.BigEndian.PutUint16(b[2214:], count)
		b[2253] |= 4
	}
	return b
}

// publish appends channel and text, and sets the length.
func (m Message) publish(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.Channel)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.Text)))
	b = append(append(b, m.Channel...), m.Text...)
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)))
	return b
}

func putID(b []byte, id string) {
	if id != "" {
		copy(b, ID(id))
	}
}

func putSlots(b []byte, ranges [][2]int) {
	for _, r := range ranges {
		for i := r[0]; i <= r[1]; i++ {
			b[i/8] |= 1 << (i % 8)
		}
	}
}
