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

	"ricochet/capture"
)

func TestRightTime(t *testing.T) {
	const s = int64(1e9)
	for _, c := range []struct {
		name        string
		clock       Correction
		shows, want int64
	}{
		{"right", Correction{}, 5 * s, 5 * s},
		{"ahead", Correction{Offset: 2 * s}, 5 * s, 3 * s},
		{"behind", Correction{Offset: -2 * s}, 5 * s, 7 * s},
		{"50 ppm, a day later", Correction{Offset: s, Drift: 50_000, Origin: 100 * s}, 86_500 * s, 86_499*s - 4_320_000_000},
		{"50 ppm, before the origin", Correction{Drift: 50_000, Origin: 100 * s}, 80 * s, 80*s + 1_000_000},
		{"earlier than there is", Correction{Offset: s}, math.MinInt64, math.MinInt64},
		{"later than there is", Correction{Offset: math.MinInt64}, 0, math.MaxInt64},
		{"a drift that is none", Correction{Drift: math.MaxInt64}, 10 * s, 9 * s},
	} {
		if got := c.clock.right(c.shows); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// Whatever the correction, what was later stays so or falls together.
func FuzzRightTimeKeepsOrder(f *testing.F) {
	f.Add(int64(1), int64(50_000), int64(1_700_000_000e9), int64(5), int64(7))
	f.Add(int64(math.MinInt64), int64(math.MinInt64), int64(math.MinInt64), int64(math.MinInt64), int64(math.MaxInt64))
	f.Add(int64(-1), int64(-99_999_999), int64(0), int64(999_999_999), int64(1_000_000_000))
	f.Fuzz(func(t *testing.T, offset, drift, origin, a, b int64) {
		c := Correction{offset, drift, origin}
		if a > b {
			a, b = b, a
		}
		if x, y := c.right(a), c.right(b); x > y {
			t.Errorf("%+v: %d becomes %d, and %d becomes %d", c, a, x, b, y)
		}
	})
}

func corrected(t *testing.T, o Options, files map[string][]byte, by ...Correction) ([]rec, []capture.Stats) {
	t.Helper()
	s := open(t, o, write(t, files))
	s.Correct(by)
	all := drain(t, s)
	stats, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return all, stats
}

func TestMergeByCorrectedTime(t *testing.T) {
	const ms = int64(1e6)
	for _, c := range []struct {
		name     string
		files    map[string][]uint32 // times in milliseconds
		by       []Correction
		from, to int64
		want     string
	}{
		{"a clock ahead", map[string][]uint32{"a": {1, 3, 5}, "b": {352, 354, 356}}, []Correction{{}, {Offset: 350 * ms}}, 0, 0, "a1 b1 a2 b2 a3 b3"},
		{"a clock behind the epoch", map[string][]uint32{"a": {1, 3, 5}, "b": {0, 2}}, []Correction{{Offset: 3 * ms}}, 0, 0, "a1 a2 b1 a3 b2"},
		{"a drift", map[string][]uint32{"a": {1000, 2000, 3000}, "b": {1002, 2003, 3004}}, []Correction{{}, {Drift: 1_000_000}}, 0, 0, "a1 b1 a2 b2 a3 b3"},
		{"within a file the order stays", map[string][]uint32{"a": {10, 30, 20, 40}, "b": {115, 125}}, []Correction{{}, {Offset: 100 * ms}}, 0, 0, "a1 b1 b2 a2 a3 a4"},
		{"from and to are right times", map[string][]uint32{"a": {10, 20, 30}, "b": {110, 120, 130}}, []Correction{{}, {Offset: 100 * ms}}, 20 * ms, 30 * ms, "a2 b2"},
		{"fewer corrections than files", map[string][]uint32{"a": {5, 7}, "b": {6}}, []Correction{{Offset: ms}}, 0, 0, "a1 a2 b1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string][]byte{}
			for name, times := range c.files {
				files[name] = pcapAt(name, times...)
			}
			all, stats := corrected(t, Options{From: c.from, To: c.to}, files, c.by...)
			var got []string
			seen := make([]capture.Stats, len(stats))
			for _, r := range all {
				got = append(got, r.Data)
				x := &seen[r.Origin]
				if x.Packets++; x.Packets == 1 {
					x.First, x.Last = r.Time, r.Time
				}
				x.First, x.Last = min(x.First, r.Time), max(x.Last, r.Time)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), c.want)
			}
			for i, s := range stats {
				if s.First != seen[i].First || s.Last != seen[i].Last {
					t.Errorf("%s: stats from %d to %d, packets from %d to %d", s.Name, s.First, s.Last, seen[i].First, seen[i].Last)
				}
			}
		})
	}
}

