package bpf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ricochet/internal/testenv"
)

// compiler is the version of clang that the committed objects are made with: the
// one of Debian 12. Others make other bytes of the same source.
const compiler = "clang version 14."

// The committed bindings and objects are those that go generate makes of the
// source.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	clang := testenv.RequireCommand(t, "clang")
	testenv.RequireCommand(t, "llvm-strip")
	version, err := exec.Command(clang, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(version), compiler) {
		line, _, _ := strings.Cut(string(version), "\n")
		t.Skipf("%s: the objects are made with %s", line, compiler)
	}
	// A copy in this module, for the tool and its version are the module's; others
	// that look for packages pass over such a name.
	dir, err := os.MkdirTemp(".", "_generated-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, pattern := range []string{"*.h", "*.c", "doc.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("find %s: %v, %d found", pattern, err, len(names))
		}
		for _, name := range names {
			copyFile(t, name, filepath.Join(dir, name))
		}
	}
	generate := exec.Command("go", "generate", ".")
	generate.Dir = dir
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("go generate: %v\n%s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "tap_bpf*"))
	if err != nil || len(made) != 4 {
		t.Fatalf("go generate made %q, %v", made, err)
	}
	for _, name := range made {
		got, want := read(t, name), read(t, filepath.Base(name))
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what is committed: make generate", filepath.Base(name))
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, read(t, from), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
