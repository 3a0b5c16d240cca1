package bpf

import (
	"fmt"
	"math/bits"
	"os"
)

const (
	// DefaultRingBytes is the size of the ring buffer unless told otherwise, in
	// bytes.
	DefaultRingBytes = 8 << 20
	// MaxRingBytes is the largest ring buffer, in bytes.
	MaxRingBytes = 1 << 30
	// MaxSnaplen is the most that is kept of a frame, in bytes: the longest
	// packet that IP can name the length of, and the headers around it.
	MaxSnaplen = 65<<10 + 512
)

// wakesPerRing is how often the program wakes the reader while the ring fills.
const wakesPerRing = 4

// PortRange is a range of ports, both ends included.
type PortRange struct{ From, To uint16 }

// Options say what a Tap is to capture.
type Options struct {
	// Ports are the TCP ports to capture, in either direction. Without any,
	// every TCP segment is captured.
	Ports []PortRange
	// Tunnels says to look for the ports in frames carried by VXLAN and Geneve,
	// too. One level of tunnels is seen through.
	Tunnels bool
	// Interfaces restricts the capture to interfaces for which Allow was called.
	Interfaces bool
	// RingBytes is the size of the ring buffer in bytes, a power of two and a
	// multiple of the page size, at most MaxRingBytes. 0 means DefaultRingBytes.
	RingBytes int
	// Snaplen is the most that is kept of a frame, in bytes, at most MaxSnaplen.
	// 0 means that frames are kept whole, up to MaxSnaplen, but for the middle of
	// long values (see Record).
	Snaplen int
	// Values says to keep long values, too, if Snaplen is 0.
	Values bool
}

// ringBytes returns the size of the ring buffer, or an error if it cannot be had.
func (o *Options) ringBytes() (int, error) {
	n := o.RingBytes
	if n == 0 {
		n = DefaultRingBytes
	}
	if page := os.Getpagesize(); n < page || n > MaxRingBytes || n&(n-1) != 0 {
		return 0, fmt.Errorf("ring of %d bytes: want a power of two from %d to %d", n, page, MaxRingBytes)
	}
	return n, nil
}

// snaplen returns the most that is kept of a frame, in bytes.
func (o *Options) snaplen() (int, error) {
	switch {
	case o.Snaplen == 0:
		return MaxSnaplen, nil
	case o.Snaplen < 0 || o.Snaplen > MaxSnaplen:
		return 0, fmt.Errorf("snaplen of %d bytes: want 1 to %d", o.Snaplen, MaxSnaplen)
	}
	return o.Snaplen, nil
}

// portSet returns the set of ports as the program wants it, one bit a port.
func (o *Options) portSet() (set [1 << 16 / 64]uint64, err error) {
	for _, r := range o.Ports {
		if r.From > r.To {
			return set, fmt.Errorf("port range %d-%d is empty", r.From, r.To)
		}
		for port := int(r.From); port <= int(r.To); port++ {
			set[port/64] |= 1 << (port % 64)
		}
	}
	return set, nil
}

// wakeShift returns the binary logarithm of how many bytes fill the ring between
// two wake-ups.
func wakeShift(ringBytes int) uint32 { return uint32(bits.Len(uint(ringBytes/wakesPerRing)) - 1) }
