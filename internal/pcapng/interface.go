package pcapng

import "encoding/binary"

const interfaceFixed = 8 // what precedes the options of an interface in its block

// nanoseconds says that time stamps count 10^-9 seconds (section 4.2, if_tsresol).
const nanoseconds = "\x09"

// Interface is where packets were seen.
type Interface struct {
	Link    uint16 // type of the header packets start with (https://www.tcpdump.org/linktypes.html)
	SnapLen uint32 // how many bytes of a packet were kept at most; 0: no limit
	// Name and Description may be empty. 252 bytes are written of each at most.
	Name, Description string
}

// AppendInterface appends the block that describes an interface. Packets name an
// interface by its place among those of the section, counted from 0.
func AppendInterface(b []byte, i Interface) []byte {
	le := binary.LittleEndian
	start := len(b)
	b = beginBlock(b, blockInterface)
	b = le.AppendUint16(le.AppendUint16(b, i.Link), 0)
	b = le.AppendUint32(b, i.SnapLen)
	b = appendText(b, optName, i.Name, maxText)
	b = appendText(b, optDescription, i.Description, maxText)
	b = appendOption(b, optResolution, nanoseconds)
	return endBlock(appendOption(b, optEnd, ""), start)
}

// Size is the length of what AppendInterface appends.
func (i Interface) Size() int {
	return blockFrame + interfaceFixed +
		textSize(i.Name, maxText) + textSize(i.Description, maxText) +
		optionSize(len(nanoseconds)) + optionSize(0)
}
