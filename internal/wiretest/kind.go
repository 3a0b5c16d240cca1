package wiretest

import "fmt"

// Kind is a kind of traffic that Generate makes.
type Kind uint8

// The kinds of traffic. Unless said otherwise 50 clients on 5 hosts talk to one
// server, each on one connection, half GET and half SET of 64-byte values.
const (
	_           Kind = iota
	Small            // one command in flight a connection, one packet each way
	Pipelined        // 16 commands a packet, 16 replies a packet
	Large            // values of 16 kB in segments of 1448 bytes
	Connections      // a connection of its own, from a port never used before, for each command
	Tangled          // Small with 2 % of neighbours swapped and 1 % of packets twice
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Small, Pipelined, Large, Connections, Tangled} }

// String returns the kind's name as ParseKind takes it.
func (k Kind) String() string {
	switch k {
	case Small:
		return "small"
	case Pipelined:
		return "pipelined"
	case Large:
		return "large"
	case Connections:
		return "connections"
	case Tangled:
		return "tangled"
	}
	return "invalid"
}

// ParseKind returns the kind of a name.
func ParseKind(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("unknown kind %q: want one of %v", name, Kinds())
}
