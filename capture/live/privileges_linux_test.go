package live

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPrivileges opens with fewer capabilities than root has. Those of a thread
// are its own, and that of the namespace ends with the test.
func TestPrivileges(t *testing.T) {
	for _, c := range []struct {
		name      string
		keep      uint64
		options   Options
		mechanism string // empty: it fails
		text      string // in the warning or the error
	}{
		{"all that is needed", capabilities(unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_NET_RAW), Options{}, MechanismEBPF, ""},
		{"no CAP_BPF", capabilities(unix.CAP_NET_RAW), Options{}, MechanismPacket, "no CAP_BPF and CAP_PERFMON"},
		{"no CAP_BPF, and eBPF is asked for", capabilities(unix.CAP_NET_RAW), Options{Mechanism: MechanismEBPF}, "", "no CAP_BPF"},
		{"AF_PACKET is asked for", capabilities(unix.CAP_NET_RAW), Options{Mechanism: MechanismPacket}, MechanismPacket, ""},
		{"no CAP_NET_RAW", capabilities(unix.CAP_BPF, unix.CAP_PERFMON), Options{}, "", "no CAP_NET_RAW"},
		{"nothing", 0, Options{Mechanism: MechanismPacket}, "", "no CAP_NET_RAW"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNamespace(t)
			n.do(t, func() error {
				if text, err := os.ReadFile("/proc/sys/kernel/unprivileged_bpf_disabled"); err != nil || strings.TrimSpace(string(text)) == "0" {
					if c.mechanism == MechanismPacket && c.options.Mechanism == "" {
						return nil // everybody may use eBPF
					}
				}
				if err := keepCapabilities(c.keep); err != nil {
					return err
				}
				s, err := Open(c.options)
				if err != nil {
					if c.mechanism != "" || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), c.text) {
						t.Errorf("error %v, want one with %q", err, c.text)
					}
					return nil
				}
				if s.Mechanism() != c.mechanism || !strings.Contains(s.Warning(), c.text) || (c.text == "") != (s.Warning() == "") {
					t.Errorf("mechanism %s, warning %q, want %s, %q", s.Mechanism(), s.Warning(), c.mechanism, c.text)
				}
				return s.Close()
			})
		})
	}
}

// keepCapabilities takes all other effective capabilities from the calling thread.
func keepCapabilities(set uint64) error {
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for i := range data {
		data[i].Effective = uint32(set >> (32 * i))
		data[i].Permitted = data[i].Effective
	}
	return unix.Capset(header, &data[0])
}
