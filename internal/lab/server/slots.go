package server

import "bytes"

// slotCount is how many slots the keys of a cluster are spread over.
const slotCount = 16384

// keySlot is the slot of a key: the CRC16 of it, or, if it has a part in braces that
// is not empty, of the first such part (keyHashSlot of src/cluster.h; the cluster
// specification, "Hash tags").
func keySlot(key []byte) int {
	if open := bytes.IndexByte(key, '{'); open >= 0 {
		if length := bytes.IndexByte(key[open+1:], '}'); length > 0 {
			key = key[open+1 : open+1+length]
		}
	}
	return int(crc16(key)) % slotCount
}

// crc16 is the CRC that the cluster specification names in its appendix A: XMODEM,
// polynomial 0x1021, most significant bit first, beginning with 0. It takes four bits
// at a time.
func crc16(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc = crc<<4 ^ crcOfNibble[crc>>12^uint16(c>>4)]
		crc = crc<<4 ^ crcOfNibble[crc>>12^uint16(c&15)]
	}
	return crc
}

// crcOfNibble holds the remainders of four bits by the polynomial of crc16.
var crcOfNibble = [16]uint16{
	0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
	0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
}

// keysIn returns the keys of a slot that are here, at most so many. It looks at all
// keys: only operators ask for it.
func (n *Node) keysIn(slot int, limit int64) []string {
	var keys []string
	for _, e := range n.keys.entries.order {
		if int64(len(keys)) >= limit {
			break
		}
		if keySlot([]byte(e.key)) == slot {
			keys = append(keys, e.key)
		}
	}
	return keys
}
