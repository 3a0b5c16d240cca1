package vmtest_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"ricochet/internal/vmtest"
)

// root is where this package's folder sees the root of the module.
const root = "../.."

// build builds the programs that a guest runs, statically linked, and returns
// the folder with them.
func build(t *testing.T) string {
	t.Helper()
	watchSources(t)
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"guest":     {"build", "./guest"},
		"bpf.test":  {"test", "-c", "ricochet/bpf"},
		"live.test": {"test", "-c", "ricochet/capture/live"},
	} {
		out := []string{args[0], "-ldflags=-s -w", "-o", filepath.Join(dir, name)}
		cmd := exec.CommandContext(t.Context(), "go", append(out, args[1:]...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, text)
		}
	}
	return dir
}

// watchSources lists the folders whose files make the programs. go test then
// knows what the result depends on and caches it no longer than right.
func watchSources(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"bpf", "capture", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			t.Fatalf("list the sources: %v", err)
		}
	}
}

// pack writes a guest's first file system: the guest as /init, the programs in
// /bin, the kernel's modules and the plan.
func pack(t *testing.T, kernelDir, programs string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "initramfs"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	a := initramfs{w: w}

	a.addFile("init", 0o755, filepath.Join(programs, "guest"))
	for _, name := range []string{"bpf.test", "live.test"} {
		a.addFile(path.Join("bin", name), 0o755, filepath.Join(programs, name))
	}
	modules, err := filepath.Glob(filepath.Join(kernelDir, "*.ko"))
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range modules {
		a.addFile(path.Join(vmtest.ModulesDir[1:], filepath.Base(from)), 0o644, from)
	}
	plan, err := json.Marshal(steps())
	if err != nil {
		t.Fatal(err)
	}
	a.add(vmtest.PlanPath[1:], 0o644, plan)

	if err := a.close(); err != nil {
		t.Fatalf("pack the guest: %v", err)
	}
	if err := w.Flush(); err != nil {
		t.Fatalf("pack the guest: %v", err)
	}
	return f.Name()
}
