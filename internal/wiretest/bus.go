package wiretest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Where the fields of a cluster bus message stand (cluster_legacy.h, clusterMsg
// and clusterMsgDataGossip, the same in Valkey 7.2 to 9.1).
const (
	busHeaderLen = 2256
	busGossipLen = 104
	busPorts     = 10000 // from the service port to that of the bus
)

// busTypes are the types of messages that scripts can send, by their number.
func busTypes() map[string]uint16 {
	return map[string]uint16{
		"ping": 0, "pong": 1, "meet": 2, "fail": 3, "failover-auth-request": 5, "failover-auth-ack": 6, "mfstart": 8,
	}
}

// busFlags are the flags of nodes.
func busFlags() map[string]uint16 {
	return map[string]uint16{"primary": 1, "replica": 2, "pfail": 4, "fail": 8, "myself": 16, "handshake": 32, "noaddr": 64}
}

// bus sends a cluster bus message: "DIRECTION TYPE FACT...". Facts are
//
//	id=a              ID of the sender: 40 times this digit, as all IDs
//	flags=primary     of the sender, several with +
//	of=b              ID of its primary
//	epoch=3           its configuration epoch, and the cluster's
//	slots=0-5460,7000
//	paused            it has paused writes for a manual failover
//	about=c@C:replica+fail   a gossip entry: ID, address, flags; of a fail message the ID alone
func (s *script) bus(direction, kind string, facts []string) error {
	c, from, err := s.conns.find(direction, s.names)
	if err != nil {
		return err
	}
	if !c.known {
		return notOpen(direction)
	}
	number, ok := busTypes()[kind]
	if !ok {
		return fmt.Errorf("unknown type of bus message %q", kind)
	}
	host, _, _ := strings.Cut(direction, ">")
	host, _, _ = strings.Cut(host, ".")
	at, err := s.names.lookup(host)
	if err != nil {
		return err
	}
	port := at.Port()
	if from == server { // the name of a bus is that of its port
		port -= busPorts
	}
	m := newBusMessage(number, port)
	for _, f := range facts {
		name, value, _ := strings.Cut(f, "=")
		if err := m.set(s, name, value); err != nil {
			return fmt.Errorf("bus message: %s: %w", f, err)
		}
	}
	binary.BigEndian.PutUint32(m.b[4:], uint32(len(m.b)))
	return s.payload(c, from, m.b, sent{})
}

// busMessage is a message in the making.
type busMessage struct{ b []byte }

func newBusMessage(kind, port uint16) *busMessage {
	m := &busMessage{b: make([]byte, busHeaderLen)}
	copy(m.b, "RCmb")
	be := binary.BigEndian
	be.PutUint16(m.b[8:], 1) // version
	be.PutUint16(m.b[10:], port)
	be.PutUint16(m.b[12:], kind)
	be.PutUint16(m.b[2248:], port+busPorts)
	return m
}

func (m *busMessage) set(s *script, name, value string) error {
	be := binary.BigEndian
	switch name {
	case "id":
		return putID(m.b[40:], value)
	case "of":
		return putID(m.b[2128:], value)
	case "flags":
		flags, err := parseBusFlags(value)
		be.PutUint16(m.b[2250:], flags)
		return err
	case "epoch":
		n, err := strconv.ParseUint(value, 10, 64)
		be.PutUint64(m.b[16:], n)
		be.PutUint64(m.b[24:], n)
		return err
	case "slots":
		return m.slots(value)
	case "paused":
		m.b[2253] |= 1
		return nil
	case "about":
		return m.gossip(s, value)
	}
	return fmt.Errorf("unknown fact")
}

// slots sets bits of the map: bit i is bit i%8 of byte i/8.
func (m *busMessage) slots(value string) error {
	for _, r := range strings.Split(value, ",") {
		first, last, ok := strings.Cut(r, "-")
		if !ok {
			last = first
		}
		a, err1 := strconv.Atoi(first)
		z, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || a < 0 || z > 16383 || a > z {
			return fmt.Errorf("want slots from 0 to 16383")
		}
		for i := a; i <= z; i++ {
			m.b[80+i/8] |= 1 << (i % 8)
		}
	}
	return nil
}

// gossip appends an entry about another node, or the ID that failed.
func (m *busMessage) gossip(s *script, value string) error {
	be := binary.BigEndian
	if be.Uint16(m.b[12:]) == busTypes()["fail"] {
		id := make([]byte, idLen)
		m.b = append(m.b, id...)
		return putID(m.b[len(m.b)-idLen:], value)
	}
	id, rest, _ := strings.Cut(value, "@")
	node, words, _ := strings.Cut(rest, ":")
	at, err := s.names.lookup(node)
	if err != nil {
		return err
	}
	flags, err := parseBusFlags(words)
	if err != nil {
		return err
	}
	e := gossipEntry(at, flags)
	if err := putID(e, id); err != nil {
		return err
	}
	m.b = append(m.b, e...)
	be.PutUint16(m.b[14:], be.Uint16(m.b[14:])+1)
	return nil
}

func gossipEntry(at netip.AddrPort, flags uint16) []byte {
	e := make([]byte, busGossipLen)
	be := binary.BigEndian
	copy(e[48:94], at.Addr().String())
	be.PutUint16(e[94:], at.Port())
	be.PutUint16(e[96:], at.Port()+busPorts)
	be.PutUint16(e[98:], flags)
	return e
}

func parseBusFlags(words string) (uint16, error) {
	var flags uint16
	for _, w := range strings.Split(words, "+") {
		f, ok := busFlags()[w]
		if !ok {
			return 0, fmt.Errorf("unknown flag %q", w)
		}
		flags |= f
	}
	return flags, nil
}

func putID(b []byte, digit string) error {
	if len(digit) != 1 || !isHex(digit[0]) {
		return fmt.Errorf("an ID is a hexadecimal digit, for 40 of them")
	}
	copy(b, strings.Repeat(digit, idLen))
	return nil
}
