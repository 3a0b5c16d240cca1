package conform

import (
	"fmt"
	"strconv"
	"strings"
)

// labMark begins, after the tab, what the lab answers where it is meant to differ.
const labMark = "lab "

// step is a line of a script and what is expected of it.
type step struct {
	line int      // its number, from 1
	text string   // empty or a comment: nothing to do
	want []string // what comes of it at the real server
	lab  []string // at the lab, if that is meant to differ
}

// idle tells whether a step is an empty line or a comment.
func (s step) idle() bool { return s.text == "" || strings.HasPrefix(s.text, "#") }

// wanted is what is expected of a step at the lab or at the real server.
func (s step) wanted(lab bool) []string {
	if lab && s.lab != nil {
		return s.lab
	}
	return s.want
}

// parseScript splits a script into its steps.
func parseScript(text string) ([]step, error) {
	var steps []step
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		reply, isReply := strings.CutPrefix(line, "\t")
		if !isReply {
			steps = append(steps, step{line: i + 1, text: line})
			continue
		}
		if len(steps) == 0 || steps[len(steps)-1].idle() {
			return nil, fmt.Errorf("line %d: a reply to nothing", i+1)
		}
		s := &steps[len(steps)-1]
		if differs, ok := strings.CutPrefix(reply, labMark); ok {
			s.lab = append(s.lab, differs)
		} else {
			s.want = append(s.want, reply)
		}
	}
	return steps, nil
}

// formatScript is the script that parseScript reads as these steps.
func formatScript(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.text + "\n")
		for _, w := range s.want {
			b.WriteString("\t" + w + "\n")
		}
		for _, w := range s.lab {
			b.WriteString("\t" + labMark + w + "\n")
		}
	}
	return b.String()
}

// splitWords splits a command at its spaces. A word in double quotes is written as a
// Go string.
func splitWords(text string) ([]string, error) {
	var words []string
	for {
		text = strings.TrimLeft(text, " ")
		if text == "" {
			return words, nil
		}
		if text[0] != '"' {
			word, rest, _ := strings.Cut(text, " ")
			words, text = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", text, err)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", quoted, err)
		}
		words, text = append(words, word), text[len(quoted):]
	}
}
