package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

func TestDamage(t *testing.T) {
	le := binary.LittleEndian
	classic := pcapAt("p", 1, 2, 3)
	last := len(classic) - pcapRecordHeader - 2
	next := func(change func(n *ng)) []byte {
		n := ngStart(le)
		n.enhanced(0, 1, 2, "p1")
		change(n)
		n.enhanced(0, 2, 2, "no")
		return n.b
	}
	at := len(ngStart(le).b) + 36
	for _, tt := range []struct {
		name    string
		data    []byte
		packets int
		want    string
		at      int
	}{
		{"whole", classic, 3, "", 0},
		{"cut within data", classic[:len(classic)-1], 2, "cut short: record 3 announces 2 bytes, 1 are left", last},
		{"cut before data", classic[:len(classic)-2], 2, "cut short: record 3 announces 2 bytes, 0 are left", last},
		{"cut within a record header", classic[:len(classic)-9], 2, "cut short: record 3 has 9 of the 16 bytes of its header", last},
		{"cut between records", classic[:last], 2, "", 0},
		{"absurd length", slices.Concat(classic, bytes.Repeat([]byte{0xff}, 99)), 3,
			"corrupt: record 4 announces 4294967295 bytes", len(classic)},
		{"one byte too long", pcapRecord(classic, le, 0, 0, 0, string(make([]byte, MaxRecord+1))), 3,
			"corrupt: record 4 announces 16777217 bytes", len(classic)},
		{"long and cut", append(slices.Clone(classic), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), 3,
			"cut short: record 4 announces 16777216 bytes, 0 are left", len(classic)},

		{"pcapng: block too short", next(func(n *ng) { n.b = append(n.b, 6, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0) }), 1,
			"corrupt: block 4, after 1 packets, has a length of 8 bytes", at},
		{"pcapng: length no multiple of 4", next(func(n *ng) { n.b = append(n.b, 9, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0) }), 1,
			"corrupt: block 4, after 1 packets, has a length of 13 bytes", at},
		{"pcapng: packet block without room for its fields", next(func(n *ng) { n.block(blockEnhanced, make([]byte, 16)) }), 1,
			"corrupt: block 4, after 1 packets, has a length of 28 bytes", at},
		{"pcapng: absurd packet block", next(func(n *ng) { n.b = append(n.b, 6, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0) }), 1,
			"corrupt: block 4, after 1 packets, has a length of 4278190080 bytes", at},
		{"pcapng: absurd unknown block", next(func(n *ng) { n.b = append(n.b, 99, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0) }), 1,
			"cut short: block 4, after 1 packets, needs 4278190080 bytes, 48 are left", at},
		{"pcapng: lengths differ", next(func(n *ng) { n.enhanced(0, 1, 2, "p2"); n.b[len(n.b)-4]++ }), 1,
			"corrupt: block 4, after 1 packets, has two lengths, 36 and 37", at},
		{"pcapng: lengths of an unknown block differ", next(func(n *ng) { n.block(99, nil); n.b[len(n.b)-4]++ }), 1,
			"corrupt: block 4, after 1 packets, has two lengths, 12 and 13", at},
		{"pcapng: more data than the block", next(func(n *ng) { n.enhanced(0, 1, 2, "p2"); n.b[len(n.b)-16] = 9 }), 1,
			"corrupt: block 4, after 1 packets, has 9 bytes of data, too many for its length", at},
		{"pcapng: section of an unknown version", next(func(n *ng) { n.section(le); n.b[len(n.b)-16] = 2 }), 1,
			"corrupt: block 4, after 1 packets, has version 2 of pcapng, which is not known", at},
		{"pcapng: section without byte order", next(func(n *ng) { n.section(le); n.b[len(n.b)-20] = 2 }), 1,
			"corrupt: block 4, after 1 packets, has no byte order mark (was it transferred as text?)", at},
		{"pcapng: section without an interface", next(func(n *ng) { n.section(le); n.simple(1, "....") }), 1,
			"corrupt: block 5, after 1 packets, has interface 0, of 0", at + 28},
		{"pcapng: cut within a block", next(func(*ng) {})[:at+35], 1,
			"cut short: block 4, after 1 packets, needs 36 bytes, 35 are left", at},
		{"pcapng: cut within the first bytes of a block", next(func(*ng) {})[:at+5], 1,
			"cut short: block 4, after 1 packets, needs 12 bytes, 5 are left", at},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, stats := readBytes(t, tt.data)
			if len(got) != tt.packets {
				t.Errorf("%d packets, want %d", len(got), tt.packets)
			}
			if stats.Damage != tt.want || stats.DamageAt != int64(tt.at) {
				t.Errorf("damage %q at %d, want %q at %d", stats.Damage, stats.DamageAt, tt.want, tt.at)
			}
		})
	}
}

func TestDamageByReadError(t *testing.T) {
	broken := errors.New("input/output error")
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"pcap", pcapAt("p", 1, 2), "record 3: input/output error"},
		{"pcapng", func() []byte {
			n := ngStart(binary.LittleEndian)
			n.enhanced(0, 1, 1, "a")
			n.simple(1, "b...")
			return n.b
		}(),
			"block 5, after 2 packets: input/output error"},
		{"reader that returns nothing", nil, "record 3: multiple Read calls return no data or error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			end := iotest.ErrReader(broken)
			if tt.data == nil {
				tt.data, end = pcapAt("p", 1, 2), nothing{}
			}
			s := sourceOf(t, io.MultiReader(bytes.NewReader(tt.data), end))
			got := drain(t, s)
			stats, _ := s.Stats()
			if len(got) != 2 || stats[0].Damage != tt.want {
				t.Errorf("%d packets, damage %q, want %q", len(got), stats[0].Damage, tt.want)
			}
		})
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestDamageOfCompressedData(t *testing.T) {
	var packets []uint32
	for i := range 30000 {
		packets = append(packets, uint32(i*i*7919%100000))
	}
	plain := pcapAt("p", packets...)
	for _, tt := range []struct {
		name string
		pack func([]byte) []byte
		harm func([]byte) []byte
		all  bool // every packet is there all the same
		want string
	}{
		{"gzip cut", gz, func(b []byte) []byte { return b[:len(b)/2] }, false, "decompress gzip: the compressed data is cut short"},
		{"gzip without its trailer", gz, func(b []byte) []byte { return b[:len(b)-8] }, true, "decompress gzip: the compressed data is cut short"},
		{"gzip with a wrong checksum", gz, func(b []byte) []byte { b[len(b)-8]++; return b }, true, "decompress gzip: gzip: invalid checksum"},
		{"gzip followed by garbage", gz, func(b []byte) []byte { return append(b, "garbage garbage"...) }, true, "decompress gzip: gzip: invalid header"},
		{"zstd cut", zs, func(b []byte) []byte { return b[:len(b)-20] }, false, "decompress zstd: the compressed data is cut short"},
		{"zstd with a wrong checksum", zs, func(b []byte) []byte { b[len(b)-1]++; return b }, false, "decompress zstd: "},
		{"zstd followed by garbage", zs, func(b []byte) []byte { return append(b, "garbage garbage"...) }, true, "decompress zstd: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, stats := readBytes(t, tt.harm(tt.pack(plain)))
			if tt.all && len(got) != len(packets) || len(got) == 0 {
				t.Errorf("%d packets of %d", len(got), len(packets))
			}
			if !bytes.Contains([]byte(stats.Damage), []byte(tt.want)) {
				t.Errorf("damage %q, want %q", stats.Damage, tt.want)
			}
		})
	}
}

func gz(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(b)
	w.Close()
	return buf.Bytes()
}
