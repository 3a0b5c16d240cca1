package live

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ricochet/capture"
)

const (
	// packetRing is the size of the ring unless told otherwise, in bytes. Frames
	// are copied whole, so it is larger than that of eBPF.
	packetRing = 16 << 20
	// packetSnaplen is what is kept of a frame unless told otherwise, in bytes:
	// nothing is left out of what IP can name the length of.
	packetSnaplen = 256 << 10
	// packetTimeout is after how long the kernel hands over a block that is not
	// full. It may take twice as long, or longer on a busy host.
	packetTimeout = 20 * time.Millisecond
	// packetLag is how long the kernel may take from reading the clock to
	// counting the packet, in nanoseconds.
	packetLag = int64(time.Millisecond)
	// packetRest is how long after stop the last block is waited for at most, in
	// nanoseconds.
	packetRest = int64(2 * time.Second)
	// packetStatsInterval is how often the counters of the kernel are taken over,
	// in nanoseconds. They have 32 bits and start anew each time.
	packetStatsInterval = int64(time.Second)
)

// packetEngine reads the ring of a packet socket, packet(7).
type packetEngine struct {
	names  []string
	filter filter
	ring   *blocks
	socket int
	waiter *waiter // owns the socket

	chosen  map[int]bool // indexes of the interfaces that are named
	stopped int64        // when it was, in Unix time, or 0
	counted int64        // when the counters of the kernel were taken over
	kernel  tally
	frames  int64 // that were read
	foreign int64 // those of them that the filter let through and the judge did not
	unclear int64
	bytes   int64 // lengths of the packets that were read
}

// tally is what a packet socket counts.
type tally struct{ packets, drops int64 }

var _ engine = (*packetEngine)(nil)

// newPacketEngine makes the ring of the socket, which it takes over.
func newPacketEngine(socket int, o *Options) (*packetEngine, error) {
	e := &packetEngine{socket: socket, names: o.Interfaces, chosen: map[int]bool{}}
	e.filter = filter{judge: judge{ports: newPorts(o.Ports), tunnels: o.Tunnels}, snaplen: packetSnaplen}
	if o.Snaplen > 0 {
		e.filter.snaplen = uint32(min(o.Snaplen, packetSnaplen))
	}
	var err error
	if e.waiter, err = newWaiter(socket, "packet socket", e.due); err != nil {
		return nil, err
	}
	if err := e.setUp(cmp.Or(o.RingBytes, packetRing)); err != nil {
		return nil, errors.Join(&refusal{mechanism: MechanismPacket, err: err, facts: collectFacts()}, e.close(), e.release())
	}
	return e, nil
}

func (e *packetEngine) setUp(ringBytes int) error {
	err := e.attach()
	if err != nil {
		return err
	}
	e.ring, err = newBlocks(e.socket, ringBytes)
	return err
}

// attach puts the filter in the place of the one before.
func (e *packetEngine) attach() error {
	if len(e.names) > 0 {
		e.filter.interfaces = slices.AppendSeq(make([]int, 0, len(e.chosen)), maps.Keys(e.chosen))
	}
	code, err := e.filter.assemble()
	if err != nil {
		return err
	}
	return attachFilter(e.socket, code)
}

// attachFilter makes a program the filter of a socket.
func attachFilter(socket int, code []bpf.Instruction) error {
	raw, err := bpf.Assemble(code)
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.SetsockoptSockFprog(socket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &f); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	return nil
}

func (e *packetEngine) start() error { return listen(e.socket) }

// due reports whether a block waits.
func (e *packetEngine) due() bool { return e.ring.ready(e.ring.at) }

func (e *packetEngine) read(f *frame) (result, error) {
	for {
		ok, more, err := e.ring.next(f)
		switch {
		case err != nil:
			return 0, err
		case !ok && more:
			return passed, nil
		case !ok:
			return empty, e.count(time.Now().UnixNano())
		}
		e.frames++
		kind, usable := linkType(f.hardware)
		if !usable {
			e.foreign++
			continue
		}
		switch e.filter.judge.frame(f.data, kind == capture.LinkRaw) {
		case wanted:
			e.bytes += int64(f.wire)
			return found, nil
		case unclear:
			e.unclear++
		case foreign:
			e.foreign++
		}
		if e.ring.left == 0 {
			return passed, nil
		}
	}
}

// count takes over the counters of the kernel now and then, before they overflow.
func (e *packetEngine) count(now int64) error {
	if now-e.counted < packetStatsInterval || e.stopped != 0 {
		return nil
	}
	e.counted = now
	return e.takeCounters()
}

func (e *packetEngine) takeCounters() error {
	s, err := unix.GetsockoptTpacketStatsV3(e.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return fmt.Errorf("read counters of packet socket: %w", err)
	}
	// The packets include those that were dropped.
	e.kernel.packets += int64(s.Packets)
	e.kernel.drops += int64(s.Drops)
	return nil
}

// quiet compares what the kernel counted with what was read: a block may hold
// packets for long before the kernel hands it over.
func (e *packetEngine) quiet() (int64, bool) {
	// The time first: what is counted later is not older.
	t := time.Now().UnixNano() - packetLag
	if e.stopped != 0 && t-e.stopped > packetRest {
		return t, true
	}
	err := e.takeCounters()
	return t, err == nil && e.kernel.packets-e.kernel.drops == e.frames
}

func (e *packetEngine) wait(d time.Duration) { e.waiter.sleep(d) }

// link changes the filter when an interface with one of the names comes or goes.
func (e *packetEngine) link(l linkState) error {
	want := !l.gone && slices.Contains(e.names, l.name)
	if want == e.chosen[l.index] {
		return nil
	}
	if want {
		e.chosen[l.index] = true
	} else {
		delete(e.chosen, l.index)
	}
	return e.attach()
}

func (e *packetEngine) resolve(index int) (linkState, bool) {
	if e.stopped != 0 {
		return linkState{}, false
	}
	return resolveLink(e.socket, index)
}

func (e *packetEngine) health() (capture.Health, error) {
	err := e.takeCounters()
	return capture.Health{
		Matched: e.kernel.packets - e.foreign - e.unclear, MatchedBytes: e.bytes,
		Dropped:   e.kernel.drops,
		Unparsed:  e.unclear,
		RingBytes: int64(len(e.ring.memory)), RingUsed: int64(e.ring.used()),
	}, err
}

// stop lets nothing through any more. The socket must stay, as what waits in it
// shows only by and by.
func (e *packetEngine) stop() error {
	err := attachFilter(e.socket, []bpf.Instruction{bpf.RetConstant{Val: 0}})
	e.stopped = time.Now().UnixNano()
	return err
}

// close closes the socket; the kernel keeps it until its ring is released.
func (e *packetEngine) close() error { return e.waiter.close() }

func (e *packetEngine) release() error {
	if e.ring == nil {
		return nil
	}
	return e.ring.close()
}
