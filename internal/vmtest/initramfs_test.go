package vmtest_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"testing"
)

// File types of a cpio entry's mode, as stat(2) has them.
const (
	modeDir  = 0o040000
	modeFile = 0o100000
)

// initramfs writes the archive from which a kernel fills its first file system:
// cpio in the format "newc", not compressed, since an emulated processor takes
// longer to unpack it than qemu to load it. See the kernel's
// Documentation/driver-api/early-userspace/buffer-format.rst.
type initramfs struct {
	w       io.Writer
	entries int
	dirs    map[string]bool
	err     error // the first one; nothing is written after it
}

// add writes a file and, before their first file, the folders that lead to it.
func (a *initramfs) add(name string, perm uint32, data []byte) {
	a.addDirs(path.Dir(name))
	a.entry(name, modeFile|perm, data)
}

// addFile writes a file with what one of this machine holds.
func (a *initramfs) addFile(name string, perm uint32, from string) {
	data, err := os.ReadFile(from)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.add(name, perm, data)
}

func (a *initramfs) addDirs(dir string) {
	if dir == "." || dir == "/" || a.dirs[dir] {
		return
	}
	a.addDirs(path.Dir(dir))
	a.entry(dir, modeDir|0o755, nil)
	if a.dirs == nil {
		a.dirs = map[string]bool{}
	}
	a.dirs[dir] = true
}

// close writes the end of the archive and reports the first error of all.
func (a *initramfs) close() error {
	a.entry("TRAILER!!!", 0, nil)
	return a.err
}

func (a *initramfs) entry(name string, mode uint32, data []byte) {
	if a.err != nil {
		return
	}
	a.entries++
	// The fields: inode, mode, user, group, links, time of change, size of the
	// data, device and the device that the entry is (major, minor each), length
	// of the name with its zero byte, checksum (none in this format).
	fields := []int{a.entries, int(mode), 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0}
	header := []byte("070701")
	for _, f := range fields {
		header = fmt.Appendf(header, "%08X", f)
	}
	for _, part := range [][]byte{pad(append(append(header, name...), 0)), data, padding(len(data))} {
		if _, err := a.w.Write(part); err != nil {
			a.err = err
			return
		}
	}
}

// pad fills up to a multiple of four bytes.
func pad(b []byte) []byte { return append(b, padding(len(b))...) }

func padding(n int) []byte { return make([]byte, -n&3) }

func TestInitramfs(t *testing.T) {
	var got bytes.Buffer
	a := initramfs{w: &got}
	a.add("a/b", 0o644, []byte("hello"))
	a.add("a/c", 0o755, nil)
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	field := func(values ...int) (s string) {
		for _, v := range values {
			s += fmt.Sprintf("%08X", v)
		}
		return "070701" + s
	}
	// A header is 110 bytes long: two short of a multiple of four.
	want := field(1, 0o040755, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0) + "a\x00" +
		field(2, 0o100644, 0, 0, 1, 0, 5, 0, 0, 0, 0, 4, 0) + "a/b\x00\x00\x00" + "hello\x00\x00\x00" +
		field(3, 0o100755, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0) + "a/c\x00\x00\x00" +
		field(4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0) + "TRAILER!!!\x00\x00\x00\x00"
	if got.String() != want {
		t.Errorf("got\n%q, want\n%q", got.String(), want)
	}
}

func TestInitramfsTellsTheFirstError(t *testing.T) {
	a := initramfs{w: io.Discard}
	a.addFile("a", 0o644, "testdata/no-such-file")
	a.add("b", 0o644, nil)
	if err := a.close(); err == nil {
		t.Error("no error")
	}
}
