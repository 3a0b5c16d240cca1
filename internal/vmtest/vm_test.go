package vmtest_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"ricochet/internal/testenv"
)

// kernelsDir is where fetch puts the kernels, a folder each.
const kernelsDir = "../../.cache/kernels"

// bootTime bounds what a machine may take: less than half a minute where nothing
// else runs, minutes beside the tests of all other packages.
const bootTime = 5 * time.Minute

// Live capture works on the kernels of Debian 12 and of its backports: the
// verifier takes the program, both mechanisms capture, and somebody with too few
// privileges is told which.
func TestKernels(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the kernels are Linux for amd64, emulated elsewhere too slowly")
	}
	if testing.Short() {
		t.Skip("boots two machines")
	}
	qemu := testenv.RequireCommand(t, "qemu-system-x86_64")
	programs := build(t)
	for _, version := range []string{"6.1", "6.12"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(kernelsDir, version)
			image := filepath.Join(dir, "vmlinuz")
			if _, err := os.Stat(image); err != nil {
				testenv.Skip(t, "needs a kernel "+version+", which internal/vmtest/fetch brings")
			}
			ctx, cancel := context.WithTimeout(t.Context(), bootTime)
			defer cancel()
			m := machine{qemu: qemu, kernel: image, initramfs: pack(t, dir, programs)}
			out, err := m.run(ctx, t)
			if err != nil {
				t.Error(err)
			}
			check(t, out, version)
		})
	}
}

// check holds against the plan what a machine reported.
func check(t *testing.T, out *outcome, version string) {
	if !out.done || out.trouble.Len() > 0 {
		t.Errorf("the guest did not do its work: %s\nthe kernel wrote:\n%s", out.trouble.String(), out.console)
	}
	if !strings.HasPrefix(out.kernel, version+".") {
		t.Errorf("ran kernel %q", out.kernel)
	}
	for _, s := range scenarios() {
		t.Run(s.step.Name, func(t *testing.T) {
			got := out.steps[s.step.Name]
			if got == nil {
				t.Fatal("did not run")
			}
			if problem := s.judge(got); problem != "" {
				t.Errorf("%s; it wrote:\n%s\nthe kernel wrote:\n%s", problem, got.output.String(), out.console)
			}
		})
	}
}
