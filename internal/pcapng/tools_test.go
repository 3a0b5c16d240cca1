package pcapng_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ricochet/internal/testenv"
)

func TestWiresharkReads(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.pcapng")
	if err := os.WriteFile(name, file(t, packets[:3]), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("tshark", func(t *testing.T) {
		got := output(t, "tshark", "-r", name, "-T", "fields", "-E", "separator=|",
			"-e", "frame.interface_name", "-e", "frame.interface_description", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.comment")
		want := "eth0|of the client|1700000000.123456789|4|4|\n" +
			"tun0||1700000000.123456790|1500|5|the client is sent back\n" +
			"eth0|of the client|0.000000000|0|0|größer\n"
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
	t.Run("capinfos", func(t *testing.T) {
		got := output(t, "capinfos", name)
		for _, want := range []string{"Capture hardware:    none", "Capture oper-sys:    any", "Capture application: test", "Name = eth0", "Description = of the client", "Name = tun0", "Time resolution = 0x09"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(testenv.RequireCommand(t, name), args...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, errors.String())
	}
	return string(out)
}
