//go:build linux

package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// MaxInterfaces is how many interfaces the program can be told about.
const MaxInterfaces = 4096

// Interface says how the frames of an interface are to be taken. The zero value
// is what the program takes an interface for of which it was not told.
type Interface struct {
	// Allowed says that its frames are wanted, if Options.Interfaces asks for
	// that.
	Allowed bool
	// Loopback says that a packet socket sees each of its frames twice, as it
	// leaves and as it comes back. The program skips the first.
	Loopback bool
	// RawIP says that its frames have no link header and start with that of IP.
	// Others are taken for Ethernet.
	RawIP bool
}

// What the program knows of an interface, as tap.bpf.c has it.
const (
	interfaceAllowed  = 1
	interfaceLoopback = 2
	interfaceRawIP    = 4
)

// SetInterface tells the program about an interface, by its index, in place of
// what it was told before.
func (t *Tap) SetInterface(index uint32, i Interface) error {
	var flags uint32
	if i.Allowed {
		flags |= interfaceAllowed
	}
	if i.Loopback {
		flags |= interfaceLoopback
	}
	if i.RawIP {
		flags |= interfaceRawIP
	}
	if flags == 0 {
		return t.ForgetInterface(index)
	}
	if err := t.objects.Interfaces.Put(index, flags); err != nil {
		return fmt.Errorf("set interface %d: %w", index, err)
	}
	return nil
}

// ForgetInterface takes back what the program was told about an interface. It is
// no error if that was nothing.
func (t *Tap) ForgetInterface(index uint32) error {
	if err := t.objects.Interfaces.Delete(index); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return fmt.Errorf("forget interface %d: %w", index, err)
	}
	return nil
}
