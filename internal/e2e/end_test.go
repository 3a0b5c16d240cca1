//go:build linux

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// However ricochet ends, it ends at once, with a report where one can be
// written.
func TestEnd(t *testing.T) {
	program(t)
	s := onLoopback(t, 1, ipv4)
	server := startServers(t, s)[0]

	for name, signal := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			w := startWatch(t, s.watcher)
			server.tell(newLedger(), "PING", "PING")
			if r := w.stop(signal); r.Totals.Commands != 2 || r.Verdict != "clean" {
				t.Errorf("verdict %q of %d commands", r.Verdict, r.Totals.Commands)
			}
			checkNothingLeft(t, s.watcher)
		})
	}

	t.Run("duration", func(t *testing.T) {
		started := time.Now()
		w := startWatch(t, s.watcher, "--duration", "1s")
		server.tell(newLedger(), "PING")
		stopped := w.finish()
		if stopped.Reason != "duration" || stopped.Report.Totals.Commands != 1 {
			t.Errorf("reason %q after %d commands", stopped.Reason, stopped.Report.Totals.Commands)
		}
		if after := time.Since(started); after < time.Second {
			t.Errorf("ended after %v", after)
		}
	})

	t.Run("text", func(t *testing.T) {
		out, p := pipe(t, s.watcher, "watch")
		if _, err := out.ReadString('\n'); err != nil {
			t.Fatalf("read the first line: %v", err)
		}
		server.tell(newLedger(), "PING")
		p.signal(syscall.SIGINT)
		var rest strings.Builder
		if _, err := out.WriteTo(&rest); err != nil {
			t.Fatal(err)
		}
		if status := p.wait(); status != 0 {
			t.Errorf("status %d", status)
		}
		if !strings.Contains(rest.String(), "no bounces") || !strings.Contains(rest.String(), "1 command") {
			t.Errorf("report %q", rest.String())
		}
	})

	t.Run("standard output closed", func(t *testing.T) {
		out, p := startedOutput(t, s.watcher)
		out.Close()
		server.tell(newLedger(), "SET a b") // there is a role to tell
		if status := p.wait(); status != 0 {
			t.Errorf("status %d", status)
		}
		checkNothingLeft(t, s.watcher)
	})

	// Then there is still something to do.
	t.Run("standard output closed while packets are kept", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "watched.pcapng")
		m := newMetrics(t, s.watcher)
		out, p := startedOutput(t, s.watcher, "--write", name, m.flag())
		out.Close()
		server.tell(newLedger(), "SET a b", "SET a c", "SET a d")
		m.await("ricochet_commands_total", 3)
		p.signal(syscall.SIGTERM)
		if status := p.wait(); status != 0 {
			t.Errorf("status %d", status)
		}
		text := s.watcher.run(t, "analyze", exec.Command(program(t), "analyze", name))
		if !strings.Contains(text, "3 commands") {
			t.Errorf("the file says %q", text)
		}
		checkNothingLeft(t, s.watcher)
	})

	t.Run("no space for standard output", func(t *testing.T) {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		defer full.Close()
		c := exec.Command(program(t), "watch", "--output", "ndjson")
		c.Stdout = full
		p := s.watcher.start(t, "ricochet", c)
		if status := p.wait(); status != statusFailed {
			t.Errorf("status %d, want %d", status, statusFailed)
		}
		checkNothingLeft(t, s.watcher)
	})

	t.Run("wrong usage", func(t *testing.T) {
		p := s.watcher.start(t, "ricochet", exec.Command(program(t), "watch", "--capture", "magic"))
		if status := p.wait(); status != statusUsage {
			t.Errorf("status %d, want %d", status, statusUsage)
		}
	})

	t.Run("no such interface", func(t *testing.T) {
		p := s.watcher.start(t, "ricochet", exec.Command(program(t), "watch", "-i", "none"))
		if status := p.wait(); status != statusFailed {
			t.Errorf("status %d, want %d", status, statusFailed)
		}
	})
}

// Exit statuses of ricochet.
const (
	statusUsage  = 2
	statusFailed = 3
)

// pipe starts ricochet with its standard output in a pipe.
func pipe(t *testing.T, n *namespace, args ...string) (*bufio.Reader, *process) {
	t.Helper()
	out, p := openOutput(t, n, args...)
	t.Cleanup(func() {
		p.kill()
		out.Close()
	})
	return bufio.NewReader(out), p
}

// startedOutput starts ricochet, waits until it watches, and returns the end of
// the pipe from which its events are read.
func startedOutput(t *testing.T, n *namespace, args ...string) (*os.File, *process) {
	t.Helper()
	out, p := openOutput(t, n, append([]string{"watch", "--output", "ndjson"}, args...)...)
	line, err := bufio.NewReaderSize(out, 16).ReadString(':')
	if err != nil || line != `{"type":` {
		t.Fatalf("the first event begins %q: %v", line, err)
	}
	return out, p
}

func openOutput(t *testing.T, n *namespace, args ...string) (*os.File, *process) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := exec.Command(program(t), args...)
	c.Stdout = in
	return out, n.start(t, "ricochet", c)
}

func checkNothingLeft(t *testing.T, n *namespace) {
	t.Helper()
	eventually(t, "packet sockets", func() error { return unlike(packetSockets(t, n), 0) })
	checkNotPromiscuous(t, n)
}
