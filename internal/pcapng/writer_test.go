package pcapng_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/gopacket/pcapgo"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/pcapng"
)

const ethernet, raw = 1, 101

var packets = []pcapng.Packet{
	{Interface: 0, Time: 1_700_000_000_123_456_789, Data: []byte("abcd")},
	{Interface: 1, Time: 1_700_000_000_123_456_790, Len: 1500, Data: []byte("abcde"), Comment: "the client is sent back"},
	{Interface: 0, Time: 0, Comment: "größer"},
	{Interface: 1, Time: 1 << 62, Len: 1, Data: bytes.Repeat([]byte{7}, 100_000)},
}

// file is a capture file with two interfaces and these packets.
func file(t testing.TB, packets []pcapng.Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapng.NewWriter(&b, pcapng.Section{Hardware: "none", OS: "any", Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range []pcapng.Interface{{Link: ethernet, SnapLen: 96, Name: "eth0", Description: "of the client"}, {Link: raw, Name: "tun0"}} {
		if id, err := w.Interface(in); id != uint32(i) || err != nil {
			t.Fatalf("interface %d got number %d, %v", i, id, err)
		}
	}
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOurReaderReads(t *testing.T) {
	src, err := pcapfile.Open([]string{"-"}, pcapfile.Options{Stdin: bytes.NewReader(file(t, packets))})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p capture.Packet
	got := map[int64]bool{} // they come in the order of time
	for err = src.Next(&p); err == nil; err = src.Next(&p) {
		want := packets[p.Number-1]
		link := capture.LinkType([]uint16{ethernet, raw}[want.Interface])
		if p.Time != want.Time || p.Link != link || p.Len != max(want.Len, len(want.Data)) || !bytes.Equal(p.Data, want.Data) {
			t.Errorf("packet %d: %d, link %d, %d bytes of %d", p.Number, p.Time, p.Link, len(p.Data), p.Len)
		}
		got[p.Number] = true
	}
	if err != io.EOF || len(got) != len(packets) {
		t.Errorf("%d packets, then %v", len(got), err)
	}
	if stats, err := src.Stats(); err != nil || stats[0].Damage != "" || stats[0].Format != "pcapng" {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestOtherReaderReads(t *testing.T) {
	options := pcapgo.DefaultNgReaderOptions
	options.WantMixedLinkType = true
	r, err := pcapgo.NewNgReader(bytes.NewReader(file(t, packets)), options)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range packets {
		data, info, err := r.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want.Data) || info.InterfaceIndex != int(want.Interface) || info.Length != max(want.Len, len(want.Data)) || want.Time > 0 && info.Timestamp.UnixNano() != want.Time {
			t.Errorf("packet %d: %+v with %d bytes", i, info, len(data))
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF {
		t.Errorf("then %v", err)
	}
	if s := r.SectionInfo(); s.Hardware != "none" || s.OS != "any" || s.Application != "test" {
		t.Errorf("section %+v", s)
	}
	first, _ := r.Interface(0)
	second, _ := r.Interface(1)
	if first.Name != "eth0" || first.Description != "of the client" || first.SnapLength != 96 || second.Name != "tun0" || second.Description != "" {
		t.Errorf("interfaces %+v, %+v", first, second)
	}
}

// failing takes so many bytes.
type failing struct{ left, calls int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	f.calls++
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFirstErrorStays(t *testing.T) {
	if _, err := pcapng.NewWriter(&failing{}, pcapng.Section{}); !errors.Is(err, errFull) {
		t.Errorf("section: %v", err)
	}
	f := &failing{left: 100}
	w, err := pcapng.NewWriter(f, pcapng.Section{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Interface(pcapng.Interface{}); err != nil {
		t.Fatal(err)
	}
	p := pcapng.Packet{Data: make([]byte, 100)}
	if err := w.Packet(&p); err != nil || w.Err() != nil {
		t.Errorf("before it is written: %v, %v", err, w.Err())
	}
	first := w.Flush()
	if !errors.Is(first, errFull) {
		t.Fatalf("flush: %v", first)
	}
	_, err = w.Interface(pcapng.Interface{})
	for _, again := range []error{err, w.Packet(&p), w.Flush(), w.Err()} {
		if again != first {
			t.Errorf("later %v, want %v", again, first)
		}
	}
	if f.calls != 2 {
		t.Errorf("%d calls of Write, want 2", f.calls)
	}
}

func TestMisuseChangesNothing(t *testing.T) {
	var b bytes.Buffer
	w, _ := pcapng.NewWriter(&b, pcapng.Section{})
	if err := w.Packet(&pcapng.Packet{}); err == nil || w.Err() != nil {
		t.Errorf("packet of no interface: %v, %v", err, w.Err())
	}
	var err error
	n := 0
	for ; err == nil && n < 1<<13; n++ {
		_, err = w.Interface(pcapng.Interface{})
	}
	if err == nil || n != 1<<12+1 || w.Err() != nil {
		t.Errorf("error %v at interface %d, %v", err, n, w.Err())
	}
}

func TestLongTextIsCut(t *testing.T) {
	long := strings.Repeat("ä", 100_000) // two bytes each
	i := pcapng.Interface{Name: long, Description: "x" + long}
	if n := len(pcapng.AppendInterface(nil, i)); n > 600 || n != i.Size() {
		t.Errorf("block of %d bytes, Size says %d", n, i.Size())
	}
	p := pcapng.Packet{Comment: "x" + long, Data: make([]byte, 2<<20)}
	if n := len(pcapng.AppendPacket(nil, &p)); n > 1<<20+5000 || n != p.Size() {
		t.Errorf("block of %d bytes, Size says %d", n, p.Size())
	}
}

func TestPacketsAllocateNothing(t *testing.T) {
	w, _ := pcapng.NewWriter(io.Discard, pcapng.Section{})
	w.Interface(pcapng.Interface{})
	p := pcapng.Packet{Data: make([]byte, 100), Comment: "x"}
	if n := testing.AllocsPerRun(10_000, func() { w.Packet(&p) }); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkPacket(b *testing.B) {
	w, _ := pcapng.NewWriter(io.Discard, pcapng.Section{})
	w.Interface(pcapng.Interface{})
	p := pcapng.Packet{Data: make([]byte, 100)}
	b.ReportAllocs()
	for b.Loop() {
		w.Packet(&p)
	}
}
