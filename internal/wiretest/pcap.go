package wiretest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"ricochet/capture"
)

// The pcap file format (draft-ietf-opsawg-pcap, sections 4 and 5).
const (
	magicMicros = 0xA1B2C3D4
	magicNanos  = 0xA1B23C4D
	fileLen     = 24     // bytes of the file header
	recordLen   = 16     // bytes of a record header
	snapLen     = 262144 // written as the snap length, and the most bytes that ReadPcap takes for one packet
)

// WritePcap writes packets, which must be of one link type, as a pcap file with
// time stamps of nanoseconds or, rounded down, of microseconds.
func WritePcap(w io.Writer, packets []capture.Packet, nanos bool) error {
	link := capture.LinkEthernet
	if len(packets) > 0 {
		link = packets[0].Link
	}
	unit, magic := int64(1000), uint32(magicMicros)
	if nanos {
		unit, magic = 1, magicNanos
	}
	b := bufio.NewWriterSize(w, 1<<16)
	if _, err := b.Write(appendFileHeader(nil, magic, link)); err != nil {
		return fmt.Errorf("write pcap header: %w", err)
	}
	var head []byte
	for i, p := range packets {
		if p.Link != link {
			return fmt.Errorf("write packet %d: link type %d in a file of type %d", i+1, p.Link, link)
		}
		head = appendRecordHeader(head[:0], p.Time, unit, len(p.Data), p.Len)
		b.Write(head) // an error stays in b until Flush
		b.Write(p.Data)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write packets: %w", err)
	}
	return nil
}

func appendFileHeader(b []byte, magic uint32, link capture.LinkType) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, magic)
	b = le.AppendUint16(le.AppendUint16(b, 2), 4) // version
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	return le.AppendUint32(le.AppendUint32(b, snapLen), uint32(link))
}

// appendRecordHeader appends the header of a record; unit is the time stamps'
// resolution in nanoseconds.
func appendRecordHeader(b []byte, at, unit int64, captured, length int) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, uint32(at/1e9))
	b = le.AppendUint32(b, uint32(at%1e9/unit))
	return le.AppendUint32(le.AppendUint32(b, uint32(captured)), uint32(length))
}

// ReadPcap reads a little-endian pcap file, compressed by gzip or zstd or not. It knows no more
// than what this repository's test captures need. With an error it returns the
// packets before the damage.
func ReadPcap(r io.Reader) ([]capture.Packet, error) {
	b := bufio.NewReader(r)
	switch start, _ := b.Peek(4); {
	case bytes.HasPrefix(start, []byte{0x1F, 0x8B}): // RFC 1952, section 2.3.1
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("open gzip: %w", err)
		}
		b = bufio.NewReader(z)
	case bytes.Equal(start, []byte{0x28, 0xB5, 0x2F, 0xFD}): // RFC 8878, section 3.1.1
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("open zstd: %w", err)
		}
		defer z.Close()
		b = bufio.NewReader(z)
	}
	var file [fileLen]byte
	if _, err := io.ReadFull(b, file[:]); err != nil {
		return nil, fmt.Errorf("read pcap header: %w", err)
	}
	le := binary.LittleEndian
	unit := int64(1000)
	switch le.Uint32(file[:]) {
	case magicMicros:
	case magicNanos:
		unit = 1
	default:
		return nil, errors.New("read pcap header: not a little-endian pcap file")
	}
	link := capture.LinkType(le.Uint32(file[20:]))
	var packets []capture.Packet
	for {
		var head [recordLen]byte
		if _, err := io.ReadFull(b, head[:]); err == io.EOF {
			return packets, nil
		} else if err != nil {
			return packets, fmt.Errorf("read header of packet %d: %w", len(packets)+1, err)
		}
		captured := le.Uint32(head[8:])
		if captured > snapLen {
			return packets, fmt.Errorf("read packet %d: %d bytes exceed %d", len(packets)+1, captured, snapLen)
		}
		data := make([]byte, captured)
		if _, err := io.ReadFull(b, data); err != nil {
			return packets, fmt.Errorf("read packet %d: %w", len(packets)+1, err)
		}
		packets = append(packets, capture.Packet{
			Time:   int64(le.Uint32(head[:]))*1e9 + int64(le.Uint32(head[4:]))*unit,
			Link:   link,
			Number: int64(len(packets) + 1),
			Len:    int(le.Uint32(head[12:])),
			Data:   data,
		})
	}
}

// ReadPcapFile is ReadPcap of a file.
func ReadPcapFile(name string) ([]capture.Packet, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadPcap(f)
}
