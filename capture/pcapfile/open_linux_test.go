package pcapfile

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// TestOpenUnreadableFile runs as nobody where the tests run as root, who may read
// every file.
func TestOpenUnreadableFile(t *testing.T) {
	dir := write(t, map[string][]byte{"a": pcapAt("a", 1), "b": pcapAt("b", 2)})
	for name, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, filepath.Join(dir, "a"): 0o644, filepath.Join(dir, "b"): 0} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	asNobody(t, func() {
		for _, name := range []string{filepath.Join(dir, "b"), dir} {
			_, err := Open([]string{name}, Options{})
			wantKind(t, err, Permission, "b: permission denied")
		}
	})
}

// asNobody calls f on a thread without the rights of root. On Linux a raw
// setresuid changes the calling thread only.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	const nobody, keep = 65534, ^uintptr(0)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, nobody, keep); e != 0 {
		t.Fatalf("become nobody: %v", e)
	}
	defer func() {
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, 0, keep); e != 0 {
			panic(e) // no other test may run like this
		}
	}()
	f()
}
