package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "print the manual page, or write it to a directory",
		Long: `Print the manual page in roff format, or write it to DIR/ricochet.1. It is made
from the same definitions as the help.`,
		Example: `  ricochet man | man -l -
  ricochet man /usr/local/share/man/man1`,
		RunE: func(c *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return writeMan(c.OutOrStdout(), c.Root())
			case 1:
				var page bytes.Buffer
				if err := writeMan(&page, c.Root()); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(args[0], "ricochet.1"), page.Bytes(), 0o644); err != nil {
					return fmt.Errorf("write manual page: %w", err)
				}
				return nil
			}
			return usage("ricochet man "+quote(args[0]), "man takes one directory at most")
		},
	}
}

// writeMan writes one manual page for a command and all commands below it, in
// the man macros (groff_man(7)).
func writeMan(w io.Writer, root *cobra.Command) error {
	var b strings.Builder
	name := root.Name()
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"%s\" \"User Commands\"\n", strings.ToUpper(name), name)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", name, roff(root.Short))
	b.WriteString(".SH SYNOPSIS\n")
	for _, c := range documented(root) {
		fmt.Fprintf(&b, ".B %s\n.br\n", roff(synopsis(c)))
	}
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(root.Long))
	b.WriteString(".SH COMMANDS\n")
	for _, c := range documented(root) {
		manCommandSection(&b, c)
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, s := range []struct {
		status int
		text   string
	}{
		{0, "All went well. With --exit-code: nothing bounced."},
		{exitBounced, "With --exit-code: commands bounced, or another finding is a warning or worse."},
		{exitUsage, "Wrong usage."},
		{exitFailed, "An input could not be read, or the output not be written."},
		{exitInconclusive, "With --exit-code: the captures cannot tell."},
	} {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", s.status, roff(s.text))
	}
	b.WriteString(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set and not empty, the text is not coloured unless \\-\\-color=always.\n")
	b.WriteString(".SH SEE ALSO\n.BR tcpdump (8),\n.BR wireshark (1)\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// documented lists the commands that help lists.
func documented(root *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c)
		}
	}
	return list
}

// synopsis is how a command is called, without cobra's trailing "[flags]".
func synopsis(c *cobra.Command) string {
	return c.Parent().CommandPath() + " " + c.Use
}

func manCommandSection(b *strings.Builder, c *cobra.Command) {
	long := c.Long
	if long == "" {
		long = strings.ToUpper(c.Short[:1]) + c.Short[1:] + "."
	}
	fmt.Fprintf(b, ".SS %s\n%s\n", roff(synopsis(c)), roff(long))
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		kind, text := pflag.UnquoteUsage(f)
		if kind != "" {
			name += " " + kind
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(text))
	})
	if c.Example != "" {
		fmt.Fprintf(b, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(c.Example))
	}
}

// roff escapes text: hyphens are to stay hyphens that can be copied, and a line
// that starts with a point or a quote is no request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
