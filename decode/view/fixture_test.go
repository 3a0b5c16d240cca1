package view

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what is read in testdata/replies.txt; commit only differences you understand")

// TestReplies reads testdata/replies.txt: cases of "== NAME", a command, the reply
// as Go strings, "----", and the nodes that are read, a line each.
func TestReplies(t *testing.T) {
	const file = "testdata/replies.txt"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(want), "\n== ")
	var out strings.Builder
	out.WriteString(cases[0])
	for _, c := range cases[1:] {
		head, want, _ := strings.Cut(c, "----\n")
		lines := strings.Split(strings.TrimSpace(head), "\n")
		t.Run(lines[0], func(t *testing.T) {
			var wire strings.Builder
			for _, l := range lines[2:] {
				s, err := strconv.Unquote(l)
				if err != nil {
					t.Fatalf("%s: %v", l, err)
				}
				wire.WriteString(s)
			}
			r := collect(t, wire.String())
			got := showAll(ask(lines[1], r))
			if r.Short() {
				t.Error("it is not read to the end")
			}
			out.WriteString("\n== " + head + "----\n" + got)
			if strings.Trim(got, "\n") != strings.Trim(want, "\n") && !*update {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if *update && out.String() != string(want) {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
