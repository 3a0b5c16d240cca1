package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
)

func TestFromTo(t *testing.T) {
	ms := func(n int64) int64 { return n * 1e6 }
	for _, tt := range []struct {
		name     string
		from, to int64
		want     []int64 // packet numbers
	}{
		{"open", 0, 0, []int64{1, 2, 3, 4}},
		{"from", ms(2), 0, []int64{2, 3}},
		{"to is excluded", 0, ms(3), []int64{1, 2, 4}},
		{"both", ms(2), ms(3), []int64{2}},
		{"none", ms(9), 0, nil},
		{"all before the epoch", 0, -1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string][]byte{"a": pcapAt("a", 1, 2, 3, 1)})
			s := open(t, Options{From: tt.from, To: tt.to}, dir)
			var got []int64
			for _, r := range drain(t, s) {
				got = append(got, r.Number)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got packets %v, want %v", got, tt.want)
			}
			stats, _ := s.Stats()
			if stats[0].Packets != int64(len(tt.want)) || stats[0].Bytes != int64(2*len(tt.want)) {
				t.Errorf("stats count what is not yielded: %+v", stats[0])
			}
		})
	}
}

// A choice of packets does not change the order of those that are chosen.
func TestFromKeepsOrder(t *testing.T) {
	dir := write(t, map[string][]byte{"a": pcapAt("a", 1, 50, 20, 60), "b": pcapAt("b", 10, 20, 30, 70)})
	in := func(r rec) bool { return r.Time >= 20e6 && r.Time < 50e6 }
	want := slices.DeleteFunc(drain(t, open(t, Options{}, dir)), func(r rec) bool { return !in(r) })
	got := drain(t, open(t, Options{From: 20e6, To: 50e6}, dir))
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v, want\n%v", got, want)
	}
}

func TestStatsFirstAndLastAreExtremes(t *testing.T) {
	_, stats := readBytes(t, pcapAt("p", 5, 3, 9, 7))
	if stats.First != 3e6 || stats.Last != 9e6 {
		t.Errorf("first %d, last %d", stats.First, stats.Last)
	}
}

func TestLinkNames(t *testing.T) {
	for link, want := range map[capture.LinkType]string{
		capture.LinkNull: "null", capture.LinkRawDLT: "raw", capture.LinkRaw: "raw", capture.LinkLoop: "loop",
		capture.LinkIPv4: "ipv4", capture.LinkIPv6: "ipv6", capture.LinkLinuxSLL2: "linux-sll2", 147: "link-type-147",
	} {
		if got := linkName(link); got != want {
			t.Errorf("link type %d: %q, want %q", link, got, want)
		}
	}
}

func TestProgress(t *testing.T) {
	big := pcapAt("p")
	for range 50 {
		big = pcapRecord(big, binary.LittleEndian, 1, 0, 0, string(make([]byte, 100_000)))
	}
	dir := write(t, map[string][]byte{"a": big, "b": gz(pcapAt("b", 1)), "text": []byte("no capture")})
	var reads, totals []int64
	progress := func(read, total int64) { reads, totals = append(reads, read), append(totals, total) }
	s := open(t, Options{Progress: progress}, dir)
	if len(reads) != 0 {
		t.Error("Open reported progress")
	}
	drain(t, s)
	s.Next(&capture.Packet{})
	want := int64(len(big) + len(gz(pcapAt("b", 1))))
	if n := len(reads); n < 4 || n > 10 || !slices.IsSorted(reads) || reads[n-1] != want || totals[0] != want {
		t.Errorf("reads %v, totals %v, want %d", reads, totals, want)
	}
	totals = nil
	drain(t, open(t, Options{Progress: progress, Stdin: bytes.NewReader(big)}, "-", dir))
	if len(totals) == 0 || totals[0] != 0 {
		t.Errorf("totals %v with an input of unknown length", totals)
	}
}

