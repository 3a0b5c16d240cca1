package decode

import (
	"encoding/binary"
	"math/bits"
)

// keep is how many bytes of an argument count for whether two commands are the
// same.
const keep = 64

// The multipliers are odd constants from the fractional parts of the golden
// ratio and of the square root of 3; any odd constants with mixed bits would do.
const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xbb67ae8584caa73b
)

// mix folds v into h: the two halves of a 128-bit product, so that every bit of
// either reaches every bit of the result. The fingerprints only have to tell the
// commands of one client apart; they are no defence against someone who forges
// collisions, and who could simply send the same command instead.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^mixA, v^mixB)
	return hi ^ lo
}

// mixBytes folds the length of an argument and its first bytes into h.
func mixBytes(h uint64, n int64, b []byte) uint64 {
	h = mix(h, uint64(n))
	for len(b) >= 8 {
		h = mix(h, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	if len(b) > 0 {
		var tail uint64
		for i := len(b) - 1; i >= 0; i-- {
			tail = tail<<8 | uint64(b[i])
		}
		h = mix(h, tail^uint64(len(b))<<56)
	}
	return h
}
