// Package deploy_test checks the unit by which systemd runs ricochet.
package deploy_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const unitFile = "ricochet.service"

// program is where the unit expects ricochet.
const program = "/usr/local/bin/ricochet"

// maxExposure is ten times what systemd-analyze security may say at most, on its
// scale from 0, locked up, to 10, free to do anything. What is left is the
// purpose of the service: the network of the host, packet sockets, bpf.
const maxExposure = "20"

func TestUnitIsValid(t *testing.T) {
	out, err := analyze(t, "verify", "--man=no")
	if err != nil || len(out) > 0 {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestUnitIsConfined(t *testing.T) {
	out, err := analyze(t, "security", "--offline=yes", "--no-pager", "--threshold="+maxExposure)
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// analyze runs systemd-analyze on a copy of the unit that names a program that
// is there, and returns all that it printed.
func analyze(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), unitFile)
	if err := os.WriteFile(unit, bytes.ReplaceAll(text, []byte(program), []byte(self)), 0o600); err != nil {
		t.Fatal(err)
	}
	return exec.Command("systemd-analyze", append(args, unit)...).CombinedOutput()
}

func TestUnitAgreesWithItself(t *testing.T) {
	start := setting(t, "ExecStart")
	name, flags, _ := strings.Cut(start, " ")
	if name != program {
		t.Errorf("ExecStart: got %s, want %s", name, program)
	}
	if got := setting(t, "ExecPaths"); got != name {
		t.Errorf("ExecPaths: got %s, want %s", got, name)
	}
	_, port, ok := strings.Cut(flags, "--metrics 127.0.0.1:")
	if got := setting(t, "SocketBindAllow"); !ok || got != "tcp:"+port {
		t.Errorf("SocketBindAllow: got %s, and ExecStart %s", got, start)
	}
	if ambient, bound := setting(t, "AmbientCapabilities"), setting(t, "CapabilityBoundingSet"); ambient != bound {
		t.Errorf("got ambient capabilities %s, and a bounding set of %s", ambient, bound)
	}
}

// setting is the value of a setting that the unit has once.
func setting(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			values = append(values, strings.TrimSpace(value))
		}
	}
	if len(values) != 1 {
		t.Fatalf("%s: got %d values, want 1", name, len(values))
	}
	return values[0]
}
