//go:build linux

package e2e

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ricochet/internal/report"
	"ricochet/internal/testenv"
)

// At full speed every command is counted, or what was lost is said.
func TestFullSpeed(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"one by one", []string{"-t", "set,get", "-n", "100000"}},
		{"pipelines of 16", []string{"-t", "set,get", "-n", "800000", "-P", "16"}},
		{"values of 16 kB", []string{"-t", "set,get", "-n", "40000", "-d", "16384"}},
		{"a connection for each command", []string{"-t", "ping_mbulk", "-n", "10000", "-k", "0"}},
	} {
		for _, mechanism := range mechanisms {
			t.Run(c.name+" "+mechanism, func(t *testing.T) {
				program(t)
				s := onLoopback(t, 1, ipv4)
				server := startServers(t, s)[0]
				before := processed(t, server)
				w := startWatch(t, s.watcher, "--capture", mechanism)
				benchmark(t, server, c.args...)
				sent := processed(t, server) - before
				r := w.stop(syscall.SIGINT)
				t.Logf("counted %d commands of %d", r.Totals.Commands, sent)
				checkAccount(t, w, r, sent)
			})
		}
	}
}

// Of a long value only the head is copied, on each interface that shows it.
func TestLongValuesCostTheirHeads(t *testing.T) {
	const (
		length = 16384
		most   = 1024 // bytes copied for a command and its reply, ACKs included
	)
	for name, at := range map[string]func(testing.TB) *stage{
		"loopback": func(t testing.TB) *stage { return onLoopback(t, 1, ipv4) },
		"bridge":   func(t testing.TB) *stage { return bridged(t, 1, ipv4) },
	} {
		t.Run(name, func(t *testing.T) {
			program(t)
			s := at(t)
			server := startServers(t, s)[0]
			before := processed(t, server)
			w := startWatch(t, s.watcher, "--capture", "ebpf")
			benchmark(t, server, "-t", "set,get", "-n", "5000", "-d", strconv.Itoa(length))
			sent := processed(t, server) - before
			r := w.stop(syscall.SIGINT)
			checkAccount(t, w, r, sent)
			for _, c := range r.Captures {
				each := c.Bytes / sent
				t.Logf("%s: %d bytes a command", c.File, each)
				if each > most {
					t.Errorf("%s: %d bytes are copied for each command, more than %d", c.File, each, most)
				}
			}
		})
	}
}

// While ricochet is stopped its ring overflows. Each packet is read or counted as
// lost, and the loss is told.
func TestLossIsTold(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			program(t)
			s := onLoopback(t, 1, ipv4)
			server := startServers(t, s)[0]
			before := processed(t, server)
			w := startWatch(t, s.watcher, "--capture", mechanism, "--buffer", "1")
			benchmark(t, server, "-t", "set", "-n", "1000")
			w.signal(syscall.SIGSTOP)
			benchmark(t, server, "-t", "set", "-n", "50000")
			w.signal(syscall.SIGCONT)
			w.await("loss", func(e event) bool {
				return e.kind == "loss" && strings.Contains(string(e.line), dropped)
			})
			benchmark(t, server, "-t", "set", "-n", "1000")
			sent := processed(t, server) - before
			r := w.stop(syscall.SIGINT)
			t.Logf("counted %d commands of %d", r.Totals.Commands, sent)
			if checkAccount(t, w, r, sent) == 0 {
				t.Error("nothing was lost: the test is not what it should be")
			}
			if r.Verdict != "inconclusive" {
				t.Errorf("verdict %q, though most was lost", r.Verdict)
			}
			// The beginning and the end were seen.
			if r.Totals.Commands < 2000 {
				t.Errorf("counted %d commands", r.Totals.Commands)
			}
		})
	}
}

// dropped is the cause of a loss in the ring between the kernel and ricochet.
const dropped = "packets dropped while capturing"

// processed is how many commands a server has processed, this one not among
// them.
func processed(t *testing.T, s *server) int64 {
	t.Helper()
	var n int64
	s.await("count", func(c *conn) error {
		text, err := info(c, "stats", "total_commands_processed")
		if err == nil {
			n, err = strconv.ParseInt(text, 10, 64)
		}
		return err
	})
	return n
}

// benchmark runs valkey-benchmark with 50 connections against a server.
func benchmark(t testing.TB, s *server, args ...string) string {
	t.Helper()
	name := testenv.RequireCommand(t, "valkey-benchmark")
	args = append([]string{"-h", s.host(), "-p", s.port(), "-c", "50", "-q", "--csv"}, args...)
	return s.operator.run(t, "benchmark", exec.Command(name, args...))
}

// checkAccount holds a report and the last statistics against the number of
// commands that were sent. It returns how many packets were lost.
func checkAccount(t *testing.T, w *watch, r *report.Report, sent int64) (lost int64) {
	t.Helper()
	var last report.Stats
	for _, e := range w.all() {
		if e.kind == "stats" {
			decodeEvent(t, e, &last)
		}
	}
	h := last.Capture
	if h.Matched == 0 || h.Matched != h.Packets+h.Dropped {
		t.Errorf("of %d packets matched %d were read and %d lost", h.Matched, h.Packets, h.Dropped)
	}
	blind := unseen(r)
	var said int64
	for _, b := range blind {
		if b.Cause == dropped {
			said = b.Count
		}
	}
	if said != h.Dropped {
		t.Errorf("the report says that %d packets were lost, the statistics %d", said, h.Dropped)
	}
	switch {
	case h.Dropped == 0 && r.Totals.Commands != sent:
		t.Errorf("counted %d commands of %d without a loss", r.Totals.Commands, sent)
	case h.Dropped == 0 && (r.Totals.Replies != sent || len(blind) > 0):
		t.Errorf("counted %d replies of %d without a loss; blind %+v", r.Totals.Replies, sent, blind)
	case h.Dropped > 0 && (r.Totals.Commands >= sent || len(blind) == 0):
		t.Errorf("counted %d commands of %d with %d packets lost; blind %+v", r.Totals.Commands, sent, h.Dropped, blind)
	}
	if h.Dropped > 0 {
		t.Logf("%d packets of %d were lost, and the report says so", h.Dropped, h.Matched)
	}
	return h.Dropped
}
