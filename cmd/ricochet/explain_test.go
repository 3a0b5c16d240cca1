package main

import (
	"os"
	"strings"
	"testing"

	"ricochet/docs"
)

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ name, markdown, want string }{
		{"nothing", "", ""},
		{"prose is joined and wrapped", "one two\nthree four five six\n", "one two three four\nfive six\n"},
		{"prose under a heading is indented", "#### Why\n\nbecause\n", "Why\n  because\n"},
		{"items hang", "#### Why\n\n- one two three four\n  five\n- six\n", "Why\n  - one two three\n    four five\n  - six\n"},
		{"code is not broken", "#### Do\n\nthis:\n\n    a b c d e f g h i j k l m\n    b\n\nthen\n", "Do\n  this:\n\n    a b c d e f g h i j k l m\n    b\n\n  then\n"},
		{"marks are left out", "say `PING` twice\n", "say PING twice\n"},
		{"a word longer than the line", "a incomprehensibilities b\n", "a\nincomprehensibilities\nb\n"},
		{"empty lines do not add up", "a\n\n\n\nb\n", "a\n\nb\n"},
	} {
		if got := plainText(c.markdown, 19); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestPagesLoseNothing holds every page, at any width, to the words of the
// document.
func TestPagesLoseNothing(t *testing.T) {
	words := func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer("`", "", "#### ", "").Replace(s)), " ")
	}
	for _, p := range docs.Pages() {
		for _, columns := range []int{1, 40, 80, 200} {
			got := plainText(p.Text, columns)
			if words(got) != words(p.Text) {
				t.Errorf("%s at %d columns: the words differ", p.Name, columns)
			}
			for line := range strings.Lines(got) {
				if columns >= 40 && len(line)-1 > columns && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s: %d columns: %s", p.Name, len(line)-1, line)
				}
			}
		}
	}
}

func TestExplainIsAsWideAsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		columns     int
		isTerminal  bool
		most, least int // columns of the longest line that is no command
	}{
		{40, true, 40, 30},
		{300, true, widestProse, 90},
		{0, true, usualProse, 70},
		{300, false, usualProse, 70},
	} {
		f := newFake(nil)
		f.app.ui.terminal = func(*os.File) (int, bool) { return c.columns, c.isTerminal }
		f.stdout = &output{w: os.Stdout} // asked, not written to
		longest := 0
		for line := range strings.Lines(plainText(docs.Words(), f.columns())) {
			longest = max(longest, len(line)-1)
		}
		if longest > c.most || longest < c.least {
			t.Errorf("%+v: %d columns", c, longest)
		}
	}
}
