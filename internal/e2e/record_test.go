//go:build linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ricochet/internal/testenv"
)

// recording is a tcpdump at one host of a network.
type recording struct {
	*process
	host byte
	file string
}

// record starts to capture at hosts, each into a file of its own named after the
// host, and returns when all captures run.
func record(t testing.TB, n *lan, folder string) []*recording {
	t.Helper()
	tcpdump := testenv.RequireCommand(t, "tcpdump")
	// The buffer is divided by the longest frame that tcpdump is told to take.
	size := strconv.Itoa(maxFrame)
	var all []*recording
	for i := range len(n.order) {
		r := &recording{host: n.order[i], file: filepath.Join(folder, fmt.Sprintf("host-%c.pcap", n.order[i]))}
		r.process = n.hosts[r.host].start(t, "tcpdump-"+string(r.host), exec.Command(tcpdump,
			"-i", lanDevice, "-p", "-n", "-U", "-s", size, "-B", "16384", "--immediate-mode",
			"--time-stamp-precision=nano", "-Z", "root", "-w", r.file, "tcp or udp port 9"))
		r.quiet = true
		all = append(all, r)
	}
	for _, r := range all {
		eventually(t, "capture at "+string(r.host), func() error { return contains(r.log, "listening on") })
	}
	return all
}

// finish ends a recording when all packets so far are in its file.
func (r *recording) finish(n *lan) {
	r.t.Helper()
	end := fmt.Sprintf("the end at %c", r.host)
	n.mark(r.t, r.host, end)
	eventually(r.t, "end of the capture at "+string(r.host), func() error { return contains(r.file, end) })
	r.signal(syscall.SIGINT)
	if status := r.wait(); status != 0 {
		r.t.Errorf("tcpdump at %c ended with status %d", r.host, status)
	}
	if err := contains(r.log, "\n0 packets dropped by kernel"); err != nil {
		r.t.Errorf("tcpdump at %c: %v", r.host, err)
	}
}

// contains is an error unless a file contains a text.
func contains(file, text string) error {
	b, err := os.ReadFile(file)
	if err == nil && !bytes.Contains(b, []byte(text)) {
		err = fmt.Errorf("%s lacks %q", filepath.Base(file), strings.TrimSpace(text))
	}
	return err
}
