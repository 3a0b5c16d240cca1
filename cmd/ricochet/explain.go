package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ricochet/docs"
)

func (a *app) explainCommand() *cobra.Command {
	pages := docs.Pages()
	return &cobra.Command{
		Use:   "explain [CAUSE|RULE|CHECK]",
		Short: "explain a cause, a rule or a check, and what to do",
		Long: `Print the page about a cause, a rule or a check: what it means, what on the wire
shows it, what it is confused with, and the commands that remedy it. Findings name
their page. Without a name, list all pages.`,
		Example: `  ricochet explain
  ricochet explain circular-replication`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			for _, p := range pages {
				if len(args) == 0 {
					names = append(names, cobra.CompletionWithDesc(p.Name, p.Summary))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return a.explainList(c.OutOrStdout(), pages)
			case 1:
				return a.explain(c.OutOrStdout(), pages, args[0])
			}
			return usage("ricochet explain "+quote(args[0]), "explain takes one name")
		},
	}
}

// explain prints the page of a name.
func (a *app) explain(w io.Writer, pages []docs.Page, name string) error {
	var names []string
	for _, p := range pages {
		if p.Name == name {
			text := fmt.Sprintf("%s: a %s\n\n%s\n\n%s\n\n#### Words\n\n%s\n", p.Name, p.Kind, p.Summary, p.Text, docs.Words())
			_, err := io.WriteString(w, plainText(text, a.columns()))
			return err
		}
		names = append(names, p.Name)
	}
	hint := "ricochet explain"
	if near := nearest(strings.ToLower(name), names); near != "" {
		hint += " " + near
	}
	return usage(hint, "there is no page about %q", name)
}

// explainList lists the pages, one line each if it fits.
func (a *app) explainList(w io.Writer, pages []docs.Page) error {
	width := 0
	for _, p := range pages {
		width = max(width, len(p.Name))
	}
	columns := 0
	if n, ok := a.isTerminal(a.stdout.w); ok {
		columns = n
	}
	var b strings.Builder
	kind := docs.Kind("")
	for _, p := range pages {
		if p.Kind != kind {
			if kind != "" {
				b.WriteByte('\n')
			}
			kind = p.Kind
			fmt.Fprintf(&b, "%ss\n", kind)
		}
		b.WriteString(hang(fmt.Sprintf("  %-*s  ", width, p.Name), strings.Repeat(" ", width+4), p.Summary, columns))
	}
	b.WriteString("\nricochet explain NAME prints the page.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Prose is easy to read up to widestProse columns; without a terminal it is as
// wide as usualProse.
const (
	widestProse = 100
	usualProse  = 80
)

// columns is how wide prose on standard output may be.
func (a *app) columns() int {
	if n, ok := a.isTerminal(a.stdout.w); ok && n > 0 {
		return min(n, widestProse)
	}
	return usualProse
}
