package pcapfile

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
)

func TestPcapngBlocks(t *testing.T) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		t.Run(o.String(), func(t *testing.T) {
			n := ngStart(o)
			n.block(0x0bad, []byte("custom")) // skipped
			n.block(4, make([]byte, 3<<20))   // skipped, larger than the window
			n.enhanced(0, 1_000001, 3, "abc", option{1, []byte("a comment")})
			n.simple(100, "simple..") // keeps the time of the packet before
			n.obsolete(0, 2_000001, 60, "old")
			n.block(blockStats, make([]byte, 12))
			got, stats := readBytes(t, n.b)
			want := []rec{
				{1_000001000, capture.LinkEthernet, 0, 1, 3, "abc"},
				{1_000001000, capture.LinkEthernet, 0, 2, 100, "simple.."},
				{2_000001000, capture.LinkEthernet, 0, 3, 60, "old"},
			}
			if !slices.Equal(got, want) {
				t.Errorf("packets\n%v, want\n%v", got, want)
			}
			if stats.Format != "pcapng" || stats.Link != "ethernet" || stats.Truncated != 2 || stats.Damage != "" {
				t.Errorf("stats %+v", stats)
			}
		})
	}
}

func TestPcapngSimplePacketIsCutBySnapLen(t *testing.T) {
	n := &ng{}
	n.section(binary.LittleEndian)
	n.iface(1, 5)
	n.simple(9, "123456..") // 5 bytes kept, 3 of padding
	n.simple(2, "12..")
	got, _ := readBytes(t, n.b)
	if got[0].Data != "12345" || got[0].Len != 9 || got[1].Data != "12" || got[1].Len != 2 {
		t.Errorf("got %v", got)
	}
}

// Two sections of different byte order, each with two interfaces of their own
// link type and resolution.
func TestPcapngSectionsAndInterfaces(t *testing.T) {
	n := &ng{}
	n.section(binary.LittleEndian)
	n.iface(1, 0)
	n.iface(101, 0, option{optTSResol, []byte{9}})
	n.enhanced(0, 5_000000, 1, "a")
	n.enhanced(1, 5_000000001, 1, "b")
	n.stats(1, option{optIfDrop, n.u64(3)})
	n.stats(1, option{4, n.u64(1000)}, option{optIfDrop, n.u64(7)}, option{optOSDrop, n.u64(1)})
	n.section(binary.BigEndian)
	n.iface(276, 0, option{optTSResol, []byte{0x80 | 10}}, option{optTSOff, n.u64(100)})
	n.enhanced(0, 5<<10|512, 1, "c")
	n.stats(0, option{optIfDrop, n.u64(20)})
	n.stats(0, option{optIfDrop, n.u64(math.MaxUint64)}) // unknown
	n.stats(9, option{optIfDrop, n.u64(1)})              // no such interface
	n.enhanced(1, 0, 1, "d")                             // it belonged to the first section
	got, stats := readBytes(t, n.b)
	want := []rec{
		{5_000000000, capture.LinkEthernet, 0, 1, 1, "a"},
		{5_000000001, capture.LinkRaw, 0, 2, 1, "b"},
		{105_500000000, capture.LinkLinuxSLL2, 0, 3, 1, "c"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("packets\n%v, want\n%v", got, want)
	}
	if stats.Link != "mixed" || stats.Dropped != 28 {
		t.Errorf("link %q, dropped %d", stats.Link, stats.Dropped)
	}
	if !strings.Contains(stats.Damage, "after 3 packets, has interface 1, of 1") {
		t.Errorf("damage %q", stats.Damage)
	}
}

func TestPcapngClock(t *testing.T) {
	for _, tt := range []struct {
		name       string
		resolution byte
		offset     int64
		stamp      uint64
		want       int64
	}{
		{"seconds", 0, 0, 7, 7e9},
		{"milliseconds", 3, 0, 7001, 7_001000000},
		{"microseconds", 6, 0, 7_000001, 7_000001000},
		{"nanoseconds", 9, 0, 7_000000001, 7_000000001},
		{"picoseconds", 12, 0, 7_000000001_999, 7_000000001},
		{"10^-19 s", 19, 0, 10_000000000_000000000, 1e9},
		{"10^-28 s", 28, 0, math.MaxUint64, 1},
		{"10^-29 s", 29, 0, math.MaxUint64, 0},
		{"10^-127 s", 127, 0, math.MaxUint64, 0},
		{"2^0 s", 0x80, 0, 7, 7e9},
		{"2^-20 s", 0x80 | 20, 0, 3<<20 | 1<<19, 3_500000000},
		{"2^-20 s, smallest unit", 0x80 | 20, 0, 1, 953},
		{"2^-63 s", 0x80 | 63, 0, 1 << 63, 1e9},
		{"2^-64 s", 0x80 | 64, 0, 1 << 63, 5e8},
		{"2^-65 s", 0x80 | 65, 0, 1 << 63, 25e7},
		{"2^-127 s", 0x80 | 127, 0, math.MaxUint64, 0},
		{"offset", 6, 1_700000000, 1, 1_700000000_000001000},
		{"negative offset", 6, -10, 1, -10e9 + 1000},
		{"stamp out of range", 6, 0, math.MaxUint64, math.MaxInt64},
		{"seconds out of range", 0x80, 0, math.MaxUint64, math.MaxInt64},
		{"offset out of range", 6, math.MaxInt64, 1, math.MaxInt64},
		{"negative offset out of range", 6, math.MinInt64, 0, math.MinInt64},
		{"sum out of range", 9, 9223372036, math.MaxInt64, math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock(tt.resolution, tt.offset)
			if got := c.nanoseconds(tt.stamp); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// Options that do not fit are passed over; the packets count.
func TestPcapngWrongOptions(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []byte
	}{
		{"longer than the block", []byte{optTSResol, 0, 200, 0, 9, 0, 0, 0}},
		{"a resolution of two bytes", []byte{optTSResol, 0, 2, 0, 9, 9, 0, 0}},
		{"a resolution of no bytes", []byte{optTSResol, 0, 0, 0}},
		{"an offset of four bytes", []byte{optTSOff, 0, 4, 0, 1, 0, 0, 0}},
		{"after the end", []byte{optEnd, 0, 0, 0, optTSResol, 0, 1, 0, 9, 0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := &ng{}
			n.section(binary.LittleEndian)
			n.block(blockInterface, append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, tt.options...))
			n.enhanced(0, 1, 1, "a")
			got, stats := readBytes(t, n.b)
			if len(got) != 1 || got[0].Time != 1000 || stats.Damage != "" {
				t.Errorf("got %v, damage %q", got, stats.Damage)
			}
		})
	}
}

func TestPcapngTooManyInterfaces(t *testing.T) {
	n := &ng{}
	n.section(binary.LittleEndian)
	for range maxInterfaces {
		n.iface(1, 0)
	}
	n.enhanced(maxInterfaces-1, 1, 1, "a")
	n.iface(1, 0)
	n.enhanced(0, 1, 1, "b")
	got, stats := readBytes(t, n.b)
	if len(got) != 1 || !strings.Contains(stats.Damage, "65536") {
		t.Errorf("%d packets, damage %q", len(got), stats.Damage)
	}
}
