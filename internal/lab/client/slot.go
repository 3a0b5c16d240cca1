package client

import "strings"

// slots is how many slots a cluster has (Valkey cluster specification, key
// distribution model).
const slots = 16384

// slot is the slot of a key: CRC16 (XMODEM: polynomial 0x1021, from 0) of the key, or
// of what is between its first { and the next }, unless that is nothing.
func slot(key string) int {
	if _, after, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(after, "}"); ok && tag != "" {
			key = tag
		}
	}
	crc := uint16(0)
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int(crc) % slots
}
