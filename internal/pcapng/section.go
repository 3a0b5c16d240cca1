package pcapng

import "encoding/binary"

// byteOrderMagic says that a section is little endian when these are its bytes in
// that order (section 4.1).
const byteOrderMagic = 0x1A2B3C4D

// Section describes what wrote the blocks that follow, each in 252 bytes at most.
// What is empty is left out.
type Section struct {
	Hardware    string
	OS          string
	Application string
}

// AppendSection appends the block that begins a file. The length of the section is
// left open.
func AppendSection(b []byte, s Section) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = beginBlock(b, blockSection)
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(le.AppendUint16(b, 1), 0) // version
	b = le.AppendUint64(b, 1<<64-1)
	b = appendText(b, optHardware, s.Hardware, maxText)
	b = appendText(b, optOS, s.OS, maxText)
	b = appendText(b, optApplication, s.Application, maxText)
	return endBlock(appendOption(b, optEnd, ""), start)
}
