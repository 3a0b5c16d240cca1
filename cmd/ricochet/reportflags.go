package main

import (
	"time"

	"github.com/spf13/cobra"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// defaultWindow is how long a command is awaited after a redirect, in packet
// time, unless --window says otherwise.
const defaultWindow = 5 * time.Second

// reportFlags is what the flags say that analyze and watch have in common: about
// the report and what it is made of.
type reportFlags struct {
	pipeline.Options
	output   string
	color    string
	exitCode bool
}

func newReportFlags() *reportFlags {
	f := &reportFlags{output: "text", color: "auto"}
	f.Window = defaultWindow
	return f
}

// The methods below declare flags in the order in which help shows them.

func (f *reportFlags) formats(c *cobra.Command) {
	c.Flags().VarP(&value{text: f.output, kind: "FORMAT", example: "json", set: choice(&f.output, "text", "json", "ndjson")},
		"output", "o", "text, json (one object) or ndjson (one object a line)")
	complete(c, "output", "text", "json", "ndjson")
}

func (f *reportFlags) shown(c *cobra.Command) {
	c.Flags().Var(&value{kind: "CLIENT", example: "10.0.0.4", set: appended(&f.Clients)},
		"client", "show only findings of this `CLIENT`: address, address:port or name (repeatable)")
	c.Flags().Var(&value{kind: "NODE", example: "10.0.0.1:6379", set: nodes(&f.Nodes)},
		"node", "show only findings at this `NODE`: address or address:port (repeatable)")
}

func (f *reportFlags) window(c *cobra.Command) {
	c.Flags().Var(&value{text: f.Window.String(), kind: "DURATION", example: defaultWindow.String(), set: stored(&f.Window, parseWindow)},
		"window", "how long to wait for a redirected command to come back, in packet time")
}

func (f *reportFlags) judgement(c *cobra.Command) {
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if commands bounced, 4 if the captures cannot tell")
	c.Flags().Var(&value{kind: "LIST", example: "commands=1000,both-directions", set: require(&f.Require)},
		"require", "cannot tell unless these were seen: commands=N, both-directions, failover")
	c.Flags().Var(&value{text: f.color, kind: "WHEN", example: "never", set: choice(&f.color, "auto", "always", "never")},
		"color", "colour the text: auto, always or never")
	complete(c, "require", requireWords()...)
	complete(c, "color", "auto", "always", "never")
}

// complete offers words for the value of a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// writer returns the function that writes a whole report.
func (a *app) writer(f *reportFlags) func(*report.Report) error {
	if f.output == "json" {
		return func(r *report.Report) error { return r.WriteJSON(a.stdout) }
	}
	return func(r *report.Report) error { return report.WriteText(a.stdout, r, a.textOptions(f)) }
}

// textOptions is how text is to be written to standard output.
func (a *app) textOptions(f *reportFlags) report.TextOptions {
	columns, isTerminal := a.isTerminal(a.stdout.w)
	o := report.TextOptions{Width: columns}
	switch f.color {
	case "always":
		o.Color = true
	case "auto":
		o.Color = isTerminal && a.getenv("NO_COLOR") == ""
	}
	return o
}

// status is the exit status for a verdict, as an error for run.
func (f *reportFlags) status(verdict string) error {
	switch {
	case !f.exitCode || verdict == "clean":
		return nil
	case verdict == "bounced":
		return &failure{status: exitBounced}
	}
	return &failure{status: exitInconclusive}
}
