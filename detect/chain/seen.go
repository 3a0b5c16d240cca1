package chain

import (
	"encoding/binary"
	"net/netip"
)

// seenSlots bounds the memory of commands: 16 bytes each.
const seenSlots = 1 << 15

// seen remembers how often a host sent a command, as far as its slots last: a
// hot command is sent again before its slot is taken, a unique one never is.
// Forgetting makes a command look rarer than it is, never more common.
type seen struct{ slots []seenSlot }

type seenSlot struct {
	tag   uint64
	count uint32
}

func tagOf(host netip.Addr, command uint64) uint64 {
	a := host.As16()
	h := binary.LittleEndian.Uint64(a[:8]) ^ binary.LittleEndian.Uint64(a[8:])*0x9e3779b97f4a7c15
	h ^= command
	h *= 0xff51afd7ed558ccd
	return h ^ h>>32 | 1
}

// add counts one more sending and returns the count.
func (s *seen) add(host netip.Addr, command uint64) uint32 {
	if s.slots == nil {
		s.slots = make([]seenSlot, seenSlots)
	}
	t := tagOf(host, command)
	e := &s.slots[t>>(64-15)]
	if e.tag != t {
		e.tag, e.count = t, 0
	}
	if e.count < 1<<31 {
		e.count++
	}
	return e.count
}

// count returns how often the command was counted and is still remembered.
func (s *seen) count(host netip.Addr, command uint64) uint32 {
	if s.slots == nil {
		return 0
	}
	t := tagOf(host, command)
	if e := &s.slots[t>>(64-15)]; e.tag == t {
		return e.count
	}
	return 0
}
