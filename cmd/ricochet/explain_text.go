package main

import "strings"

// plainText turns Markdown into text for a terminal: headings flush left, prose
// below them indented and wrapped to so many columns, code indented further and
// never broken. It knows the forms that the pages of package docs are held to.
func plainText(markdown string, columns int) string {
	var out strings.Builder
	indent := "" // there is none before the first heading
	for _, block := range blocks(markdown) {
		if out.Len() > 0 && !block.tight {
			out.WriteByte('\n')
		}
		switch {
		case block.heading:
			out.WriteString(block.text + "\n")
			indent = "  "
		case block.code:
			out.WriteString(indent + "  " + block.text + "\n")
		case block.item:
			out.WriteString(hang(indent+"- ", indent+"  ", unmarked(block.text), columns))
		default:
			out.WriteString(hang(indent, indent, unmarked(block.text), columns))
		}
	}
	return out.String()
}

// block is a heading, a paragraph, an item of a list, or a line of code. It is
// tight if it follows the block before without an empty line.
type block struct {
	text                       string
	heading, item, code, tight bool
}

// blocks takes Markdown apart. The lines of a paragraph or an item are joined.
func blocks(markdown string) []block {
	var all []block
	open := false // the last block may go on with the next line
	apart := true // an empty line since the last block
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			open, apart = false, true
			continue
		}
		b := block{text: line, tight: !apart || len(all) > 0 && all[len(all)-1].heading}
		if text, ok := strings.CutPrefix(line, "#### "); ok {
			b.text, b.heading, open = text, true, false
		} else if text, ok := strings.CutPrefix(line, "    "); ok {
			b.text, b.code, open = text, true, false
		} else if text, ok := strings.CutPrefix(line, "- "); ok {
			b.text, b.item, open = text, true, true
		} else if open {
			all[len(all)-1].text += " " + strings.TrimSpace(line)
			continue
		} else {
			open = true
		}
		all = append(all, b)
		apart = false
	}
	return all
}

// unmarked leaves out the marks of code within prose.
func unmarked(prose string) string { return strings.ReplaceAll(prose, "`", "") }

// hang wraps prose to so many columns, 0 for no bound. The first line starts with
// first, the others with rest.
func hang(first, rest, prose string, columns int) string {
	var out strings.Builder
	line := first
	for i, word := range strings.Fields(prose) {
		switch {
		case i == 0:
			line += word
		case columns > 0 && len(line)+1+len(word) > columns:
			out.WriteString(line + "\n")
			line = rest + word
		default:
			line += " " + word
		}
	}
	return out.String() + line + "\n"
}
