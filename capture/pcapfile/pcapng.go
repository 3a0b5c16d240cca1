package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"

	"ricochet/capture"
)

// This reader stands in for the one of gopacket/pcapgo (v1.1.19), which
//   - computes with 1e9/2^n in integers, so that times in units of a power of
//     two are wrong (0.07 % for 2^-20 s), divides by zero for 2^-64 s, and takes
//     whole seconds (if_tsresol 0) for microseconds;
//   - panics on a time option that is shorter than its type;
//   - subtracts from block lengths without looking, and allocates what a packet
//     claims to be long, up to 4 GiB;
//   - reports a file that ends within a block as one that ended in peace;
//   - does not compare the two lengths of a block;
//   - copies each record.

// Block types (draft-ietf-opsawg-pcapng, section 11.1).
const (
	blockSection   = 0x0a0d0d0a // the same in either byte order
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockStats     = 5
	blockEnhanced  = 6
)

// Lengths of blocks without data and options, in bytes: their fixed fields, the
// type and the two lengths (draft-ietf-opsawg-pcapng, sections 3.1, 4 and A).
const (
	blockMinimum       = 12
	sectionMinimum     = 28
	interfaceMinimum   = 20
	packetMinimum      = 32
	simpleMinimum      = 16
	statsMinimum       = 24
	blockTrailer       = 4
	packetDataOffset   = 28 // of Enhanced and obsolete Packet Blocks alike
	simpleDataOffset   = 12
	sectionOrderOffset = 8
)

// orderMagic is the byte order magic of a section header.
const orderMagic = 0x1a2b3c4d

// pcapngMajor is the only version there is.
const pcapngMajor = 1

// maxInterfaces bounds the interfaces of one section. Obsolete packet blocks
// could not even name more.
const maxInterfaces = 1 << 16

// pcapngReader reads the packets of a pcapng file. Sections, of either byte
// order, follow each other; each has interfaces of its own. The length that a
// section header may give is not needed, since every block is looked at.
type pcapngReader struct {
	swapped    bool // the section is big endian
	interfaces []netInterface
	first      capture.LinkType // of the first interface in the file
	linked     bool             // first is set
	lost       int64            // packets lost in the sections before
	record     int64            // packets read
	block      int64            // blocks read
	ours       bool             // ricochet wrote the section
	apart      int              // number of vantage points that are told apart; 0: none are
}

// isPcapng reports whether b starts with a section header.
func isPcapng(b []byte) bool { return binary.LittleEndian.Uint32(b) == blockSection }

