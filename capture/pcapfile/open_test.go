package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOpenErrorsOfContent(t *testing.T) {
	le := binary.LittleEndian
	capFile := pcapAt("p", 1)
	oldVersion := pcapHead(binary.BigEndian, magicMicro, 1)
	oldVersion[5] = 1
	ngVersion := ngStart(le).b
	ngVersion[12] = 2
	ngText := ngStart(le).b
	ngText[8] = 0
	for _, tt := range []struct {
		name string
		data string
		kind Kind
		text string
	}{
		{"nothing", "", Empty, "empty"},
		{"gzip of nothing", string(gz(nil)), Empty, "once decompressed"},
		{"one byte", "\xa1", NotCapture, "not a pcap or pcapng capture"},
		{"text", "# tcpdump said\n10.0.0.1 > 10.0.0.2", Text, "looks like text"},
		{"text that ends within a character", "h\xc3\xa9llo w\xc3", Text, "looks like text"},
		{"compressed text", string(gz([]byte("hello world"))), Text, "looks like text"},
		{"other bytes", "\x00\x01\x02\x03\x04", NotCapture, "not a pcap or pcapng capture"},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x04", NotCapture, "snoop"},
		{"snapshot", "REDIS0011\xfa\x09redis-ver", NotCapture, "RDB"},
		{"xz", "\xfd7zXZ\x00\x00\x04", NotCapture, "xz"},
		{"pcap header cut", string(capFile[:23]), BadHeader, "cut short within its header: 23 of 24 bytes"},
		{"pcap of an unknown version", string(oldVersion), BadHeader, "version 1 of pcap is not known"},
		{"pcapng header cut", string(ngStart(le).b[:27]), BadHeader, "cut short within its header: 27 of 28 bytes"},
		{"pcapng of an unknown version", string(ngVersion), BadHeader, "version 2 of pcapng"},
		{"pcapng sent as text", string(ngText), BadHeader, "as text"},
		{"gzip cut within its header", string(gz(capFile)[:5]), BadCompression, "decompress gzip"},
		{"gzip cut within the capture's header", string(gz(capFile)[:15]), BadCompression, "decompress gzip"},
		{"gzip garbage", "\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", BadCompression, "decompress gzip"},
		{"zstd garbage", "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff", BadCompression, "decompress zstd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(write(t, map[string][]byte{"file": []byte(tt.data)}), "file")
			_, err := Open([]string{path}, Options{})
			wantKind(t, err, tt.kind, tt.text)
			if !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("error %q does not begin with the name", err)
			}
			_, err = Open([]string{"-"}, Options{Stdin: iotest.OneByteReader(strings.NewReader(tt.data))})
			wantKind(t, err, tt.kind, "-: ")
		})
	}
}

func TestOpenErrorsOfSystem(t *testing.T) {
	dir := t.TempDir()
	_, err := Open([]string{filepath.Join(dir, "none.pcap")}, Options{})
	wantKind(t, err, NotFound, "none.pcap: ")
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none.pcap") != 1 {
		t.Errorf("error %q", err)
	}
	_, err = Open([]string{filepath.Join(dir, "a\n\x1b[31mb")}, Options{})
	wantKind(t, err, NotFound, `a\n\x1b[31mb`)
	_, err = Open(nil, Options{})
	wantKind(t, err, NoCaptures, "no capture was named")
	_, err = Open([]string{"-"}, Options{Stdin: iotest.ErrReader(errors.New("input/output error"))})
	wantKind(t, err, Unreadable, "input/output error")
	_, err = Open([]string{dir}, Options{})
	wantKind(t, err, NoCaptures, "no captures in this directory")
	wantKind(t, systemError("f", &fs.PathError{Op: "open", Path: "f", Err: fs.ErrPermission}), Permission, "f: permission denied")
}

