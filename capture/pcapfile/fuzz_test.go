package pcapfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"testing"
	"testing/iotest"

	"ricochet/capture"
)

// check reads b in two ways and holds the reader to its promises.
func check(t *testing.T, b []byte) {
	whole, stats := readFuzz(t, bytes.NewReader(b))
	slow, slowStats := readFuzz(t, iotest.OneByteReader(bytes.NewReader(b)))
	if !slices.Equal(whole, slow) || stats != slowStats {
		t.Fatalf("read at once:\n%v\n%+v\none byte at a time:\n%v\n%+v", whole, stats, slow, slowStats)
	}
	if stats.Packets != int64(len(whole)) || stats.Truncated > stats.Packets || stats.Dropped < 0 {
		t.Fatalf("%d packets, stats %+v", len(whole), stats)
	}
	for _, r := range whole {
		if r.Time < stats.First || r.Time > stats.Last {
			t.Fatalf("time %d outside of %d to %d", r.Time, stats.First, stats.Last)
		}
	}
	// Whatever a compressed input does, its decompressed start says the same.
	if sniffCompression(b) == uncompressed && stats.Damage != "" {
		if stats.DamageAt <= 0 || stats.DamageAt > int64(len(b)) {
			t.Fatalf("damage %q at %d of %d bytes", stats.Damage, stats.DamageAt, len(b))
		}
		// What was read before the damage is sound.
		again, cutStats := readFuzz(t, bytes.NewReader(b[:stats.DamageAt]))
		if !slices.Equal(again, whole) || cutStats.Damage != "" {
			t.Fatalf("%q at %d: up to there\n%v\n%+v, with it\n%v", stats.Damage, stats.DamageAt, again, cutStats, whole)
		}
	}
}

func readFuzz(t *testing.T, r io.Reader) ([]rec, capture.Stats) {
	f, err := newFile("fuzz", r, func() error { return nil })
	if err != nil {
		return nil, capture.Stats{}
	}
	s := &Source{files: []*file{f}, meter: &meter{}}
	var all []rec
	var p capture.Packet
	for {
		err := s.Next(&p)
		// Memory is bounded by the file, of which the window holds a part, and
		// that part doubles at most.
		if n := len(f.win.buf); n > maxWindow || n > fullWindow && int64(n) > 2*(f.win.off+int64(f.win.hi-f.win.lo)) {
			t.Fatalf("a window of %d bytes", n)
		}
		if err == io.EOF {
			stats, _ := s.Stats()
			return all, stats[0]
		}
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if len(p.Data) > p.Len || len(p.Data) > MaxRecord || p.Len > math.MaxInt32 {
			t.Fatalf("packet %d has %d bytes of %d", p.Number, len(p.Data), p.Len)
		}
		if p.Number != int64(len(all)+1) {
			t.Fatalf("packet %d follows %d", p.Number, len(all))
		}
		all = append(all, keep(&p))
	}
}

func FuzzPcap(f *testing.F) {
	le, be := binary.LittleEndian, binary.BigEndian
	f.Add(pcapAt("p", 1, 2, 3))
	f.Add(pcapAt("p", 1, 2, 3)[:50])
	f.Add(pcapRecord(pcapHead(be, magicNano, 276), be, math.MaxUint32, math.MaxUint32, 0, "abc"))
	f.Add(pcapRecord(pcapHead(le, magicModified, 1), le, 1, 2, 0, "12345678abc"))
	f.Add(append(pcapAt("p", 1), bytes.Repeat([]byte{0xff}, 16)...))
	f.Add(gz(pcapAt("p", 1, 2)))
	f.Add(zs(pcapAt("p", 1, 2)))
	f.Fuzz(check)
}

func FuzzPcapng(f *testing.F) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		n := ngStart(o)
		n.enhanced(0, 1, 3, "abc", option{1, []byte("comment")})
		n.simple(9, "simple..")
		n.obsolete(0, 2, 60, "old")
		n.block(99, []byte("unknown"))
		n.stats(0, option{optIfDrop, n.u64(math.MaxInt64)}, option{optOSDrop, n.u64(math.MaxInt64)})
		n.section(binary.BigEndian)
		n.iface(101, 5, option{optTSResol, []byte{0x80 | 64}}, option{optTSOff, n.u64(1 << 63)})
		n.enhanced(0, math.MaxUint64, 3, "abc")
		n.simple(100, "simple..")
		f.Add(n.b)
		f.Add(n.b[:len(n.b)-7])
		f.Add(gz(n.b))
	}
	f.Fuzz(check)
}
