package keep

import (
	"encoding/binary"

	"ricochet/capture"
)

// Blocks of a pcapng file and their options (draft-ietf-opsawg-pcapng, sections
// 4.1 to 4.3).
const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 1
	blockPacket    = 6

	byteOrderMagic = 0x1A2B3C4D

	optEnd         = 0
	optApplication = 4 // of a section: what wrote it
	optName        = 2 // of an interface
	optResolution  = 9 // of an interface: time stamps count 10^-n seconds
	nanoseconds    = 9

	blockFrame  = 12 // the type of a block and its length, twice
	packetFixed = 20 // what precedes the bytes of a packet in its block
)

// maxInterfaceName is the longest name of an interface that is written, in bytes,
// and interfaceSize the length of a block with one.
const (
	maxInterfaceName = 252
	interfaceSize    = blockFrame + 8 + 4 + maxInterfaceName + 8 + 4
)

// appendSection appends the block that begins a file. The length of the section
// is left open (section 4.1).
func appendSection(b []byte) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = beginBlock(b, blockSection)
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(le.AppendUint16(b, 1), 0) // version
	b = le.AppendUint64(b, 1<<64-1)
	b = appendOption(b, optApplication, "ricochet")
	return endBlock(appendOption(b, optEnd, ""), start)
}

// appendInterface appends the block that describes an interface, whose packets
// are of any length and have time stamps of nanoseconds.
func appendInterface(b []byte, link capture.LinkType, name string) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = beginBlock(b, blockInterface)
	b = le.AppendUint16(le.AppendUint16(b, uint16(link)), 0)
	b = le.AppendUint32(b, 0) // snap length: none
	if name != "" {
		b = appendOption(b, optName, name[:min(len(name), maxInterfaceName)])
	}
	b = appendOption(b, optResolution, string(rune(nanoseconds)))
	return endBlock(appendOption(b, optEnd, ""), start)
}

// appendPacket appends the block of a packet that was captured at a time, given
// in nanoseconds since the Unix epoch, and had so many bytes on the wire.
func appendPacket(b []byte, iface uint32, at int64, wire int, data []byte) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = beginBlock(b, blockPacket)
	b = le.AppendUint32(b, iface)
	b = le.AppendUint32(le.AppendUint32(b, uint32(uint64(at)>>32)), uint32(at))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(data))), uint32(wire))
	b = append(b, data...)
	return endBlock(pad(b, len(data)), start)
}

// packetSize returns the length of the block of a packet of n bytes.
func packetSize(n int) int { return blockFrame + packetFixed + (n+3)&^3 }

func beginBlock(b []byte, kind uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, kind), 0)
}

// endBlock fills in the length of the block that begins at start.
func endBlock(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	binary.LittleEndian.PutUint32(b[start+4:], n)
	return binary.LittleEndian.AppendUint32(b, n)
}

func appendOption(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...), len(value))
}

// pad fills up what has n bytes to a multiple of four.
func pad(b []byte, n int) []byte {
	for ; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

// blockLen returns the length of the block that b starts with.
func blockLen(b []byte) int { return int(binary.LittleEndian.Uint32(b[4:])) }