func TestOpenDirectory(t *testing.T) {
	dir := write(t, map[string][]byte{
		"2.pcap":     pcapAt("second", 2),
		"1.whatever": gz(pcapAt("first", 1)),
		"notes.pcap": []byte("a text that is called a capture"),
		"empty.pcap": nil,
		"bad.gz":     []byte("\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	})
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "3.pcap"), pcapAt("third", 3), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("2.pcap", filepath.Join(dir, "9-again.pcap")); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{
		{dir},
		{dir, dir + "/"},
		{dir, filepath.Join(dir, "2.pcap")},
		{filepath.Join(dir, "9-again.pcap"), filepath.Join(dir, "2.pcap"), filepath.Join(dir, "1.whatever")},
	} {
		s := open(t, Options{}, names...)
		got := drain(t, s)
		if len(got) != 2 || got[0].Data != "first1" || got[1].Data != "second1" {
			t.Errorf("%q: got %v", names, got)
		}
		stats, _ := s.Stats()
		if n := len(stats) - 1; n == 2 && names[0] == dir {
			// What was meant to be a capture, and is none, is told of.
			if e := stats[n]; filepath.Base(e.Name) != "empty.pcap" || e.Packets != 0 || e.Damage == "" {
				t.Errorf("%q: %+v", names, e)
			}
			stats = stats[:n]
		}
		if len(stats) != 2 || filepath.Base(stats[0].Name) != "1.whatever" || filepath.Base(stats[1].Name) != "2.pcap" {
			t.Errorf("%q: stats %+v", names, stats)
		}
	}
	// What cannot be read does not keep the rest from being read.
	if err := os.WriteFile(filepath.Join(dir, "cut.pcap"), pcapAt("x")[:20], 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{}, filepath.Join(dir, "notes.pcap"), dir)
	if got := drain(t, s); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	var damaged []string
	stats, _ := s.Stats()
	for _, st := range stats {
		if st.Damage != "" {
			damaged = append(damaged, filepath.Base(st.Name))
		}
	}
	if got := strings.Join(damaged, " "); got != "cut.pcap empty.pcap notes.pcap" {
		t.Errorf("not read: %s", got)
	}
	_, err := Open([]string{filepath.Join(dir, "notes.pcap"), filepath.Join(dir, "cut.pcap")}, Options{})
	wantKind(t, err, BadHeader, "cut.pcap")
	_, err = Open([]string{dir, filepath.Join(dir, "missing")}, Options{})
	wantKind(t, err, NotFound, "missing")
}

func TestOpenWithoutPackets(t *testing.T) {
	for name, b := range map[string][]byte{"pcap": pcapAt("p"), "pcapng": ngStart(binary.LittleEndian).b} {
		got, stats := readBytes(t, b)
		if len(got) != 0 || stats.Format != name || stats.Link != "ethernet" || stats.First != 0 || stats.Last != 0 || stats.Damage != "" {
			t.Errorf("%s: got %v, %+v", name, got, stats)
		}
	}
}

func TestStdinSortsFirstAndCountsOnce(t *testing.T) {
	dir := write(t, map[string][]byte{"+": pcapAt("file", 1), "real": pcapAt("file", 1)})
	t.Chdir(dir)
	s := open(t, Options{Stdin: bytes.NewReader(pcapAt("stdin", 1))}, "-", "+", "-")
	got := drain(t, s)
	if len(got) != 2 || got[0].Data != "stdin1" || got[0].Origin != 0 || got[1].Data != "file1" {
		t.Errorf("got %v", got)
	}
	f, err := os.Open("real")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s = open(t, Options{Stdin: f}, "real", "-")
	if got := drain(t, s); len(got) != 1 {
		t.Errorf("standard input redirected from a file that is named too: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Errorf("the caller's file was closed: %v", err)
	}
}

// What comes out does not depend on the order of the arguments.
func TestOpenOrderOfNames(t *testing.T) {
	dir := write(t, map[string][]byte{
		"a": pcapAt("a", 1, 5, 3, 9), "b": pcapAt("b", 1, 1, 4, 9), "c": pcapAt("c", 9, 2), "d": pcapAt("d"),
	})
	var want []rec
	names := []string{"a", "b", "c", "d"}
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	for range 10 {
		got := drain(t, open(t, Options{}, names...))
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: got\n%v, before\n%v", names, got, want)
		}
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
}
