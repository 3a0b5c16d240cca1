package confine

import (
	"fmt"
	"strings"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// rotating is what a process needs that writes files one after the other and
// removes the oldest. Landlock cannot tell these from files that were there
// before. To truncate is part of it: a block that no longer fit on the disk is
// cut off again.
const rotating landlock.AccessFSSet = unix.LANDLOCK_ACCESS_FS_MAKE_REG |
	unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
	unix.LANDLOCK_ACCESS_FS_TRUNCATE |
	unix.LANDLOCK_ACCESS_FS_REMOVE_FILE

// Attached gives up the capabilities that are left and, by landlock, the right to
// open files, to run programs, to bind or connect TCP sockets, to signal other
// processes and to connect to their abstract Unix sockets, all but what a needs.
// It is called when every socket, program, mapping, listener and file is open.
//
// It returns in one line what took effect: an old kernel, or one without
// landlock, can do less, and that is no error. The listener of the metrics goes
// on accepting. Multipath TCP is beyond landlock (as of Linux 6.18), and UDP is
// before its ABI 10.
//
// The files of /proc/self are out of reach as well, and cannot be let in: a rule
// lasts as long as the inode that it names, and the kernel makes those of /proc
// anew whenever it has dropped them from its cache. Open them before and read
// them again from their start.
func Attached(a Access) (effect string, err error) {
	// First, while /proc can be read: with cgo, libcap finds the threads there.
	var left []cap.Value
	bpf := keepsBPF(a)
	if bpf {
		left = []cap.Value{cap.BPF}
	}
	if err := setCapabilities(left...); err != nil {
		return "", err
	}
	var rules []landlock.Rule
	if a.WriteDir != "" {
		rules = append(rules, landlock.PathAccess(rotating, a.WriteDir))
	}
	if err := landlock.V11.BestEffort().Restrict(rules...); err != nil {
		return "", fmt.Errorf("restrict by landlock: %w", err)
	}
	return describe(landlockABI(), bpf, a), nil
}

// landlockABI is the version of landlock that the library uses: that of the
// kernel, or 0 if it has none. Before the erratum that bit 1 stands for was
// mended, signals between threads of one process were taken for signals to
// others, and the library makes do with version 5.
func landlockABI() int {
	version, err := ll.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	if version > 5 {
		if errata, err := ll.LandlockGetErrata(); err != nil || errata&2 == 0 {
			return 5
		}
	}
	return version
}

// describe says what holds after Attached under that version of landlock, with
// CAP_BPF kept or not.
func describe(abi int, bpf bool, a Access) string {
	capabilities := "no capabilities"
	if bpf {
		capabilities += " but CAP_BPF, without which this kernel shows no counters"
	}
	if abi < 1 {
		return capabilities + "; no landlock in this kernel"
	}
	files := "no files"
	if a.WriteDir != "" {
		files += fmt.Sprintf(" but to write in %q", a.WriteDir)
	}
	held := []string{files}
	for _, since := range [...]struct {
		abi  int
		what string
	}{
		{4, "no new TCP"},
		{6, "no signals or abstract sockets to others"},
		{9, "no Unix sockets of others"},
		{10, "no new UDP"},
	} {
		if abi >= since.abi {
			held = append(held, since.what)
		}
	}
	return fmt.Sprintf("%s; landlock (ABI %d): %s", capabilities, abi, strings.Join(held, ", "))
}
