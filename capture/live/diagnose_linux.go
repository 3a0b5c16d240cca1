package live

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// facts is what a refusal is explained by.
type facts struct {
	release      string // of the kernel, uname -r
	capabilities uint64 // effective ones of this process, a bit each
	lockdown     string // text of the file lockdown of securityfs, or empty
	seccomp      bool   // this process runs under a seccomp filter
}

// collectFacts asks the kernel. What it does not tell stays empty.
func collectFacts() facts {
	var f facts
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		f.release = unix.ByteSliceToString(name.Release[:])
	}
	if text, err := os.ReadFile("/sys/kernel/security/lockdown"); err == nil {
		f.lockdown = string(text)
	}
	if text, err := os.ReadFile("/proc/thread-self/status"); err == nil {
		f.capabilities, f.seccomp = parseStatus(string(text))
	}
	return f
}

// parseStatus reads effective capabilities and the mode of seccomp from a status
// file, proc_pid_status(5).
func parseStatus(text string) (capabilities uint64, seccomp bool) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); key {
		case "CapEff":
			capabilities, _ = strconv.ParseUint(value, 16, 64)
		case "Seccomp":
			seccomp = value == "2" // SECCOMP_MODE_FILTER
		}
	}
	return capabilities, seccomp
}

func (f facts) has(capability uint) bool { return f.capabilities&(1<<capability) != 0 }

// missing lists the capabilities that loading the program needs and that are not
// there. CAP_SYS_ADMIN stands for both.
func (f facts) missing() []string {
	var names []string
	if f.has(unix.CAP_SYS_ADMIN) {
		return nil
	}
	if !f.has(unix.CAP_BPF) {
		names = append(names, "CAP_BPF")
	}
	if !f.has(unix.CAP_PERFMON) {
		names = append(names, "CAP_PERFMON")
	}
	return names
}

// before reports whether the kernel is older than a version. One that cannot be
// read is not.
func (f facts) before(major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(f.release, "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a < major || a == major && b < minor
}

// What grants the capabilities, for the end of a sentence.
const (
	grantAll = "grant it: setcap cap_bpf,cap_perfmon,cap_net_raw+ep ricochet"
	grantRaw = "run it with sudo, or grant it: setcap cap_bpf,cap_perfmon,cap_net_raw+ep ricochet," +
		" or in a systemd unit: AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_RAW"
)

// refusal is the error of a mechanism that cannot be used here.
type refusal struct {
	mechanism string
	err       error
	facts     facts
}

// Error names the cause and the remedy, and ends with what the kernel said.
func (r *refusal) Error() string {
	if r.mechanism == MechanismEBPF {
		cause, remedy := r.facts.whyNoEBPF(r.err)
		return fmt.Sprintf("eBPF is not available: %s (%s): %v", cause, remedy, r.err)
	}
	cause, remedy := r.facts.whyNoPacket(r.err)
	return fmt.Sprintf("packets cannot be captured: %s (%s): %v", cause, remedy, r.err)
}

// Unwrap returns what the kernel said.
func (r *refusal) Unwrap() error { return r.err }

// warning is what to tell the user when the other mechanism is used instead.
func (r *refusal) warning() string {
	cause, remedy := r.facts.whyNoEBPF(r.err)
	return fmt.Sprintf("eBPF is not available: %s; falling back to AF_PACKET, which costs more (%s)", cause, remedy)
}

// whyNoEBPF says why the program could not be loaded or attached, and what to do
// about it. The order matters: an old kernel refuses with EPERM what it would not
// know with every privilege, and the verifier rejects with EACCES.
func (f facts) whyNoEBPF(err error) (cause, remedy string) {
	denied := isPermission(err)
	rejected := errors.As(err, new(*ebpf.VerifierError))
	switch {
	case f.before(5, 8):
		return "kernel " + f.release + " has no BPF ring buffer", "Linux 5.8 and later have it"
	case errors.Is(err, unix.ENOSYS):
		return "the kernel was built without bpf()", "it needs CONFIG_BPF_SYSCALL"
	case denied && len(f.missing()) > 0:
		return "no " + strings.Join(f.missing(), " and "), grantAll
	case f.before(5, 11) && (denied || errors.Is(err, unix.ENOMEM)):
		return "the limit of locked memory is too low for the ring", "raise it: ulimit -l unlimited, or in a systemd unit: LimitMEMLOCK=infinity"
	case rejected && !f.has(unix.CAP_PERFMON) && !f.has(unix.CAP_SYS_ADMIN):
		return "the kernel rejects the program without CAP_PERFMON", grantAll
	case rejected:
		return "the kernel rejects the program: " + firstLine(err), "please report this"
	case denied && strings.Contains(f.lockdown, "[confidentiality]"):
		return "kernel lockdown is set to confidentiality", "boot with lockdown=integrity or without lockdown"
	case denied && f.seccomp:
		return "a seccomp filter forbids bpf(), as container runtimes do by default", "allow bpf() in the seccomp profile"
	case denied:
		return "bpf() is forbidden although the capability is there", "look at the security module and the user namespace of this container"
	case errors.Is(err, unix.ENOMEM) && f.before(6, 7):
		// Such kernels charge the program to the socket.
		return "there is not enough memory for the ring, or for the program at its socket", "choose a smaller ring, or raise sysctl net.core.optmem_max"
	case errors.Is(err, unix.ENOMEM):
		return "there is not enough memory for the ring", "choose a smaller one"
	case errors.Is(err, ebpf.ErrNotSupported):
		return "kernel " + f.release + " lacks what it needs", "Linux 5.8 and later have it unless built without"
	}
	return "the kernel refuses it: " + firstLine(err), "please report this"
}

// whyNoPacket says why a packet socket could not be opened or set up.
func (f facts) whyNoPacket(err error) (cause, remedy string) {
	switch {
	case isPermission(err) && !f.has(unix.CAP_NET_RAW):
		return "no CAP_NET_RAW", grantRaw
	case isPermission(err):
		return "packet sockets are forbidden although the capability is there", "look at the security module and the user namespace of this container"
	case errors.Is(err, unix.EAFNOSUPPORT):
		return "there are no packet sockets", "they need CONFIG_PACKET in the kernel, and AF_PACKET in RestrictAddressFamilies of a systemd unit"
	case errors.Is(err, unix.ENOMEM) && f.before(6, 7):
		// Such kernels charge the program to the socket.
		return "there is not enough memory for the ring, or for the program at its socket", "choose a smaller ring, or raise sysctl net.core.optmem_max"
	case errors.Is(err, unix.ENOMEM):
		return "there is not enough memory for the ring", "choose a smaller one"
	}
	return "the kernel refuses it", "see the error"
}

// firstLine is the text of an error up to a line break: that of the verifier has many.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// isPermission reports whether the kernel refused for want of a privilege.
func isPermission(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) }
