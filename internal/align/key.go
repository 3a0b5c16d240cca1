package align

import (
	"encoding/binary"
	"math/bits"

	"ricochet/decode/frame"
)

// Odd constants without a pattern, to mix with (fractions of pi).
const (
	salt1 = 0x243f6a8885a308d3
	salt2 = 0x13198a2e03707345
	salt3 = 0xa4093822299f31d1
	salt4 = 0x082efa98ec4e6c89
)

// identifying are the flags of a segment that nothing on its way changes. PSH is
// not among them: network cards that cut segments up leave it on the last only.
const identifying = frame.SYN | frame.FIN | frame.RST

// useful reports whether a segment may serve to compare times: it must be one of
// a kind. Acknowledgements without data repeat.
func useful(s *frame.Segment) bool {
	return s.Len > 0 || s.Flags&identifying != 0
}

// identity is what tells a segment from all others at any point that it passes.
type identity struct {
	flow    uint64 // of the two hosts, in either direction
	segment uint64
	reverse bool // the direction, of two
}

// identify returns the identity of a segment. Addresses, ports, sequence and
// acknowledgement numbers, flags and length tell segments apart; a retransmission
// has all of them again and is known by that. The payload is left out on purpose:
// captures with different snap lengths hold different parts of it. The IP
// identification would tell a retransmission from its original where it is set,
// but IPv6 has none; bounds.go finds the few that are taken for each other.
//
// The numbers must be the same everywhere and at all times, as captures are
// sampled by them: no random seed.
func identify(s *frame.Segment) identity {
	src, dst := host(&s.Src), host(&s.Dst)
	flags := uint64(s.Flags & identifying)
	where := uint64(s.Src.Port)<<48 | uint64(s.Dst.Port)<<32 | uint64(uint32(s.Len))<<8 ^ flags
	what := uint64(s.Seq)<<32 | uint64(s.Ack)
	h := mix(what^salt1, where^salt2)
	return identity{
		flow:    mix(src^dst^salt3, src+dst+salt4), // the same in both directions
		segment: mix(h^src, bits.RotateLeft64(dst, 32)^salt4),
		reverse: src > dst,
	}
}

func host(e *frame.Endpoint) uint64 {
	return mix(binary.LittleEndian.Uint64(e.Addr[:])^salt3, binary.LittleEndian.Uint64(e.Addr[8:])^salt4)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
