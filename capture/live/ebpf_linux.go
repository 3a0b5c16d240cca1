package live

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ricochet/bpf"
	"ricochet/capture"
)

// ebpfLag is how long the program may take from reading the clock to putting the
// sample, in nanoseconds. A sample of which the time is older than that has been
// put.
const ebpfLag = int64(time.Millisecond)

// ebpfEngine reads what the program of package bpf puts into its ring buffer. The
// program is the filter of a packet socket, and lets nothing through to it.
type ebpfEngine struct {
	tap    *bpf.Tap
	socket int // -1 once stopped
	names  []string
	ring   *ring
	size   int
	waiter *waiter
	clock  *clock

	record bpf.Record
	pieces pieces // of record
	packet capture.Packet
}

var _ engine = (*ebpfEngine)(nil)

// newEBPFEngine loads the program and attaches it to the socket, which it takes
// over. If eBPF is not allowed or too old the error is a *refusal.
func newEBPFEngine(socket int, o *Options) (*ebpfEngine, error) {
	e := &ebpfEngine{socket: socket, names: o.Interfaces, clock: newClock(systemClocks)}
	if err := e.load(o); err != nil {
		return nil, errors.Join(&refusal{mechanism: MechanismEBPF, err: err, facts: collectFacts()}, e.stop(), e.close(), e.release())
	}
	return e, nil
}

func (e *ebpfEngine) load(o *Options) error {
	// Without CAP_PERFMON the verifier of some kernels works for seconds to no end.
	f := collectFacts()
	if len(f.missing()) > 0 && !f.before(5, 8) {
		return fmt.Errorf("load program: %w", unix.EPERM)
	}
	raiseMemlock()
	var err error
	e.tap, err = bpf.Load(bpf.Options{
		Ports:      bpfPorts(o.Ports),
		Tunnels:    o.Tunnels,
		Interfaces: len(o.Interfaces) > 0,
		RingBytes:  ringSize(o.RingBytes),
		Snaplen:    min(o.Snaplen, bpf.MaxSnaplen),
		Values:     o.Values,
	})
	if err != nil {
		return err
	}
	m := e.tap.Ring()
	e.size = int(m.MaxEntries())
	if e.ring, err = newRing(m.FD(), e.size); err != nil {
		return err
	}
	fd, err := unix.FcntlInt(uintptr(m.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicate ring buffer: %w", err)
	}
	if e.waiter, err = newWaiter(fd, "ring buffer", e.due); err != nil {
		return err
	}
	return e.tap.Attach(e.socket)
}

// raiseMemlock lets this process have as many maps as it wants on kernels before
// 5.11, which count them as locked memory. It needs CAP_SYS_RESOURCE there; if
// that is missing, loading the program fails and says why. Package rlimit of
// cilium/ebpf would find out at the start of every program that imports it, by
// making a map.
func raiseMemlock() {
	if collectFacts().before(5, 11) {
		_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	}
}

// ringSize rounds up to what a ring buffer can be, zero staying zero.
func ringSize(bytes int) int {
	if bytes == 0 {
		return 0
	}
	bytes = min(max(bytes, os.Getpagesize()), bpf.MaxRingBytes)
	return 1 << bits.Len(uint(bytes-1))
}

func bpfPorts(ranges []PortRange) []bpf.PortRange {
	var out []bpf.PortRange
	for _, r := range ranges {
		out = append(out, bpf.PortRange(r))
	}
	return out
}

func (e *ebpfEngine) start() error { return listen(e.socket) }

// due reports whether so much waits that there is no time to sleep.
func (e *ebpfEngine) due() bool { return e.ring.used() >= e.size/4 }

func (e *ebpfEngine) read(f *frame) (result, error) {
	// A record of which parts were left out is several packets.
	for !e.pieces.next(&e.packet) {
		sample, err := e.ring.next()
		if err != nil {
			return 0, err
		}
		if sample == nil {
			return empty, nil
		}
		if err := e.record.Unmarshal(sample); err != nil {
			return 0, fmt.Errorf("read sample: %w", err)
		}
		e.pieces.reset(&e.record)
	}
	f.time = e.clock.unix(e.record.Time)
	f.index = int(e.record.Ifindex)
	f.hardware = hardwareEther
	if e.record.RawIP {
		f.hardware = hardwareNone
	}
	f.wire, f.data = e.packet.Len, e.packet.Data
	return found, nil
}

func (e *ebpfEngine) quiet() (int64, bool) {
	// The time first: what is put later is not older.
	t := e.clock.now() - ebpfLag
	return t, e.ring.drained()
}

func (e *ebpfEngine) wait(d time.Duration) { e.waiter.sleep(d) }

func (e *ebpfEngine) link(l linkState) error {
	kind, _ := linkType(l.hardware)
	if l.gone {
		return e.tap.ForgetInterface(uint32(l.index))
	}
	return e.tap.SetInterface(uint32(l.index), bpf.Interface{
		Allowed:  slices.Contains(e.names, l.name),
		Loopback: l.hardware == hardwareLoopback,
		RawIP:    kind == capture.LinkRaw,
	})
}

func (e *ebpfEngine) resolve(index int) (linkState, bool) { return resolveLink(e.socket, index) }

func (e *ebpfEngine) health() (capture.Health, error) {
	c, err := e.tap.Counters()
	return capture.Health{
		Matched: int64(c.Matched), MatchedBytes: int64(c.MatchedBytes),
		Dropped: int64(c.Dropped), DroppedBytes: int64(c.DroppedBytes),
		Unparsed:  int64(c.Unparsed),
		RingBytes: int64(e.size), RingUsed: int64(e.ring.used()),
	}, err
}

// stop closes the socket, which waits until no packet is in the program.
func (e *ebpfEngine) stop() error {
	if e.socket < 0 {
		return nil
	}
	err := unix.Close(e.socket)
	e.socket = -1
	return err
}

func (e *ebpfEngine) close() error {
	var errs []error
	if e.waiter != nil {
		errs = append(errs, e.waiter.close())
	}
	if e.tap != nil {
		errs = append(errs, e.tap.Close())
		// Package ebpf keeps the constants of the program mapped until its
		// objects are garbage.
		e.tap = nil
	}
	return errors.Join(errs...)
}

func (e *ebpfEngine) release() error {
	if e.ring == nil {
		return nil
	}
	return e.ring.close()
}
