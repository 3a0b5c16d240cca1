package keep

// Sink is what a Writer writes to in place of a file.
type Sink = sink

// CreateOn is Create with a sink of the test's own.
func CreateOn(o Options, s Sink) (*Writer, error) {
	f := newFiles(&o, s)
	if err := f.flush(); err != nil {
		return nil, err
	}
	return newWriter(f), nil
}

// The bounds that tests reach.
const (
	MaxHeldBytes   = maxHeldBytes
	MaxHeldPackets = maxHeldPackets
	MaxHeldTime    = maxHeldTime
	MaxPacket      = maxPacket
	MaxConns       = maxConns
	MaxFaults      = maxFaults
	MaxPending     = maxPending
	MaxInlineKept  = maxInlineKept
	MaxBus         = maxBus
)

// Held returns how many packets are held, and the bytes held by lost scanners.
func (w *Writer) Held() (packets, searching int) {
	return int(w.held.last - w.held.first), w.table.m.searching
}

// Bus returns the bytes held of messages of the cluster bus.
func (w *Writer) Bus() int { return w.table.m.bus }

// Slots returns the room that queues of commands take.
func (w *Writer) Slots() int { return w.table.m.slots }

// Conns returns how many connections are remembered.
func (w *Writer) Conns() int { return len(w.table.conns) }

// KeysOf returns where lookup says that the keys of a command are, whether it is
// known, and the position of the number of its keys.
func KeysOf(name string) (first, last, step, numkeys int8, known bool) {
	s := lookup([]byte(name))
	return s.first, s.last, s.step, s.numkeys, s.known
}
