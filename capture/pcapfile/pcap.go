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
//   - refuses a record longer than the snapshot length, after which it is out of
//     step; dpkt writes such files, and a snapshot length of 0 means no limit;
//   - refuses a record whose length on the wire is 0 or too small;
//   - allocates as many bytes as the file claims for its snapshot length or for
//     a record, up to 4 GiB;
//   - lets the fraction of a second wrap in 32 bits;
//   - copies each record, after two reads through an interface.

// Magic numbers in the byte order of the writer (draft-ietf-opsawg-pcap,
// section 4). The modified format is that of Kuznetzov's patched libpcap, which
// appends 8 bytes (interface, protocol, packet type) to each record header.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34
)

// Lengths in bytes (draft-ietf-opsawg-pcap, sections 4 and 5).
const (
	pcapFileHeader     = 24
	pcapRecordHeader   = 16
	pcapModifiedHeader = 24
)

// pcapMajor is the only major version that was ever in use.
const pcapMajor = 2

// pcapReader reads the records of a pcap file.
type pcapReader struct {
	swapped bool  // the writer was big endian
	header  int   // length of a record header in bytes
	unit    int64 // length of a unit of the fraction of a second, in nanoseconds
	linkTyp capture.LinkType
	record  int64 // records read
}

// isPcap reports whether b starts with a magic number of pcap.
func isPcap(b []byte) bool {
	le, be := binary.LittleEndian.Uint32(b), binary.BigEndian.Uint32(b)
	for _, magic := range [...]uint32{magicMicro, magicNano, magicModified} {
		if le == magic || be == magic {
			return true
		}
	}
	return false
}

// newPcap reads the file header, whose magic number isPcap has recognised.
func newPcap(w *window) (*pcapReader, error) {
	if !w.have(pcapFileHeader) {
		return nil, headerCut(w, pcapFileHeader)
	}
	h := w.rest()
	r := &pcapReader{header: pcapRecordHeader, unit: 1000}
	magic := binary.LittleEndian.Uint32(h)
	switch magic {
	case magicMicro, magicNano, magicModified:
	default:
		r.swapped = true
		magic = binary.BigEndian.Uint32(h)
	}
	switch magic {
	case magicNano:
		r.unit = 1
	case magicModified:
		r.header = pcapModifiedHeader
	}
	// Major and minor version are two 16-bit fields, read here as one of 32 bits.
	major := r.u32(h[4:]) & 0xffff
	if r.swapped {
		major = r.u32(h[4:]) >> 16
	}
	if major != pcapMajor {
		return nil, fmt.Errorf("version %d of pcap is not known", major)
	}
	// The upper half of the field says whether frames end with a check
	// sequence, which nobody misses (draft-ietf-opsawg-pcap, section 4).
	r.linkTyp = capture.LinkType(r.u32(h[20:]) & 0xffff)
	w.take(pcapFileHeader)
	return r, nil
}

func (r *pcapReader) next(w *window, p *capture.Packet) error {
	if !w.have(r.header) {
		return r.short(w, 0)
	}
	h := w.rest()
	size, length := r.u32(h[8:]), r.u32(h[12:])
	if size > MaxRecord {
		return &damage{w.off, fmt.Sprintf("corrupt: record %d announces %d bytes", r.record+1, size)}
	}
	total := r.header + int(size)
	if !w.have(total) {
		return r.short(w, size)
	}
	h = w.rest()[:total:total]
	p.Time = int64(r.u32(h))*1e9 + int64(r.u32(h[4:]))*r.unit
	p.Link = r.linkTyp
	p.Data = h[r.header:]
	p.Len = wireLength(length, size)
	w.take(total)
	r.record++
	return nil
}

// short says how the file ends at a record of which only a part can be read.
func (r *pcapReader) short(w *window, size uint32) error {
	left := len(w.rest())
	switch {
	case left == 0 && w.cut():
		return io.EOF
	case !w.cut():
		return &damage{w.off, fmt.Sprintf("record %d: %v", r.record+1, w.err)}
	case left < r.header:
		return &damage{w.off, fmt.Sprintf("cut short: record %d has %d of the %d bytes of its header", r.record+1, left, r.header)}
	}
	return &damage{w.off, fmt.Sprintf("cut short: record %d announces %d bytes, %d are left", r.record+1, size, left-r.header)}
}

func (r *pcapReader) dropped() int64         { return 0 }
func (r *pcapReader) format() string         { return "pcap" }
func (r *pcapReader) link() capture.LinkType { return r.linkTyp }

func (r *pcapReader) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if r.swapped {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// wireLength returns the length of a packet on the wire. Some writers leave it
// 0, so that it is raised to what was captured, and a packet of 2 GiB would not
// fit into an int everywhere.
func wireLength(length, captured uint32) int {
	return int(min(max(length, captured), math.MaxInt32))
}

// headerCut is the error for a file that ends within its header.
func headerCut(w *window, want int) error {
	if !w.cut() {
		return fmt.Errorf("read header: %w", w.err)
	}
	return fmt.Errorf("cut short within its header: %d of %d bytes", len(w.rest()), want)
}
