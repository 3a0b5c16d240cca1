package decode_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the transcripts of testdata/*.txt; commit only differences you understand")

// TestFixtures runs testdata/*.txt. A file is a list of cases: "== NAME", a
// script of package wiretest, "----", and what a Handler is given while the
// script plays, in the form of type transcript, with the counters at the end.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runFixtures(t, string(want))
			if *update && got != string(want) {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runFixtures runs the cases of a file and returns it with the transcripts as
// they are.
func runFixtures(t *testing.T, text string) string {
	head, rest, _ := strings.Cut("\n"+text, "\n== ")
	var out strings.Builder
	if head = strings.TrimPrefix(head, "\n"); head != "" {
		out.WriteString(head + "\n")
	}
	for i, c := range strings.Split(rest, "\n== ") {
		name, body, _ := strings.Cut(c, "\n")
		script, want, _ := strings.Cut(body, "----\n")
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString("== " + name + "\n" + strings.TrimRight(script, "\n") + "\n----\n")
		t.Run(name, func(t *testing.T) {
			h := newTranscript()
			h.stats(play(t, script, h))
			got := h.out.String()
			out.WriteString(got)
			if want := strings.Trim(want, "\n") + "\n"; got != want && !*update {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	return out.String()
}
