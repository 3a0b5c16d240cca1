package main

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"analyze", "output", "to", "client"}
	for word, want := range map[string]string{
		"analyse":                "analyze",
		"ouptut":                 "output",
		"clinet":                 "client",
		"clients":                "client",
		"tp":                     "to",
		"xx":                     "",
		"":                       "",
		"frobnicate":             "",
		strings.Repeat("x", 999): "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3},
	} {
		if got, back := distance(c.a, c.b), distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("distance(%q, %q) = %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
