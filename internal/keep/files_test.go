package keep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/testenv"
	"ricochet/internal/wiretest"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.pcapng")
	w, err := keep.Create(keep.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o600 || info.Size() == 0 {
		t.Errorf("created %v, %v", info, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	link, dangling := filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	if err := errors.Join(os.Symlink(name, link), os.Symlink(filepath.Join(dir, "nowhere"), dangling)); err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{name, link, dangling} {
		if _, err := keep.Create(keep.Options{Name: taken}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", taken, err)
		}
	}
	for _, o := range []keep.Options{
		{Name: filepath.Join(dir, "no", "such")}, {Name: filepath.Join(dir, "b"), MaxBytes: -1}, {Name: filepath.Join(dir, "b"), MaxFiles: -1},
	} {
		if _, err := keep.Create(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("left in the directory: %v", entries)
	}
}

// TestInterfaces has packets of several origins and link types in turn.
func TestInterfaces(t *testing.T) {
	packets := script(t, "open c1.a>A\nc1.a>A *GET key\nA>c1.a $v\nclose c1.a")
	cooked := wiretest.Cooked(packets)
	for i := range packets {
		packets[i].Origin = i % 3
		if i%2 == 1 {
			packets[i] = cooked[i]
		}
	}
	written, file, _ := kept(t, keep.Options{Interface: func(origin int) string { return fmt.Sprintf("if-%d", origin) }}, packets)
	for i := range packets {
		if packets[i].Link != written[i].Link || packets[i].Time != written[i].Time {
			t.Errorf("packet %d: %v became %v", i+1, packets[i], written[i])
		}
	}
	for i := range 3 {
		if name := fmt.Sprintf("if-%d", i); !bytes.Contains(file, []byte(name)) {
			t.Errorf("%s is not named", name)
		}
	}
	_, file, _ = kept(t, keep.Options{Interface: func(int) string { return strings.Repeat("n", 70000) }}, packets)
	if len(file) > 10000 {
		t.Errorf("a name makes %d bytes", len(file))
	}
}

// parts returns the files of a series, in the order of their names.
func parts(t testing.TB, name string) []string {
	t.Helper()
	ext := filepath.Ext(name)
	files, err := filepath.Glob(strings.TrimSuffix(name, ext) + "_*" + ext)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRotation(t *testing.T) {
	const size = 20_000
	packets, err := wiretest.ReadPcapFile("../../testdata/corpus/circular-replicaof-v801/host-c.pcap.zst")
	if err != nil {
		t.Fatal(err)
	}
	name := tempFile(t)
	stats := write(t, keep.Options{Name: name, MaxBytes: size}, packets)
	files := parts(t, name)
	if len(files) < 5 || stats.Files != int64(len(files)) || files[0] != strings.TrimSuffix(name, ".pcapng")+"_000001.pcapng" {
		t.Fatalf("%d files, the first is %s; %+v", len(files), files[0], stats)
	}
	total, last := int64(0), int64(0)
	for i, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if total += info.Size(); info.Size() > size || i < len(files)-1 && info.Size() < size-2000 {
			t.Errorf("%s has %d bytes", f, info.Size())
		}
		for _, p := range read(t, f) {
			if p.Time < last {
				t.Errorf("%s goes back in time", f)
			}
			last = p.Time
		}
	}
	if stats.Bytes != total {
		t.Errorf("%d bytes, not %d", total, stats.Bytes)
	}
	got, err := pipeline.Analyze(context.Background(), files, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Packets are numbered in their file.
	sameStory(t, got, analyze(t, packets))
}

func TestRotationRemovesTheOldest(t *testing.T) {
	packets := script(t, "open c1.a>A\n"+strings.Repeat("c1.a>A *GET key\nA>c1.a $v\n", 100))
	name := tempFile(t)
	stats := write(t, keep.Options{Name: name, MaxBytes: 1000, MaxFiles: 3}, packets)
	files := parts(t, name)
	if len(files) != 3 || stats.Files < 10 || filepath.Base(files[2]) != fmt.Sprintf("kept_%06d.pcapng", stats.Files) {
		t.Fatalf("%d files of %d are left: %v", len(files), stats.Files, files)
	}
	last := read(t, files...)
	if want := packets[len(packets)-1]; last[len(last)-1].Time != want.Time || len(last) < 15 {
		t.Errorf("%d packets are left", len(last))
	}
}

func TestRotationOfPacketsThatAreLarger(t *testing.T) {
	packets := script(t, "open c1.a>A\n"+strings.Repeat("c1.a>A *GET key\n", 10))
	name := tempFile(t)
	stats := write(t, keep.Options{Name: name, MaxBytes: 1}, packets)
	if files := parts(t, name); len(files) != len(packets) || len(read(t, files...)) != len(packets) {
		t.Errorf("%d files for %d packets: %+v", len(files), len(packets), stats)
	}
}

// full is a disk that takes so many bytes.
type full struct {
	memory
	room   int
	cannot bool // cut what was written in part
}

var errFull = errors.New("no space left")

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.room -= n
	f.Buffer.Write(b[:n])
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func (f *full) Truncate(size int64) error {
	if f.cannot {
		return errors.New("cannot be cut")
	}
	return f.memory.Truncate(size)
}

func TestDiskFull(t *testing.T) {
	packets := script(t, "open c1.a>A\n"+strings.Repeat("c1.a>A *GET key\nA>c1.a $<900>\n", 1000))
	const head = 44 // bytes of a file without packets
	for _, room := range []int{0, 1, head - 1, head, head + 1, 300_000, 400_001, 500_002} {
		disk := &full{room: room}
		w, err := keep.CreateOn(keep.Options{}, disk)
		if room < head {
			if !errors.Is(err, errFull) {
				t.Errorf("room for %d bytes: %v", room, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		failed := 0
		for i := range packets {
			if err = w.Packet(&packets[i]); err != nil {
				failed++
			}
		}
		first := err
		if first != nil && (!errors.Is(w.Idle(1), errFull) || !errors.Is(w.Packet(&packets[0]), errFull)) {
			t.Errorf("room for %d bytes: a later call does not fail", room)
		}
		if err := w.Close(); !errors.Is(err, errFull) || first != nil && err != first {
			t.Errorf("room for %d bytes: closed with %v after %v", room, err, first)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("closed again: %v", err)
		}
		name := tempFile(t)
		if err := os.WriteFile(name, disk.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := disk.Len(); got > room || got < room-1000 {
			t.Errorf("room for %d bytes: %d were written", room, got)
		}
		s := w.Stats()
		if room > 1000 && (failed == 0 || len(read(t, name)) < room/1100 || s.Dropped == 0) {
			t.Errorf("room for %d bytes: %d packets written, %d failed, %+v", room, len(read(t, name)), failed, s)
		}
		if s.Bytes != int64(disk.Len()) {
			t.Errorf("room for %d bytes: %d are counted, %d are there", room, s.Bytes, disk.Len())
		}
	}
}

// TestDiskReallyFull writes to a file system that is too small.
func TestDiskReallyFull(t *testing.T) {
	testenv.RequireRoot(t)
	dir := t.TempDir()
	if err := syscall.Mount("keep-test", dir, "tmpfs", 0, "size=300k"); err != nil {
		testenv.Skip(t, "cannot mount a tmpfs: "+err.Error())
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	packets := script(t, "open c1.a>A\n"+strings.Repeat("c1.a>A *GET key\nA>c1.a $<900>\n", 1000))
	for _, o := range []keep.Options{
		{Name: filepath.Join(dir, "one.pcapng")},
		{Name: filepath.Join(dir, "many.pcapng"), MaxBytes: 50_000},
	} {
		w, err := keep.Create(o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range packets {
			err = w.Packet(&packets[i])
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v", err)
		}
		if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("closed with %v", err)
		}
		files := []string{o.Name}
		if o.MaxBytes > 0 {
			files = parts(t, o.Name)
		}
		if n := len(read(t, files...)); n < 200 {
			t.Errorf("%d packets are left", n)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestFlush holds that what is understood is in the file after a second.
func TestFlush(t *testing.T) {
	w, file := writer(t, keep.Options{})
	packets := script(t, "open c1.a>A\nc1.a>A *GET key\n")
	take(t, w, packets...)
	start := file.Len()
	if err := w.Idle(packets[0].Time + 1_100_000_000); err != nil {
		t.Fatal(err)
	}
	if file.Len() == start || w.Stats().Bytes != int64(file.Len()) {
		t.Errorf("%d bytes, then %d", start, file.Len())
	}
}