// newPcapng reads the first section header.
func newPcapng(w *window) (*pcapngReader, error) {
	if !w.have(sectionMinimum) {
		return nil, headerCut(w, sectionMinimum)
	}
	r := &pcapngReader{}
	if err := r.step(w, nil); err != nil {
		return nil, err
	}
	// The vantage points of evidence have to be known at once. Other files are left
	// alone: a pipe may have brought no more yet.
	for r.ours && w.have(blockMinimum) && r.u32(w.rest()) == blockInterface {
		if err := r.step(w, nil); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *pcapngReader) next(w *window, p *capture.Packet) error {
	for before := r.record; r.record == before; {
		if err := r.step(w, p); err != nil {
			return err
		}
	}
	return nil
}

// step reads one block and, if it is a packet, fills in p.
func (r *pcapngReader) step(w *window, p *capture.Packet) error {
	if !w.have(blockMinimum) {
		return r.short(w, blockMinimum)
	}
	h := w.rest()
	if err := r.order(h); err != nil {
		return r.corruptAt(w.off, err.Error())
	}
	kind, length := r.u32(h), r.u32(h[4:])
	if length < blockMinimum || length%4 != 0 {
		return r.corruptAt(w.off, fmt.Sprintf("a length of %d bytes", length))
	}
	least := minimum(kind)
	if least == 0 {
		return r.skip(w, length)
	}
	if length > maxWindow || length < least {
		return r.corruptAt(w.off, fmt.Sprintf("a length of %d bytes", length))
	}
	if !w.have(int(length)) {
		return r.short(w, length)
	}
	b := w.rest()[:length:length]
	if trailer := r.u32(b[length-blockTrailer:]); trailer != length {
		return r.corruptAt(w.off, fmt.Sprintf("two lengths, %d and %d", length, trailer))
	}
	var wrong string
	switch kind {
	case blockSection:
		wrong = r.section(b)
	case blockInterface:
		wrong = r.addInterface(b)
	case blockStats:
		r.countLost(b)
	case blockSimple:
		wrong = r.simple(b, p)
	case blockEnhanced:
		wrong = r.packet(b, r.u32(b[8:]), p)
	case blockPacket:
		wrong = r.packet(b, uint32(r.u16(b[8:])), p)
	}
	if wrong != "" {
		return r.corruptAt(w.off, wrong)
	}
	w.take(int(length))
	r.block++
	return nil
}

// order takes the byte order from a section header, which has to be known before
// the length of that block is. Other blocks leave it as it is.
func (r *pcapngReader) order(b []byte) error {
	if !isPcapng(b) {
		return nil
	}
	switch {
	case binary.LittleEndian.Uint32(b[sectionOrderOffset:]) == orderMagic:
		r.swapped = false
	case binary.BigEndian.Uint32(b[sectionOrderOffset:]) == orderMagic:
		r.swapped = true
	default:
		return fmt.Errorf("no byte order mark (was it transferred as text?)")
	}
	return nil
}

// minimum returns the least length of a block that is read, 0 for any other.
func minimum(kind uint32) uint32 {
	switch kind {
	case blockEnhanced, blockPacket:
		return packetMinimum
	case blockSimple:
		return simpleMinimum
	case blockSection:
		return sectionMinimum
	case blockInterface:
		return interfaceMinimum
	case blockStats:
		return statsMinimum
	}
	return 0
}

func (r *pcapngReader) section(b []byte) (wrong string) {
	if major := r.u16(b[12:]); major != pcapngMajor {
		return fmt.Sprintf("version %d of pcapng, which is not known", major)
	}
	r.lost = r.dropped()
	r.interfaces = r.interfaces[:0]
	r.ours = false
	r.options(b[sectionMinimum-blockTrailer:len(b)-blockTrailer], func(code uint16, v []byte) {
		r.ours = r.ours || code == optApplication && string(v) == "ricochet"
	})
	return ""
}

// packet reads an Enhanced Packet Block (draft-ietf-opsawg-pcapng, section 4.3),
// or an obsolete Packet Block (appendix A), which differs in the width of the
// interface number only.
func (r *pcapngReader) packet(b []byte, id uint32, p *capture.Packet) (wrong string) {
	size, length := r.u32(b[20:]), r.u32(b[24:])
	if size > uint32(len(b)-packetMinimum) || size > MaxRecord {
		return fmt.Sprintf("%d bytes of data, too many for its length", size)
	}
	if int64(id) >= int64(len(r.interfaces)) {
		return r.noInterface(id)
	}
	in := &r.interfaces[id]
	p.Time = in.clock.nanoseconds(uint64(r.u32(b[12:]))<<32 | uint64(r.u32(b[16:])))
	p.Link = in.link
	if r.apart > 0 {
		p.Origin = min(max(in.vantage.Number, 1), r.apart) - 1
	}
	p.Data = b[packetDataOffset : packetDataOffset+size : packetDataOffset+size]
	p.Len = wireLength(length, size)
	r.record++
	return ""
}

// simple reads a Simple Packet Block (draft-ietf-opsawg-pcapng, section 4.4). It
// has no time: p keeps the time of the packet before it. Nor does it say how
// much was captured: that follows from the lengths of block and snapshot.
func (r *pcapngReader) simple(b []byte, p *capture.Packet) (wrong string) {
	if len(r.interfaces) == 0 {
		return r.noInterface(0)
	}
	in := &r.interfaces[0]
	length := r.u32(b[8:])
	size := min(length, uint32(len(b)-simpleMinimum), MaxRecord)
	if in.snapLen != 0 {
		size = min(size, in.snapLen)
	}
	p.Link = in.link
	p.Data = b[simpleDataOffset : simpleDataOffset+size : simpleDataOffset+size]
	p.Len = wireLength(length, size)
	r.record++
	return ""
}

func (r *pcapngReader) noInterface(id uint32) string {
	return fmt.Sprintf("interface %d, of %d", id, len(r.interfaces))
}

// skip passes over a block that does not matter, of any length.
func (r *pcapngReader) skip(w *window, length uint32) error {
	start := w.off
	if !w.skip(int64(length)-blockTrailer) || !w.have(blockTrailer) {
		left := w.off - start + int64(len(w.rest()))
		return r.shortAt(start, w, int64(length), left)
	}
	if trailer := r.u32(w.rest()); trailer != length {
		return r.corruptAt(start, fmt.Sprintf("two lengths, %d and %d", length, trailer))
	}
	w.take(blockTrailer)
	r.block++
	return nil
}

func (r *pcapngReader) corruptAt(at int64, what string) error {
	return &damage{at, fmt.Sprintf("corrupt: block %d, after %d packets, has %s", r.block+1, r.record, what)}
}

func (r *pcapngReader) short(w *window, want uint32) error {
	if len(w.rest()) == 0 && w.cut() {
		return io.EOF
	}
	return r.shortAt(w.off, w, int64(want), int64(len(w.rest())))
}

func (r *pcapngReader) shortAt(at int64, w *window, want, left int64) error {
	if !w.cut() {
		return &damage{at, fmt.Sprintf("block %d, after %d packets: %v", r.block+1, r.record, w.err)}
	}
	return &damage{at, fmt.Sprintf("cut short: block %d, after %d packets, needs %d bytes, %d are left", r.block+1, r.record, want, left)}
}

// dropped adds up what the interfaces of all sections report.
func (r *pcapngReader) dropped() int64 {
	sum := uint64(r.lost)
	for i := range r.interfaces {
		sum = min(sum+r.interfaces[i].lost(), math.MaxInt64)
	}
	return int64(sum)
}

func (r *pcapngReader) format() string         { return "pcapng" }
func (r *pcapngReader) link() capture.LinkType { return r.first }

func (r *pcapngReader) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if r.swapped {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (r *pcapngReader) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if r.swapped {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (r *pcapngReader) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if r.swapped {
		v = bits.ReverseBytes64(v)
	}
	return v
}
