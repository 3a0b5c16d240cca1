package pcapfile

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
)

func TestPcapVariants(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	for _, tt := range []struct {
		name  string
		order order
		magic uint32
		frac  uint32
		want  int64
	}{
		{"microseconds, little endian", le, magicMicro, 789, 1700000000_000789000},
		{"microseconds, big endian", be, magicMicro, 789, 1700000000_000789000},
		{"nanoseconds, little endian", le, magicNano, 789, 1700000000_000000789},
		{"nanoseconds, big endian", be, magicNano, 789, 1700000000_000000789},
		{"a fraction of more than a second is carried", le, magicMicro, 1500000, 1700000001_500000000},
		{"the largest fraction does not wrap", le, magicMicro, math.MaxUint32, 1700004294_967295000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := pcapHead(tt.order, tt.magic, 113)
			b = pcapRecord(b, tt.order, 1700000000, tt.frac, 3, "abc")
			b = pcapRecord(b, tt.order, 1700000000, tt.frac, 9, "")
			got, stats := readBytes(t, b)
			want := []rec{
				{tt.want, capture.LinkLinuxSLL, 0, 1, 3, "abc"},
				{tt.want, capture.LinkLinuxSLL, 0, 2, 9, ""},
			}
			if !slices.Equal(got, want) {
				t.Errorf("packets\n%v, want\n%v", got, want)
			}
			wantStats := capture.Stats{
				Name: "x", Format: "pcap", Link: "linux-sll", Packets: 2, Bytes: 3,
				First: tt.want, Last: tt.want, Truncated: 1,
			}
			if stats != wantStats {
				t.Errorf("stats\n%+v, want\n%+v", stats, wantStats)
			}
		})
	}
}

func TestPcapModifiedRecordHeader(t *testing.T) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		b := pcapHead(o, magicModified, 1)
		for _, data := range []string{"abc", "defgh"} {
			b = pcapRecord(b, o, 1, 2, 5, data)
			at := len(b) - len(data)
			b = slices.Insert(b, at, []byte("iiiippt.")...)
		}
		got, _ := readBytes(t, b)
		if len(got) != 2 || got[0].Data != "abc" || got[1].Data != "defgh" || got[1].Time != 1_000002000 {
			t.Errorf("%v: got %v", o, got)
		}
	}
}

func TestPcapYear2106(t *testing.T) {
	b := pcapRecord(pcapHead(binary.LittleEndian, magicMicro, 1), binary.LittleEndian, math.MaxUint32, 0, 0, "")
	got, _ := readBytes(t, b)
	if got[0].Time != math.MaxUint32*1e9 {
		t.Errorf("time %d: the seconds are unsigned", got[0].Time)
	}
}

func TestPcapLengthOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name   string
		length uint32
		want   int
	}{
		{"a writer that leaves it 0", 0, 4},
		{"smaller than what was captured", 3, 4},
		{"as captured", 4, 4},
		{"cut by the capture", 1500, 1500},
		{"more than an int holds everywhere", math.MaxUint32, math.MaxInt32},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := pcapRecord(pcapHead(binary.LittleEndian, magicMicro, 1), binary.LittleEndian, 1, 0, tt.length, "abcd")
			got, _ := readBytes(t, b)
			if got[0].Len != tt.want {
				t.Errorf("Len = %d, want %d", got[0].Len, tt.want)
			}
		})
	}
}

func TestPcapLinkTypeIgnoresFrameCheckBits(t *testing.T) {
	b := pcapHead(binary.BigEndian, magicMicro, 0x24000001)
	_, stats := readBytes(t, b)
	if stats.Link != "ethernet" {
		t.Errorf("link %q", stats.Link)
	}
}

// Records larger than the window, and such that straddle its end, arrive whole.
func TestPcapLargeRecords(t *testing.T) {
	le := binary.LittleEndian
	b := pcapHead(le, magicMicro, 1)
	sizes := []int{10, initialWindow - 50, 1, fullWindow, 70000, fullWindow + 1, 0, 5 * fullWindow, MaxRecord, 3}
	for i, n := range sizes {
		b = pcapRecord(b, le, uint32(i), 0, uint32(n), strings.Repeat(string(rune('a'+i)), n))
	}
	got, stats := readBytes(t, b)
	if len(got) != len(sizes) || stats.Damage != "" {
		t.Fatalf("%d packets, damage %q", len(got), stats.Damage)
	}
	for i, n := range sizes {
		if got[i].Data != strings.Repeat(string(rune('a'+i)), n) {
			t.Errorf("record %d of %d bytes: %d bytes, or other ones", i+1, n, len(got[i].Data))
		}
	}
}
