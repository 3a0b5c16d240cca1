package pcapng

import "encoding/binary"

const packetFixed = 20 // what precedes the bytes of a packet in its block

// maxPacket is how many bytes are written of a packet. Readers have bounds of their
// own: capture/pcapfile that of a block, Wireshark 256 KiB.
const maxPacket = 1 << 20

// Packet is a packet as it is to be written.
type Packet struct {
	Interface uint32 // by its place among those of the section
	Time      int64  // nanoseconds since the Unix epoch
	Len       int    // how long the packet was on the wire, in bytes; less than len(Data) stands for that
	Data      []byte // 1 MiB of it is written at most
	Comment   string // for a reader; 4096 bytes are written at most
}

// AppendPacket appends the block of a packet (section 4.3).
func AppendPacket(b []byte, p *Packet) []byte {
	le := binary.LittleEndian
	data := p.data()
	start := len(b)
	b = beginBlock(b, blockPacket)
	b = le.AppendUint32(b, p.Interface)
	b = le.AppendUint32(le.AppendUint32(b, uint32(uint64(p.Time)>>32)), uint32(p.Time))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(data))), uint32(max(p.Len, len(p.Data))))
	b = pad(append(b, data...), len(data))
	if p.Comment != "" {
		b = appendText(b, optComment, p.Comment, maxComment)
		b = appendOption(b, optEnd, "")
	}
	return endBlock(b, start)
}

// Size is the length of what AppendPacket appends.
func (p *Packet) Size() int {
	n := blockFrame + packetFixed + padded(len(p.data()))
	if p.Comment != "" {
		n += textSize(p.Comment, maxComment) + optionSize(0)
	}
	return n
}

func (p *Packet) data() []byte { return p.Data[:min(len(p.Data), maxPacket)] }
