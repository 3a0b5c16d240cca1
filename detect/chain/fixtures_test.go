package chain

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect; commit only diffs you understand")

// TestFixtures holds the tracker to testdata/*.txt: a script, a line "----", what
// is found. The names say what a script is for: fires-*, silent-* (nothing is
// wrong, and no finding may say so), blind-* (it cannot be known).
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %v, %d found", err, len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, _ := strings.Cut(string(data), "----\n")
			s := newScript(t)
			s.run(in)
			got := s.result()
			switch fires := strings.Contains(got, "finding "); {
			case strings.HasPrefix(name, "silent-") && fires:
				t.Errorf("a finding where nothing is wrong:\n%s", got)
			case strings.HasPrefix(name, "fires-") && !fires:
				t.Errorf("no finding where there is something to find:\n%s", got)
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}