// Nothing but times and the order among files changes.
func TestCorrectionChangesTimesOnly(t *testing.T) {
	files := map[string][]byte{"a": pcapAt("a", 1, 50, 20, 60), "b": gz(pcapAt("b", 10, 20, 30, 70))}
	plain, _ := corrected(t, Options{}, files)
	right, _ := corrected(t, Options{}, files, Correction{Offset: 1e9}, Correction{Offset: 1e9})
	for i := range right {
		right[i].Time += 1e9
	}
	if !slices.Equal(plain, right) {
		t.Errorf("got\n%v, want\n%v", right, plain)
	}
}

// A block without a time of its own has that of the packet before it, once
// corrected and not twice.
func TestCorrectionOfPacketsWithoutTime(t *testing.T) {
	n := ngStart(binary.LittleEndian)
	n.enhanced(0, 5_000_000, 1, "a")
	n.simple(1, "b")
	n.simple(1, "c")
	all, _ := corrected(t, Options{}, map[string][]byte{"a": n.b}, Correction{Offset: 2e9})
	for _, r := range all {
		if len(all) != 3 || r.Time != 3e9 {
			t.Errorf("got %v", all)
		}
	}
}

func TestAgain(t *testing.T) {
	files := map[string][]byte{"a": pcapAt("a", 1, 2, 3), "b": zs(pcapAt("b", 4, 5)), "c": pcapAt("c", 6)[:30], "d": []byte("no capture")}
	s := open(t, Options{From: 2e6}, write(t, files))
	s.Correct([]Correction{{Offset: 1e9}})
	if s.Files() != 3 || s.Size() != int64(len(files["a"])+len(files["b"])+len(files["c"])) {
		t.Errorf("%d files of %d bytes", s.Files(), s.Size())
	}
	var read int64
	for i, want := range []string{"a1@1 a2@2 a3@3", "b1@4 b2@5", ""} {
		again, err := s.Again(i, func(n, _ int64) { read = n })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range drain(t, again) {
			got = append(got, r.Data+"@"+string(rune('0'+r.Time/1e6)))
			if r.Origin != 0 {
				t.Errorf("origin %d", r.Origin)
			}
		}
		again.Close()
		if strings.Join(got, " ") != want {
			t.Errorf("file %d: %q, want %q", i, got, want)
		}
	}
	if read != int64(len(files["c"])) {
		t.Errorf("progress ended at %d", read)
	}
	if got := drain(t, s); len(got) != 2 {
		t.Errorf("the source itself yields %v", got)
	}
}

func TestAgainOfStreams(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.Write(pcapAt("p", 1)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	name := filepath.Join(write(t, map[string][]byte{"a": pcapAt("a", 1)}), "a")
	for _, stdin := range []io.Reader{r, bytes.NewReader(pcapAt("p", 1))} {
		s := open(t, Options{Stdin: stdin}, "-", name)
		if _, err := s.Again(0, nil); !errors.Is(err, ErrOnce) {
			t.Errorf("standard input again: %v", err)
		}
		if again, err := s.Again(1, nil); err != nil {
			t.Errorf("a file beside it: %v", err)
		} else if got := drain(t, again); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Again(1, nil); err == nil {
			t.Error("a file that is gone was read again")
		}
		if err := os.WriteFile(name, pcapAt("a", 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
