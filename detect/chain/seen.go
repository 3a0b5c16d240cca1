package chain

import (
	"encoding/binary"
	"net/netip"
)

// seenBits sets the size of the memory of commands: 2^seenBits slots of 8 bytes,
// small enough to stay in a processor's second-level cache, as every command
// passes through it.
const seenBits = 13

// key names a command of a host.
type key struct {
	host    netip.Addr
	command uint64
}

// seen remembers how often a host sent a command, as far as its slots last: a
// hot command is sent again before its slot is taken, a unique one never is.
// Forgetting makes a command look rarer than it is, never more common.
type seen [1 << seenBits]seenSlot

type seenSlot struct {
	tag   uint32
	count uint32
}

func tagOf(host netip.Addr, command uint64) uint64 {
	a := host.As16()
	h := binary.LittleEndian.Uint64(a[:8]) ^ binary.LittleEndian.Uint64(a[8:])*0x9e3779b97f4a7c15
	h ^= command
	return h * 0xff51afd7ed558ccd
}

// add counts one more sending.
func (s *seen) add(host netip.Addr, command uint64) {
	t := tagOf(host, command)
	e := &s[t>>(64-seenBits)]
	if e.tag != uint32(t) {
		e.tag, e.count = uint32(t), 0
	}
	e.count++
}

// count returns how often the command was counted and is still remembered.
func (s *seen) count(host netip.Addr, command uint64) uint32 {
	t := tagOf(host, command)
	if e := &s[t>>(64-seenBits)]; e.tag == uint32(t) {
		return e.count
	}
	return 0
}
