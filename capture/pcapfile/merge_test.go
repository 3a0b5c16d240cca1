package pcapfile

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMergeOrder(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string][]uint32 // times in milliseconds
		want  string
	}{
		{"one file, in its order even if the clock steps", map[string][]uint32{"a": {3, 1, 2}}, "a1 a2 a3"},
		{"two vantage points", map[string][]uint32{"a": {1, 3, 5}, "b": {2, 4, 6}}, "a1 b1 a2 b2 a3 b3"},
		{"rotated", map[string][]uint32{"a": {1, 2}, "b": {3, 4}, "c": {5}}, "a1 a2 b1 b2 c1"},
		{"rotated, names against time", map[string][]uint32{"a": {5}, "b": {1, 2}, "c": {3, 4}}, "b1 b2 c1 c2 a1"},
		{"the same time: by name", map[string][]uint32{"b": {1, 1}, "a": {1, 1}, "c": {1}}, "a1 a2 b1 b2 c1"},
		{"a clock that steps back waits for no other file", map[string][]uint32{"a": {1, 10, 2, 3, 11}, "b": {5, 10, 12}}, "a1 b1 a2 a3 a4 b2 a5 b3"},
		{"a file without packets", map[string][]uint32{"a": {}, "b": {1}}, "b1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := make(map[string][]byte)
			for name, ms := range tt.files {
				files[name] = pcapAt(name, ms...)
			}
			var got []string
			for _, r := range drain(t, open(t, Options{}, write(t, files))) {
				got = append(got, r.Data)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got  %q\nwant %q", strings.Join(got, " "), tt.want)
			}
		})
	}
}

// A merge of many files is checked against sorting.
func TestMergeManyFiles(t *testing.T) {
	files := make(map[string][]byte)
	var want []string
	type at struct {
		ms   uint32
		data string
	}
	var all []at
	for i := range 40 {
		name := string(rune('A' + i))
		var ms []uint32
		for k := range 9 {
			ms = append(ms, uint32(k*100+(i*37+k*11)%90))
			all = append(all, at{ms[k], name + string(rune('1'+k))})
		}
		files[name] = pcapAt(name, ms...)
	}
	slices.SortStableFunc(all, func(a, b at) int { return int(a.ms) - int(b.ms) })
	for _, a := range all {
		want = append(want, a.data)
	}
	var got []string
	for _, r := range drain(t, open(t, Options{}, write(t, files))) {
		got = append(got, r.Data)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// A capture that is split after any packet yields the packets of the whole.
func TestMergeOfSplitFile(t *testing.T) {
	times := []uint32{1, 2, 2, 2, 3, 5, 5, 8, 9}
	want := drain(t, open(t, Options{}, write(t, map[string][]byte{"whole": pcapAt("p", times...)})))
	whole := pcapAt("p", times...)
	record := (len(whole) - pcapFileHeader) / len(times)
	for k := range len(times) + 1 {
		at := pcapFileHeader + k*record
		dir := write(t, map[string][]byte{
			"1": whole[:at],
			"2": slices.Concat(whole[:pcapFileHeader], whole[at:]),
		})
		got := drain(t, open(t, Options{}, filepath.Join(dir, "2"), filepath.Join(dir, "1")))
		for i := range got {
			if got[i].Origin == 1 {
				got[i].Number += int64(k)
				got[i].Origin = 0
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("split after %d packets: got\n%v, want\n%v", k, got, want)
		}
	}
}

// A damaged file ends, and the others go on.
func TestMergeGoesOnPastDamage(t *testing.T) {
	dir := write(t, map[string][]byte{"a": pcapAt("a", 1, 3), "b": pcapAt("b", 2, 4), "c": pcapAt("c", 1)[:30]})
	s := open(t, Options{}, dir)
	got := drain(t, s)
	stats, _ := s.Stats()
	if len(got) != 4 || stats[0].Damage != "" || stats[2].Damage == "" {
		t.Errorf("got %v, %+v", got, stats)
	}
}
