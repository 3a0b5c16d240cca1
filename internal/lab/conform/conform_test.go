package conform

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the replies in testdata/*.txt by those of valkey-server; commit only differences you understand")

// maxTimeouts is how many steps of a script may time out before the rest is not worth
// waiting for.
const maxTimeouts = 3

func TestScriptsHoldTheRepliesOfTheServer(t *testing.T) {
	requireServer(t)
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			steps := readScript(t, path)
			play(t, newRealTarget(t), steps, false)
			if *update {
				if err := os.WriteFile(path, []byte(formatScript(steps)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestLabRepliesAsTheServer(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			play(t, newLabTarget(t), readScript(t, path), true)
		})
	}
}

// play plays a script and compares what comes of its steps, or with -update keeps what
// comes of it at the real server.
func play(t *testing.T, to target, steps []step, lab bool) {
	t.Helper()
	r := newRunner(t, to)
	timeouts := 0
	for i := range steps {
		s := &steps[i]
		if s.idle() {
			continue
		}
		got, err := r.step(s.text)
		switch want := s.wanted(lab); {
		case err != nil:
			t.Fatalf("line %d: %s: %v", s.line, s.text, err)
		case *update && !lab:
			s.want = got
		case !slices.Equal(got, want):
			t.Errorf("line %d: %s\nwant %s\ngot  %s", s.line, s.text, indented(want), indented(got))
			if !slices.Contains(got, timedOut) {
				continue
			}
			if timeouts++; timeouts == maxTimeouts {
				t.Fatal("too many steps timed out")
			}
		}
	}
}

// indented is a list of lines of which all but the first are indented.
func indented(lines []string) string { return strings.Join(lines, "\n     ") }

func scripts(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("find scripts: %d, error %v", len(paths), err)
	}
	return paths
}

func readScript(t *testing.T, path string) []step {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := parseScript(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return steps
}
