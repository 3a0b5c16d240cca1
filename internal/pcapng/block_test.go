package pcapng_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"ricochet/internal/pcapng"
)

func TestWhole(t *testing.T) {
	b := pcapng.AppendSection(nil, pcapng.Section{Application: "x"})
	one := len(b)
	b = pcapng.AppendInterface(b, pcapng.Interface{Name: "lo"})
	two := len(b)
	for n := range two + 1 {
		want := 0
		switch {
		case n == two:
			want = two
		case n >= one:
			want = one
		}
		if got := pcapng.Whole(b, n); got != want {
			t.Errorf("of %d bytes %d are whole blocks, want %d", n, got, want)
		}
	}
}

// FuzzPacket checks that a block is as long as foretold and as its lengths at both
// ends say, and holds the data, the comment and nothing else.
func FuzzPacket(f *testing.F) {
	f.Add([]byte("abcde"), "comment", 0)
	f.Add([]byte{}, "\xff\x00é", 10)
	f.Add([]byte("x"), "", -1)
	f.Fuzz(func(t *testing.T, data []byte, comment string, length int) {
		p := pcapng.Packet{Time: 1, Len: length, Data: data, Comment: comment}
		b := pcapng.AppendPacket([]byte("before"), &p)[len("before"):]
		if len(b) != p.Size() || pcapng.Whole(b, len(b)) != len(b) || !bytes.Equal(b[4:8], b[len(b)-4:]) {
			t.Fatalf("%d bytes, Size says %d: %x", len(b), p.Size(), b)
		}
		if !bytes.HasPrefix(b[28:], data) {
			t.Fatalf("data %x, block %x", data, b)
		}
		options := b[28+(len(data)+3)&^3 : len(b)-4]
		if comment == "" {
			if len(options) > 0 {
				t.Fatalf("options %x without a comment", options)
			}
			return
		}
		n := int(options[2]) | int(options[3])<<8
		got := options[4 : 4+n]
		if options[0] != 1 || n > 4096 || !utf8.Valid(got) || utf8.ValidString(comment) && !bytes.HasPrefix([]byte(comment), got) {
			t.Fatalf("comment %q became %q", comment, got)
		}
		if rest := options[4+(n+3)&^3:]; !bytes.Equal(rest, make([]byte, 4)) {
			t.Fatalf("%x follows the comment", rest)
		}
	})
}
