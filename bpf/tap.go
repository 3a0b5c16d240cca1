//go:build linux

package bpf

import (
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// Tap is the program in the kernel and what it shares with user space. Its
// methods may be called from any goroutine.
type Tap struct{ objects tapObjects }

// Load loads the program, which sees nothing until it is attached. Errors of the
// kernel are wrapped as package ebpf reports them: ebpf.ErrNotSupported where it
// is too old, unix.EPERM where a privilege or lockdown forbids it (or, before
// Linux 5.11, the limit of locked memory), *ebpf.VerifierError where it refuses
// the program.
func Load(o Options) (*Tap, error) {
	spec, err := loadTap()
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	if err := o.apply(spec); err != nil {
		return nil, err
	}
	t := new(Tap)
	if err := spec.LoadAndAssign(&t.objects, nil); err != nil {
		return nil, fmt.Errorf("load program: %w", err)
	}
	return t, nil
}

// apply writes the options into an object that is yet to be loaded.
func (o *Options) apply(spec *ebpf.CollectionSpec) error {
	ring, err := o.ringBytes()
	if err != nil {
		return err
	}
	snaplen, err := o.snaplen()
	if err != nil {
		return err
	}
	ports, err := o.portSet()
	if err != nil {
		return err
	}
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return fmt.Errorf("count processors: %w", err)
	}
	spec.Maps[tapMapRing].MaxEntries = uint32(ring)
	spec.Maps[tapMapScratch].MaxEntries = uint32(cpus)
	for _, v := range []struct {
		name  string
		value any
	}{
		{tapVarPorts, ports},
		{tapVarAllPorts, len(o.Ports) == 0},
		{tapVarTunnels, o.Tunnels},
		{tapVarOnlyAllowed, o.Interfaces},
		{tapVarSnaplen, uint32(snaplen)},
		{tapVarCutValues, o.Snaplen == 0 && !o.Values},
		{tapVarWakeShift, wakeShift(ring)},
	} {
		if err := spec.Variables[v.name].Set(v.value); err != nil {
			return fmt.Errorf("set %s: %w", v.name, err)
		}
	}
	return nil
}

// Attach makes the program the filter of a packet socket, of which the type is
// to be SOCK_RAW and the protocol ETH_P_ALL. It stays until the socket is closed.
func (t *Tap) Attach(socket int) error {
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, t.objects.Tap.FD()); err != nil {
		return fmt.Errorf("attach program: %w", err)
	}
	return nil
}

// Ring returns the ring buffer, from which samples are read for
// Record.Unmarshal. It is valid until Close. The program wakes the reader only
// each time another quarter of the ring has filled, so the reader is to look by
// itself every few milliseconds.
func (t *Tap) Ring() *ebpf.Map { return t.objects.Ring }

// Close releases the program and the ring buffer. A socket that the program is
// attached to keeps both of them until it is closed, too.
func (t *Tap) Close() error {
	if err := t.objects.Close(); err != nil {
		return fmt.Errorf("close program: %w", err)
	}
	return nil
}
