//go:build linux

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ricochet/internal/report"
)

// password is that of the servers. It must not occur in what is written.
const password = "the-password-that-nobody-else-may-see"

// What was written while watching says the same when it is analysed, and holds
// neither values nor passwords.
func TestWrittenCaptureGivesTheSameReport(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			ricochet := program(t)
			s := bridged(t, 2, ipv4)
			pair := startServers(t, s, "--requirepass", password, "--masterauth", password)
			pair[1].follow(pair[0])

			name := filepath.Join(t.ArtifactDir(), "watched.pcapng")
			w := startWatch(t, s.watcher, "--capture", mechanism, window, roomy, "--write", name)
			l := newLedger()
			circle(t, s, pair[0], pair[1], l, func() { w.awaitBounce("updated") })
			w.awaitBounce("closed")
			// A file knows no time but that of its packets: one more, after the window.
			pair[0].ask(l, "PING")
			live := w.stop(syscall.SIGINT)
			l.check(t, live)

			out := s.watcher.run(t, "analyze", exec.Command(ricochet, "analyze", "--output", "json", window, name))
			var again report.Report
			if err := json.Unmarshal([]byte(out), &again); err != nil {
				t.Fatalf("read the report of the file: %v", err)
			}
			if len(live.Failovers) == 0 || len(live.Nodes) < 2 {
				t.Errorf("%d nodes and %d failovers were seen live", len(live.Nodes), len(live.Failovers))
			}
			same(t, "totals", again.Totals, live.Totals)
			same(t, "nodes", again.Nodes, live.Nodes)
			same(t, "failovers", again.Failovers, live.Failovers)
			same(t, "findings", again.Findings, live.Findings)
			same(t, "verdict", again.Verdict, live.Verdict)
			checkHidden(t, name)
		})
	}
}

// same compares what is said of the file with what was said live, but for where
// evidence lies: packets are numbered by file there and by interface here.
func same(t testing.TB, what string, again, live any) {
	t.Helper()
	if of, at := firstDifference(withoutPlaces(t, again), withoutPlaces(t, live)); of != at {
		t.Errorf("%s differ: of the file\n%s\nlive\n%s", what, of, at)
	}
}

// withoutPlaces writes a part of a report as JSON, without the numbers of captures
// and packets.
func withoutPlaces(t testing.TB, part any) []byte {
	t.Helper()
	b, err := json.Marshal(part)
	var v any
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	strip(v)
	if b, err = json.MarshalIndent(v, "", " "); err != nil {
		t.Fatal(err)
	}
	return b
}

// strip takes the numbers of captures and packets out of a JSON value.
func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "capture")
		delete(v, "packet")
		for _, e := range v {
			strip(e)
		}
	case []any:
		for _, e := range v {
			strip(e)
		}
	}
}

// firstDifference returns the lines around the first in which two texts differ.
func firstDifference(a, b []byte) (string, string) {
	const around = 5
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) || x[i] != y[i] {
			part := func(lines []string) string {
				return strings.Join(lines[min(len(lines), max(0, i-around)):min(len(lines), i+around)], "\n")
			}
			return part(x), part(y)
		}
	}
	return "", ""
}

func checkHidden(t *testing.T, name string) {
	t.Helper()
	status, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if status.Mode().Perm() != 0o600 {
		t.Errorf("the file can be read by others: %v", status.Mode())
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{plantedValue, password} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	for _, shown := range []string{"patient:", "REDIRECT", "REPLICAOF"} {
		if !bytes.Contains(b, []byte(shown)) {
			t.Errorf("the file lacks %q", shown)
		}
	}
}
