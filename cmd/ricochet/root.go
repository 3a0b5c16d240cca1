package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// app is the program with its ties to the outside, which tests replace.
type app struct {
	ui
	now     func() time.Time
	analyze func(context.Context, []string, pipeline.Options) (*report.Report, error)
}

// run runs one command line and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.command()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	// Help is written without a look at errors, and what others say about a
	// failed write differs: standard output itself knows best.
	if failed := a.stdout.failed(); failed != nil && !brokenPipe(failed) {
		err = failed
	}
	return a.exit(err)
}

// command builds the command tree.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "ricochet",
		Short: "find redirect bounces in Valkey and Redis traffic",
		Long: `ricochet reads Valkey and Redis traffic, live or from packet captures, and says
whether clients bounced: whether redirects (REDIRECT, MOVED, ASK) sent a command
back to a node that had sent it away before. It says who bounced, between which
nodes, for how long, and in which packets.`,
		Example: `  # live, on a host of servers or clients
  sudo ricochet watch

  # from a capture
  tcpdump -i any -s 0 -w redis.pcap 'port 6379'
  ricochet analyze redis.pcap`,
		Version:           version(),
		Args:              a.noSuchCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(*cobra.Command, []string) error {
			return usage("ricochet --help", "no command given")
		},
	}
	root.SetVersionTemplate("{{.Version}}")
	root.SetFlagErrorFunc(badFlag)
	root.SetUsageFunc(plainUsage(root.UsageFunc()))
	root.SetHelpCommand(helpCommand())
	root.AddCommand(a.analyzeCommand(), a.watchCommand(), a.labCommand(), a.explainCommand(), completionCommand(), manCommand(), versionCommand())
	return root
}

// noSuchCommand is called with what follows ricochet if that is no command.
func (a *app) noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "ricochet --help"
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if near := nearest(args[0], names); near != "" {
		hint = strings.Join(append([]string{"ricochet", near}, quoteAll(args[1:])...), " ")
	} else if _, err := os.Stat(args[0]); err == nil {
		hint = "ricochet analyze " + strings.Join(quoteAll(args), " ")
	}
	return usage(hint, "unknown command %q", args[0])
}

// plainUsage leaves out that --help and the like could be given as --help=true.
// Blanks take its place, so that the columns stay.
func plainUsage(base func(*cobra.Command) error) func(*cobra.Command) error {
	return func(c *cobra.Command) error {
		out := c.OutOrStderr()
		var b strings.Builder
		c.SetOut(&b)
		err := base(c)
		c.SetOut(out)
		if err != nil {
			return err
		}
		const noise = "[=true|false]"
		_, err = io.WriteString(out, strings.ReplaceAll(b.String(), noise, strings.Repeat(" ", len(noise))))
		return err
	}
}

// helpCommand is cobra's help command with our way to report what it does not
// know.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "explain a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("ricochet --help", "no help for %q: there is no such command", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// badFlag turns a complaint of pflag into a line that names the flag, and a hint
// with a command line that would be accepted.
func badFlag(c *cobra.Command, err error) error {
	var (
		unknown  *pflag.NotExistError
		invalid  *pflag.InvalidValueError
		required *pflag.ValueRequiredError
	)
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(name, names); near != "" {
			return usage(c.CommandPath()+" "+example(c.Flags().Lookup(near)), "unknown flag --%s", name)
		}
		return usage(c.CommandPath()+" --help", "unknown flag --%s", name)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return usage(c.CommandPath()+" "+example(f), "--%s %q: %w", f.Name, invalid.GetValue(), invalid.Unwrap())
	case errors.As(err, &required):
		f := required.GetFlag()
		return usage(c.CommandPath()+" "+example(f), "--%s needs a value", f.Name)
	}
	return usage(c.CommandPath()+" --help", "%w", err)
}

// example is a flag with a value that it takes.
func example(f *pflag.Flag) string {
	s := "--" + f.Name
	if v, ok := f.Value.(*value); ok {
		s += " " + v.example
	}
	return s
}

// noArgs refuses arguments for a command that takes none.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(c.CommandPath(), "%s takes no argument, got %q", c.Name(), args[0])
	}
	return nil
}

// usage is the failure of a wrong command line. The hint is one that works.
func usage(hint, format string, args ...any) error {
	return &failure{status: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}
