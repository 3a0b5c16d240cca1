package topology

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect; commit only diffs you understand")

// TestFixtures holds the map to testdata/*.txt: evidence and questions in the
// notation of play, a line "----", the nodes with their roles, and the answers.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, _ := strings.Cut(string(data), "----\n")
			m := New()
			answers := play(t, m, in)
			got := describe(m) + answers
			if *update {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			twice := New() // the same evidence twice says nothing more
			for line := range strings.Lines(in) {
				play(t, twice, line)
				if !strings.HasPrefix(line, "?") {
					play(t, twice, line)
				}
			}
			if again := describe(twice); again != describe(m) {
				t.Errorf("each piece twice:\n%sonce:\n%s", again, got)
			}
		})
	}
}