func TestCloseUnblocksNext(t *testing.T) {
	closedPipe := func(t *testing.T) io.Reader {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close(); r.Close() })
		w.Write(pcapAt("p", 1))
		return r
	}
	for _, tt := range []struct {
		name  string
		stdin func(t *testing.T) io.Reader
	}{
		{"a pipe of the operating system", closedPipe},
		{"a reader that cannot be closed", func(*testing.T) io.Reader {
			return io.MultiReader(bytes.NewReader(pcapAt("p", 1)), forever{})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, Options{Stdin: tt.stdin(t)}, "-")
			var p capture.Packet
			if err := s.Next(&p); err != nil || string(p.Data) != "p1" {
				t.Fatalf("Next: %v, %q", err, p.Data)
			}
			errs := make(chan error)
			go func() { errs <- s.Next(&p) }()
			time.Sleep(10 * time.Millisecond)
			s.Close()
			select {
			case err := <-errs:
				if !errors.Is(err, os.ErrClosed) {
					t.Errorf("Next after Close: %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("Next still blocks")
			}
			if err := s.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
			if err := s.Next(&p); !errors.Is(err, os.ErrClosed) {
				t.Errorf("Next after Close: %v", err)
			}
			if stats, _ := s.Stats(); stats[0].Damage != "" || stats[0].Packets != 1 {
				t.Errorf("closing is no damage: %+v", stats[0])
			}
		})
	}
}

// forever blocks.
type forever struct{}

func (forever) Read([]byte) (int, error) { select {} }

func TestCloseOfFiles(t *testing.T) {
	dir := write(t, map[string][]byte{"a": pcapAt("a", 1, 2), "b": gz(pcapAt("b", 1, 2)), "c": zs(pcapAt("c", 1, 2))})
	s := open(t, Options{}, dir)
	var p capture.Packet
	if err := s.Next(&p); err != nil {
		t.Fatal(err)
	}
	go s.Close()
	for err := s.Next(&p); !errors.Is(err, os.ErrClosed); err = s.Next(&p) {
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	stats, _ := s.Stats()
	for _, st := range stats {
		if st.Damage != "" {
			t.Errorf("closing is no damage: %+v", st)
		}
	}
}

func TestEndIsReportedAgain(t *testing.T) {
	s := sourceOf(t, bytes.NewReader(pcapAt("p", 1)))
	drain(t, s)
	if err := s.Next(&capture.Packet{}); err != io.EOF {
		t.Errorf("Next after the end: %v", err)
	}
}

// A length that a file announces costs no memory until there are bytes.
func TestMemoryFollowsTheFile(t *testing.T) {
	b := pcapHead(binary.LittleEndian, magicMicro, 1)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1) // 16 MiB
	s := sourceOf(t, bytes.NewReader(b))
	f := s.files[0]
	f.advance(span{}, &s.closed)
	if f.stats.Damage == "" {
		t.Fatal("not damaged")
	}
	w := window{r: bytes.NewReader(make([]byte, 100))}
	if w.have(maxWindow) || len(w.buf) > fullWindow {
		t.Errorf("100 bytes are kept in a window of %d", len(w.buf))
	}
	w = window{r: strings.NewReader(strings.Repeat("x", 2*maxWindow))}
	if !w.have(maxWindow) || len(w.buf) != maxWindow {
		t.Errorf("window of %d bytes, want %d", len(w.buf), maxWindow)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	const packets = 60_000
	classic, ngFile := manySmall(packets)
	dir := write(t, map[string][]byte{"classic": classic, "ng": ngFile, "other": classic, "gz": gz(classic)})
	for _, tt := range []struct {
		name  string
		files []string
	}{
		{"pcap", []string{"classic"}},
		{"pcapng", []string{"ng"}},
		{"three files merged", []string{"classic", "ng", "other"}},
		{"gzip", []string{"gz"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.files {
				tt.files[i] = filepath.Join(dir, tt.files[i])
			}
			s := open(t, Options{From: 1, To: math.MaxInt64}, tt.files...)
			var p capture.Packet
			next := func() {
				for range 100 {
					if err := s.Next(&p); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 200 {
				next() // until the window has its full size
			}
			if n := testing.AllocsPerRun(300, next); n != 0 {
				t.Errorf("%v allocations in 100 packets", n)
			}
		})
	}
}

// manySmall returns a pcap and a pcapng file of packets of 74 bytes.
func manySmall(packets int) (classic, ngFile []byte) {
	data := strings.Repeat("x", 74)
	classic = pcapHead(binary.LittleEndian, magicMicro, 1)
	n := ngStart(binary.LittleEndian)
	for i := range packets {
		us := 1700000000_000000 + uint64(i)*10
		classic = pcapRecord(classic, binary.LittleEndian, uint32(us/1e6), uint32(us%1e6), 74, data)
		n.enhanced(0, us, 74, data)
	}
	return classic, n.b
}
