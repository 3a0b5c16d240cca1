package archtest

import (
	"bytes"
	"fmt"
	"iter"
	"path"
)

// checkText finds in any text the paths of somebody's machine and the hosts that
// packages come from.
func checkText(name string, text []byte) []breach {
	if path.Base(name) == "go.sum" {
		return nil
	}
	var found []breach
	for _, home := range homes() {
		for i := range indexes(text, home) {
			if !endsWord(text[:i]) && beginsWord(text[i+len(home):]) {
				found = append(found, breach{name, lineOf(text, i), "a path below " + home + " is one of this machine alone"})
			}
		}
	}
	for _, host := range registries() {
		for i := range indexes(text, host) {
			if !beginsWord(text[i+len(host):]) {
				found = append(found, breach{name, lineOf(text, i), host + " is for the settings of a system to name"})
			}
		}
	}
	return found
}

// indexes yields where s occurs in text.
func indexes(text []byte, s string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; {
			i := bytes.Index(text[from:], []byte(s))
			if i < 0 || !yield(from+i) {
				return
			}
			from += i + len(s)
		}
	}
}

// endsWord reports whether a path goes on before what follows text: the root of
// "../root/x" or "decode/work/x" is a folder like any other.
func endsWord(text []byte) bool {
	return len(text) > 0 && (wordByte(text[len(text)-1]) || text[len(text)-1] == '.')
}

func beginsWord(text []byte) bool { return len(text) > 0 && wordByte(text[0]) }

func wordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

func lineOf(text []byte, i int) int { return 1 + bytes.Count(text[:i], []byte("\n")) }

// checkLength finds source files that are longer than one can hold in mind.
func checkLength(name string, text []byte) []breach {
	lines := bytes.Count(text, []byte("\n"))
	if lines <= maxLines || longFiles()[name] != "" {
		return nil
	}
	return []breach{{name, lines, fmt.Sprintf("%d lines, more than %d, for no reason that the rules list", lines, maxLines)}}
}
