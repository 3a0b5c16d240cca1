package keep_test

import (
	"os/exec"
	"strings"
	"testing"

	"ricochet/internal/keep"
	"ricochet/internal/testenv"
	"ricochet/internal/wiretest"
)

// toolFile writes a file that other programs are to read.
func toolFile(t *testing.T) (string, int) {
	t.Helper()
	packets, err := wiretest.ReadPcapFile("../../testdata/corpus/failover-ipv6-v801/host-c.pcap.zst")
	if err != nil {
		t.Fatal(err)
	}
	name := tempFile(t)
	write(t, keep.Options{Name: name, Interface: func(int) string { return "eth0" }}, packets)
	return name, len(packets)
}

func TestTsharkReadsTheFile(t *testing.T) {
	tshark := testenv.RequireCommand(t, "tshark")
	name, n := toolFile(t)
	cmd := exec.Command(tshark, "-n", "-r", name, "-T", "fields", "-e", "frame.interface_name", "-e", "_ws.malformed", "-e", "tcp.len")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != n {
		t.Errorf("%d packets of %d", len(lines), n)
	}
	for _, line := range lines {
		if f := strings.Split(line, "\t"); len(f) != 3 || f[0] != "eth0" || f[1] != "" {
			t.Fatalf("got %q", line)
		}
	}
	// Running as root is what it may warn of.
	for line := range strings.Lines(complaints.String()) {
		if !strings.Contains(line, "Running as user") {
			t.Errorf("complaint: %s", line)
		}
	}
}

func TestTcpdumpReadsTheFile(t *testing.T) {
	tcpdump := testenv.RequireCommand(t, "tcpdump")
	name, n := toolFile(t)
	cmd := exec.Command(tcpdump, "-n", "-r", name)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	if got := strings.Count(string(out), "\n"); got < n {
		t.Errorf("%d lines for %d packets", got, n)
	}
	if strings.Contains(complaints.String(), "truncated") || strings.Contains(string(out), "truncated") {
		t.Errorf("complaint: %s", complaints.String())
	}
}
