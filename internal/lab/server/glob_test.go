package server

import (
	"strings"
	"testing"
)

// What valkey-server 8.0.1 says of the same patterns and keys (KEYS).
func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"abc", "abc", true},
		{"abc", "abcd", false},
		{"a*", "a", true},
		{"a*c", "abcbc", true},
		{"a*c*", "abdb", false},
		{"*b*c", "abbbc", true},
		{"**", "x", true},
		{"**", "", false},
		{"", "", true},
		{"", "x", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"[abc]x", "bx", true},
		{"[^abc]x", "bx", false},
		{"[^abc]x", "dx", true},
		{"[a-c]", "b", true},
		{"[c-a]", "b", true},
		{"[a-]", "-", false}, // a range up to the bracket, and no end
		{"[a-]", "`", true},
		{"[\\]]", "]", true},
		{"[]x", "x", false},
		{"[abc", "c", true},
		{"[", "x", false},
		{"a\\*c", "a*c", true},
		{"a\\*c", "abc", false},
		{"a\\", "a\\", true},
		{"*\\", "a\\", true},
		{"*[b-d]*?", "xxcy", true},
		{"*[b-d]*?", "xxc", false},
	} {
		if got := matches(tt.pattern, tt.s); got != tt.want {
			t.Errorf("pattern %q, %q: got %v", tt.pattern, tt.s, got)
		}
	}
}

func TestManyStarsTakeNoTime(t *testing.T) {
	if matches(strings.Repeat("*a", 5000)+"b", strings.Repeat("a", 20000)) {
		t.Error("matches what ends otherwise")
	}
}

// A string matches itself, with every special byte behind a backslash, and with stars
// in place of any of its parts.
func FuzzMatches(f *testing.F) {
	f.Add("abc", "x*[y", "d")
	f.Add("\\", "]", "^-")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		whole := a + b + c
		if !matches(quoted(whole), whole) {
			t.Errorf("%q does not match itself", whole)
		}
		if whole == "" {
			return
		}
		for _, pattern := range []string{"*" + quoted(b+c), quoted(a) + "*" + quoted(c), quoted(a+b) + "*"} {
			if !matches(pattern, whole) {
				t.Errorf("%q does not match %q", whole, pattern)
			}
		}
		if matches(quoted(whole)+"?", whole) {
			t.Errorf("%q matches one byte more", whole)
		}
		matches(a, b)
	})
}

func quoted(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("*?[\\", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
