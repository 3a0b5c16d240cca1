package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

const (
	// manyConnections is how many connections the capture has, each of its own
	// command.
	manyConnections = 1_000_000
	// maxManyMemory bounds what Go takes from the system meanwhile, in bytes.
	maxManyMemory = 512 << 20
	// childVariable tells the test that it is the child, and the workers to use.
	childVariable = "RICOCHET_TEST_MILLION"
)

// million is what the child reports.
type million struct {
	Connections, Commands, Replies, Paired int64
	Verdict                                string
	// Sys is what Go obtained from the system, in bytes. It never shrinks, and
	// does not count what the race detector takes for itself.
	Sys uint64
	// Resident is the most memory that the process had resident, as the kernel
	// says, or empty.
	Resident string
}

// TestMillionConnections analyses a million connections in a process of its own,
// so that no other test counts, and holds it to its counts and its memory.
func TestMillionConnections(t *testing.T) {
	if workers := os.Getenv(childVariable); workers != "" {
		millionChild(t, workers)
		return
	}
	if testing.Short() || raced() {
		t.Skip("takes several seconds, and minutes with the race detector")
	}
	for _, workers := range []string{"1", "2"} {
		t.Run(workers, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestMillionConnections$")
			cmd.Env = append(os.Environ(), childVariable+"="+workers)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			line, _, _ := bytes.Cut(out, []byte("\n"))
			var m million
			if err := json.Unmarshal(line, &m); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%d MB taken from the system, resident at most %s", m.Sys>>20, m.Resident)
			for what, n := range map[string]int64{
				"connections": m.Connections, "commands": m.Commands, "replies": m.Replies, "commands paired": m.Paired,
			} {
				equal(t, what, n, manyConnections, false)
			}
			if m.Verdict != "clean" {
				t.Errorf("verdict: %s", m.Verdict)
			}
			if m.Sys > maxManyMemory {
				t.Errorf("%d bytes taken from the system", m.Sys)
			}
		})
	}
}

// raced reports whether the race detector is built in.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// millionChild generates the capture into a pipe, analyses it and prints a line.
func millionChild(t *testing.T, workers string) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(wiretest.Generate(w, wiretest.Connections, manyConnections)) }()
	o := pipeline.Options{Stdin: r}
	if _, err := fmt.Sscan(workers, &o.Workers); err != nil {
		t.Fatal(err)
	}
	rep, err := pipeline.Analyze(context.Background(), []string{"-"}, o)
	if err != nil {
		t.Fatal(err)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	m := million{
		Connections: rep.Totals.Connections, Commands: rep.Totals.Commands, Replies: rep.Totals.Replies,
		Paired: rep.Coverage.CommandsPaired, Verdict: rep.Verdict, Sys: mem.Sys,
	}
	status, _ := os.ReadFile("/proc/self/status") // only Linux has it
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			m.Resident = strings.TrimSpace(rest)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
		t.Fatal(err)
	}
}
