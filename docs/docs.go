// Package docs holds the pages that the program itself can show.
package docs

import (
	_ "embed"
	"strings"
)

//go:embed causes.md
var causes string

// Kind is what a page is about.
type Kind string

// Kinds of pages, in the order of the document.
const (
	Cause Kind = "cause"
	Rule  Kind = "rule"
	Check Kind = "check"
)

// Page is the page about one cause, rule or check.
type Page struct {
	Kind Kind
	Name string // as findings and failovers name it
	// Summary is one sentence, with its full stop.
	Summary string
	// Text is what follows the summary, in Markdown: headings of the fourth level,
	// paragraphs, lists of one level, and code that is indented by four spaces.
	Text string
}

// Pages returns all pages, in the order of the document.
func Pages() []Page {
	var pages []Page
	for title, body := range sections(causes, "## ") {
		kind, ok := map[string]Kind{"Causes": Cause, "Rules": Rule, "Checks": Check}[title]
		if !ok {
			continue
		}
		for name, text := range sections(body, "### ") {
			summary, rest, _ := strings.Cut(text, "\n\n")
			pages = append(pages, Page{kind, name, summary, rest})
		}
	}
	return pages
}

// Words returns what the words mean that all pages share, in Markdown.
func Words() string {
	for title, body := range sections(causes, "## ") {
		if title == "Words" {
			return body
		}
	}
	panic("internal error: no words in causes.md")
}

// sections yields title and body, trimmed, of each section whose heading starts
// with mark.
func sections(text, mark string) func(yield func(title, body string) bool) {
	return func(yield func(title, body string) bool) {
		for _, s := range strings.Split("\n"+text, "\n"+mark)[1:] {
			title, body, _ := strings.Cut(s, "\n")
			if !yield(strings.TrimSpace(title), strings.TrimSpace(body)) {
				return
			}
		}
	}
}
