package confine

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unprivilegedBPF says who may make bpf system calls: everybody if it is 0.
const unprivilegedBPF = "/proc/sys/kernel/unprivileged_bpf_disabled"

// keepsBPF reports whether CAP_BPF must be kept for a to work on this kernel. If
// that cannot be told, it must.
func keepsBPF(a Access) bool {
	if !a.Maps {
		return false
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return true
	}
	disabled, err := os.ReadFile(unprivilegedBPF)
	return err != nil || mapsNeedBPF(unix.ByteSliceToString(name.Release[:]), string(disabled))
}

// mapsNeedBPF reports whether a kernel of that release asks for CAP_BPF at each
// bpf system call, those on a map that is open included. From Linux 5.19 on
// unprivileged_bpf_disabled stands in the way of making something new only
// (commit c8644cd0efe7). A release that cannot be read is taken for an old one.
func mapsNeedBPF(release, disabled string) bool {
	if strings.TrimSpace(disabled) == "0" {
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return true
	}
	return major < 5 || major == 5 && minor < 19
}
