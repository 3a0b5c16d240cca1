package report

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"GET key:1", "GET key:1"},
		{`escaped \x1b[0m already`, `escaped \x1b[0m already`},
		{"\x1b[31m", `\x1b[31m`},
		{"a\r\n\tb", `a\r\n\tb`},
		{"\x00\x7f\x80\xff", `\x00\x7f\x80\xff`},
		{"é", `\xc3\xa9`},
		{"<script>&\"'`", "<script>&\"'`"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanOfCleanTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Clean("10.77.0.1:6379 app-c/0 (valkey-go)") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;x\x07", `\x1b`, "a\nb", "\xff\xfe", "\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("Clean(%q) = %q is not printable", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean is not idempotent: %q, %q", got, again)
		}
		if len(got) < len(s) || len(got) > 4*len(s) {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
		// Cleaning goes byte by byte, so it does not matter where input is cut.
		if h := len(s) / 2; Clean(s[:h])+Clean(s[h:]) != got {
			t.Errorf("Clean(%q) depends on where it is cut", s)
		}
	})
}
