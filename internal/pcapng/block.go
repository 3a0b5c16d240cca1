package pcapng

import "encoding/binary"

// Types of blocks (sections 4.1 to 4.3).
const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 1
	blockPacket    = 6
)

// blockFrame is the length of the type of a block and of its length, which is there
// twice (section 3.1).
const blockFrame = 12

func beginBlock(b []byte, kind uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, kind), 0)
}

// endBlock fills in the length of the block that begins at start.
func endBlock(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	binary.LittleEndian.PutUint32(b[start+4:], n)
	return binary.LittleEndian.AppendUint32(b, n)
}

// pad fills up what has n bytes to a multiple of four.
func pad(b []byte, n int) []byte {
	for ; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

// padded is the length of n bytes after pad.
func padded(n int) int { return (n + 3) &^ 3 }

// Whole returns how many of the first n bytes of b are whole blocks, where b consists
// of blocks that were appended.
func Whole(b []byte, n int) int {
	whole := 0
	for len(b)-whole >= blockFrame {
		end := whole + int(binary.LittleEndian.Uint32(b[whole+4:]))
		if end > n {
			break
		}
		whole = end
	}
	return whole
}
