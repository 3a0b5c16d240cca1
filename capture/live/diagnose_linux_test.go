package live

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func capabilities(list ...uint) (set uint64) {
	for _, c := range list {
		set |= 1 << c
	}
	return set
}

func TestWhyNoEBPF(t *testing.T) {
	const none, lockedDown = "[none] integrity confidentiality", "none integrity [confidentiality]"
	denied := fmt.Errorf("load program: %w", unix.EPERM)
	all := capabilities(unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_NET_RAW)
	for _, c := range []struct {
		name   string
		facts  facts
		err    error
		cause  string
		remedy string
	}{
		{"an old kernel, as root", facts{release: "5.4.0-42-generic", capabilities: ^uint64(0)}, unix.EINVAL, "kernel 5.4.0-42-generic has no BPF ring buffer", "5.8"},
		{"an old kernel, as anybody", facts{release: "4.19.1"}, denied, "kernel 4.19.1", "5.8"},
		{"CAP_PERFMON only", facts{release: "6.1.0", capabilities: capabilities(unix.CAP_PERFMON)}, denied, "no CAP_BPF", "setcap"},
		{"no capability", facts{release: "6.1.0", lockdown: none}, denied, "no CAP_BPF and CAP_PERFMON", "setcap cap_bpf,cap_perfmon,cap_net_raw+ep"},
		{"CAP_BPF only", facts{release: "6.1.0", capabilities: capabilities(unix.CAP_BPF)}, denied, "no CAP_PERFMON", "setcap"},
		{"no capability, and a seccomp filter", facts{release: "6.1.0", seccomp: true}, denied, "no CAP_BPF", "setcap"},
		{"all capabilities in a container", facts{release: "6.1.0", capabilities: all, seccomp: true}, denied, "a seccomp filter forbids bpf()", "profile"},
		{"CAP_SYS_ADMIN instead, in a container", facts{release: "6.1.0", capabilities: capabilities(unix.CAP_SYS_ADMIN), seccomp: true}, denied, "a seccomp filter", "profile"},
		{"lockdown", facts{release: "6.1.0", capabilities: all, lockdown: lockedDown}, denied, "kernel lockdown", "lockdown=integrity"},
		{"locked memory", facts{release: "5.10.0-8-amd64", capabilities: all}, denied, "locked memory", "LimitMEMLOCK=infinity"},
		{"locked memory, told otherwise", facts{release: "5.10.0", capabilities: all}, unix.ENOMEM, "locked memory", "ulimit -l"},
		{"no memory", facts{release: "6.12.0", capabilities: all}, unix.ENOMEM, "not enough memory", "smaller"},
		{"no memory for the socket", facts{release: "5.11.0", capabilities: all}, fmt.Errorf("attach program: %w", unix.ENOMEM), "program at its socket", "optmem_max"},
		{"forbidden by something else", facts{release: "6.1.0", capabilities: all}, denied, "although the capability is there", "security module"},
		{"no CAP_PERFMON", facts{release: "6.1.0", capabilities: capabilities(unix.CAP_BPF)}, &ebpf.VerifierError{Cause: unix.EINVAL}, "without CAP_PERFMON", "grant it"},
		{"rejected", facts{release: "6.1.0", capabilities: all}, &ebpf.VerifierError{Cause: unix.EINVAL, Log: []string{"one", "two"}}, "rejects the program: ", "report"},
		{"no bpf() in the kernel", facts{release: "6.1.0", capabilities: all}, unix.ENOSYS, "built without bpf()", "CONFIG_BPF_SYSCALL"},
		{"a feature that is missing", facts{release: "6.1.0", capabilities: all}, fmt.Errorf("map: %w", ebpf.ErrNotSupported), "lacks what it needs", "5.8"},
		{"a release that cannot be read", facts{release: "unknown", capabilities: all}, errors.New("strange\nand long"), "the kernel refuses it: strange", "report"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cause, remedy := c.facts.whyNoEBPF(c.err)
			if !strings.Contains(cause, c.cause) || !strings.Contains(remedy, c.remedy) {
				t.Errorf("%s (%s), want %s (%s)", cause, remedy, c.cause, c.remedy)
			}
			r := &refusal{mechanism: MechanismEBPF, err: c.err, facts: c.facts}
			if w := r.warning(); strings.Contains(w, "\n") || !strings.Contains(w, "falling back to AF_PACKET") {
				t.Errorf("the warning is %q", w)
			}
			if !errors.Is(r, c.err) {
				t.Error("the refusal hides the error")
			}
		})
	}
}

func TestWhyNoPacket(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts facts
		err   error
		want  string
	}{
		{"no capability", facts{capabilities: capabilities(unix.CAP_BPF)}, unix.EPERM, "no CAP_NET_RAW (run it with sudo, or grant it: setcap"},
		{"forbidden by something else", facts{capabilities: capabilities(unix.CAP_NET_RAW)}, unix.EPERM, "although the capability is there"},
		{"no such sockets", facts{}, unix.EAFNOSUPPORT, "RestrictAddressFamilies"},
		{"no memory", facts{}, unix.ENOMEM, "not enough memory"},
		{"anything else", facts{}, unix.EINVAL, "the kernel refuses it (see the error): invalid argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &refusal{mechanism: MechanismPacket, err: c.err, facts: c.facts}
			if got := r.Error(); !strings.Contains(got, c.want) {
				t.Errorf("%q does not contain %q", got, c.want)
			}
			if denied := errors.Is(c.err, unix.EPERM); errors.Is(r, os.ErrPermission) != denied {
				t.Errorf("is a permission error: %v, want %v", !denied, denied)
			}
		})
	}
}

func TestParseStatus(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		capabilities uint64
		seccomp      bool
	}{
		{"root", "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n", 1<<41 - 1, false},
		{"in a container", "CapEff:\t00000000a80425fb\nSeccomp:\t2\nSeccomp_filters:\t1\n", 0xa80425fb, true},
		{"nothing of it", "Name:\tx\n", 0, false},
		{"garbage", "CapEff:\tzz\nSeccomp\n", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if caps, seccomp := parseStatus(c.text); caps != c.capabilities || seccomp != c.seccomp {
				t.Errorf("%x, %v, want %x, %v", caps, seccomp, c.capabilities, c.seccomp)
			}
		})
	}
}

func TestKernelBefore(t *testing.T) {
	for _, c := range []struct {
		release      string
		major, minor int
		want         bool
	}{
		{"5.7.19", 5, 8, true},
		{"5.8.0", 5, 8, false},
		{"5.10.0-8-amd64", 5, 8, false},
		{"4.18.0-553.el8_10.x86_64", 5, 8, true},
		{"6.1", 5, 11, false},
		{"", 5, 8, false},
	} {
		if got := (facts{release: c.release}).before(c.major, c.minor); got != c.want {
			t.Errorf("%s before %d.%d: %v, want %v", c.release, c.major, c.minor, got, c.want)
		}
	}
}

func TestCollectFacts(t *testing.T) {
	f := collectFacts()
	if f.before(2, 6) || f.release == "" {
		t.Errorf("release %q", f.release)
	}
	if os.Geteuid() == 0 && f.capabilities == 0 {
		t.Error("root without capabilities")
	}
}
