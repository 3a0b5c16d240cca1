package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ricochet/capture"
)

// rec is a packet that outlives the next call of Next.
type rec struct {
	Time   int64
	Link   capture.LinkType
	Origin int
	Number int64
	Len    int
	Data   string
}

func keep(p *capture.Packet) rec {
	return rec{p.Time, p.Link, p.Origin, p.Number, p.Len, string(p.Data)}
}

// drain reads a source to its end.
func drain(t testing.TB, s *Source) []rec {
	t.Helper()
	var p capture.Packet
	var all []rec
	for {
		err := s.Next(&p)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		all = append(all, keep(&p))
	}
}

// sourceOf returns a source of one capture read from r.
func sourceOf(t testing.TB, r io.Reader) *Source {
	t.Helper()
	f, err := newFile("x", r, func() error { return nil })
	if err != nil {
		t.Fatalf("newFile: %v", err)
	}
	return &Source{files: []*file{f}, meter: &meter{}}
}

func readBytes(t testing.TB, b []byte) ([]rec, capture.Stats) {
	t.Helper()
	s := sourceOf(t, bytes.NewReader(b))
	all := drain(t, s)
	stats, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return all, stats[0]
}

// write puts files into a new directory and returns it.
func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, o Options, names ...string) *Source {
	t.Helper()
	s, err := Open(names, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func wantKind(t *testing.T, err error, kind Kind, text string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *Error", err)
	}
	if e.Kind != kind {
		t.Errorf("kind %d, want %d (%v)", e.Kind, kind, err)
	}
	if !bytes.Contains([]byte(err.Error()), []byte(text)) {
		t.Errorf("error %q does not contain %q", err, text)
	}
	if bytes.ContainsAny([]byte(err.Error()), "\n\x1b") {
		t.Errorf("error %q is not one clean line", err)
	}
}

// order is a byte order to write in.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// pcapHead returns the file header of a pcap file.
func pcapHead(o order, magic, link uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = o.AppendUint32(b, 0)
	b = o.AppendUint32(b, 0)
	b = o.AppendUint32(b, 0) // a snapshot length of 0: no limit
	return o.AppendUint32(b, link)
}

func pcapRecord(b []byte, o order, sec, frac, length uint32, data string) []byte {
	b = o.AppendUint32(b, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, length)
	return append(b, data...)
}

// pcapAt returns a little-endian file of packets at the given times in
// milliseconds; each packet holds the name given and its number.
func pcapAt(name string, ms ...uint32) []byte {
	b := pcapHead(binary.LittleEndian, magicMicro, 1)
	for i, m := range ms {
		data := name + string(rune('1'+i))
		b = pcapRecord(b, binary.LittleEndian, m/1000, m%1000*1000, uint32(len(data)), data)
	}
	return b
}

// ng builds a pcapng file.
type ng struct {
	o order
	b []byte
}

// block appends a block with the given body, padded.
func (n *ng) block(kind uint32, body []byte) {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	n.b = n.o.AppendUint32(n.b, kind)
	n.b = n.o.AppendUint32(n.b, uint32(len(body)+blockMinimum))
	n.b = append(n.b, body...)
	n.b = n.o.AppendUint32(n.b, uint32(len(body)+blockMinimum))
}

// section starts a section in another byte order.
func (n *ng) section(o order) {
	n.o = o
	body := o.AppendUint32(nil, orderMagic)
	body = o.AppendUint16(body, 1)
	body = o.AppendUint16(body, 0)
	n.block(blockSection, o.AppendUint64(body, ^uint64(0)))
}

type option struct {
	code  uint16
	value []byte
}

func (n *ng) options(body []byte, options []option) []byte {
	for _, opt := range options {
		body = n.o.AppendUint16(body, opt.code)
		body = n.o.AppendUint16(body, uint16(len(opt.value)))
		body = append(body, opt.value...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	if len(options) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	return body
}

func (n *ng) iface(link uint16, snapLen uint32, options ...option) {
	body := n.o.AppendUint16(nil, link)
	body = n.o.AppendUint16(body, 0)
	body = n.o.AppendUint32(body, snapLen)
	n.block(blockInterface, n.options(body, options))
}

func (n *ng) enhanced(id uint32, stamp uint64, length uint32, data string, options ...option) {
	n.block(blockEnhanced, n.packetBody(n.o.AppendUint32(nil, id), stamp, length, data, options))
}

func (n *ng) obsolete(id uint16, stamp uint64, length uint32, data string) {
	body := n.o.AppendUint16(nil, id)
	body = n.o.AppendUint16(body, 0xffff) // drops not known
	n.block(blockPacket, n.packetBody(body, stamp, length, data, nil))
}

func (n *ng) packetBody(body []byte, stamp uint64, length uint32, data string, options []option) []byte {
	body = n.o.AppendUint32(body, uint32(stamp>>32))
	body = n.o.AppendUint32(body, uint32(stamp))
	body = n.o.AppendUint32(body, uint32(len(data)))
	body = n.o.AppendUint32(body, length)
	body = append(body, data...)
	for len(body)%4 != 0 {
		body = append(body, 0xee)
	}
	return n.options(body, options)
}

func (n *ng) simple(length uint32, data string) {
	n.block(blockSimple, append(n.o.AppendUint32(nil, length), data...))
}

func (n *ng) stats(id uint32, options ...option) {
	body := n.o.AppendUint32(nil, id)
	body = append(body, make([]byte, 8)...)
	n.block(blockStats, n.options(body, options))
}

func (n *ng) u64(v uint64) []byte { return n.o.AppendUint64(nil, v) }

// ngStart returns a file with one section and one Ethernet interface that
// counts microseconds.
func ngStart(o order) *ng {
	n := &ng{}
	n.section(o)
	n.iface(1, 0)
	return n
}
