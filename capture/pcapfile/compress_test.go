package pcapfile

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

func zs(b []byte) []byte {
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf)
	if err != nil {
		panic(err)
	}
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

func TestCompressed(t *testing.T) {
	plain := pcapAt("p", 1, 2, 3)
	want, _ := readBytes(t, plain)
	skippable := append([]byte{0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0}, "abc"...)
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"gzip", gz(plain)},
		{"gzip in two members", slices.Concat(gz(plain[:50]), gz(plain[50:]))},
		{"gzip with an empty member", slices.Concat(gz(plain[:2]), gz(nil), gz(plain[2:]))},
		{"zstd", zs(plain)},
		{"zstd in two frames", slices.Concat(zs(plain[:50]), zs(plain[50:]))},
		{"zstd after a skippable frame", slices.Concat(skippable, zs(plain))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, stats := readBytes(t, tt.data)
			if !slices.Equal(got, want) || stats.Damage != "" || stats.Format != "pcap" {
				t.Errorf("got %v, %+v", got, stats)
			}
			if got := drain(t, sourceOf(t, iotest.OneByteReader(bytes.NewReader(tt.data)))); !slices.Equal(got, want) {
				t.Errorf("one byte at a time: got %v", got)
			}
			stdin := open(t, Options{Stdin: bytes.NewReader(tt.data)}, "-")
			if got := drain(t, stdin); !slices.Equal(got, want) {
				t.Errorf("from standard input: got %v", got)
			}
		})
	}
}

// A frame may ask for a window of terabytes.
func TestZstdWindowIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name       string
		descriptor byte // RFC 8878, section 3.1.1.1.2: exponent in the upper 5 bits
		ok         bool
	}{
		{"128 MiB", 17 << 3, true},
		{"144 MiB", 17<<3 | 1, false},
		{"the largest", 0xff, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plain := pcapAt("p", 1)
			frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, tt.descriptor}
			frame = append(frame, byte(len(plain)<<3|1), byte(len(plain)>>5), 0) // one raw block, the last
			_, err := newFile("x", bytes.NewReader(append(frame, plain...)), nil)
			if tt.ok && err != nil {
				t.Fatal(err)
			}
			if !tt.ok {
				wantKind(t, err, BadCompression, "window size exceeded")
			}
		})
	}
}

// What is compressed may be far larger than any bound on memory.
func TestCompressedLargeStream(t *testing.T) {
	record := string(make([]byte, 1<<20))
	plain := pcapAt("p")
	for range 40 {
		plain = pcapRecord(plain, binary.LittleEndian, 1, 0, 0, record)
	}
	for name, pack := range map[string]func([]byte) []byte{"gzip": gz, "zstd": zs} {
		got, stats := readBytes(t, pack(plain))
		if len(got) != 40 || stats.Damage != "" {
			t.Errorf("%s: %d packets, damage %q", name, len(got), stats.Damage)
		}
	}
}

func TestCompressedTwice(t *testing.T) {
	_, err := newFile("x", bytes.NewReader(gz(gz(pcapAt("p", 1)))), nil)
	wantKind(t, err, NotCapture, "compressed twice")
	if !strings.HasPrefix(err.Error(), "x: ") {
		t.Errorf("error %q does not begin with the name", err)
	}
}
