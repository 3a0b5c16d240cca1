package archtest

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
)

// textRules finds in any text the paths of somebody's machine and the hosts that
// packages come from.
type textRules struct{ home, host *regexp.Regexp }

func newTextRules() textRules {
	return textRules{home: regexp.MustCompile(homePattern), host: regexp.MustCompile(hostPattern)}
}

func (r textRules) check(name string, text []byte) []breach {
	if path.Base(name) == "go.sum" {
		return nil
	}
	var found []breach
	line := 0
	for l := range bytes.Lines(text) {
		line++
		if m := r.home.FindSubmatch(l); m != nil {
			found = append(found, breach{name, line, fmt.Sprintf("%s is a path of one machine", m[1])})
		}
		if m := r.host.FindSubmatch(l); m != nil {
			found = append(found, breach{name, line, fmt.Sprintf("%s is a registry: the system's settings name it", m[1])})
		}
	}
	return found
}

// checkLength finds source files that are longer than one can hold in mind.
func checkLength(name string, text []byte) []breach {
	lines := bytes.Count(text, []byte("\n"))
	if lines <= maxLines || longFiles()[name] != "" {
		return nil
	}
	return []breach{{name, lines, fmt.Sprintf("%d lines, more than %d, for no reason that the rules list", lines, maxLines)}}
}
