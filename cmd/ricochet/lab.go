package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
	"ricochet/internal/lab/world"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

func (a *app) labCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "lab",
		Short: "play bounces with servers and clients of ricochet's own",
		Long: `Play bounces, and what looks like them, with small servers and clients that are
built in: no root and no server is needed. The lab prints what was done and the
report that the analyzer makes of the traffic, with the clients' own log beside it.
The servers do what valkey-server 8.0.1 does around a failover; docs/lab.md says
where they differ.

serve keeps such servers up for a client of yours, and judge says how a client comes
through failovers.`,
		Example: `  # the failover that made clients bounce on Valkey 8.0.0-rc1, and the fix
  ricochet lab failover

  # the whole story of the bug, kept as a capture
  ricochet lab failover --bug --write bug.pcapng

  # does my client come through a failover?
  ricochet lab judge -- ./my-client-test`,
		Args: func(_ *cobra.Command, args []string) error { return noSuchScenario(args) },
		RunE: func(*cobra.Command, []string) error {
			return usage("ricochet lab failover", "no scenario given")
		},
	}
	for _, sc := range play.Scenarios() {
		c.AddCommand(a.scenarioCommand(sc))
	}
	c.AddCommand(a.labServeCommand(), a.labJudgeCommand())
	return c
}

// noSuchScenario is called with what follows lab if that is none of its commands.
func noSuchScenario(args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{"serve", "judge"}
	for _, sc := range play.Scenarios() {
		names = append(names, sc.Name)
	}
	hint := "ricochet lab --help"
	if near := nearest(args[0], names); near != "" {
		hint = "ricochet lab " + near
	}
	return usage(hint, "the lab has no %q", args[0])
}

// labFlags is what the flags of a scenario say.
type labFlags struct {
	*reportFlags
	play       play.Options
	bug, fixed bool
	order      string
	blocked    string
	fault      string
	stale      string
	file       string
	scale      string
	inMemory   bool
}

func (a *app) scenarioCommand(sc play.Scenario) *cobra.Command {
	f := &labFlags{reportFlags: newReportFlags(), order: "", blocked: "disconnect", fault: "none", stale: "yes", scale: "max"}
	c := &cobra.Command{
		Use:     sc.Name + " [flags]",
		Short:   sc.Summary,
		Long:    sc.Long,
		Example: scenarioExample(sc),
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.runScenario(c.Context(), sc, f)
		},
	}
	f.play.Seed = 1
	f.define(c, sc)
	return c
}

func scenarioExample(sc play.Scenario) string {
	if !sc.Orders {
		return "  ricochet lab " + sc.Name
	}
	return fmt.Sprintf(`  # the bug and the fix side by side
  ricochet lab %[1]s

  # one of them, in full
  ricochet lab %[1]s --bug
  ricochet lab %[1]s --fixed --write fixed.pcapng

  # slow enough to watch, in another terminal, with: sudo ricochet watch
  ricochet lab %[1]s --bug --time-scale 1`, sc.Name)
}

// define declares the flags, in the order in which help shows them.
func (f *labFlags) define(c *cobra.Command, sc play.Scenario) {
	flags := c.Flags()
	flags.SortFlags = false
	if sc.Orders {
		flags.BoolVar(&f.bug, "bug", false, "play it with the order of checks of 8.0.0-rc1 (--order redirect-first)")
		flags.BoolVar(&f.fixed, "fixed", false, "play it with the fix (--order pause-first)")
		flags.Var(&value{text: "both", kind: "ORDER", example: "redirect-first", set: choice(&f.order, "redirect-first", "pause-first")},
			"order", "what comes first for a client that wants redirects: redirect-first or pause-first")
		flags.Var(&value{text: f.blocked, kind: "HOW", example: "redirect", set: choice(&f.blocked, "disconnect", "redirect")},
			"blocked", "what blocked clients get: disconnect (Valkey 8) or redirect (9.0)")
		flags.Var(&value{text: f.fault, kind: "FAULT", example: "lose", set: choice(&f.fault, "none", "lose", "reject", "drop")},
			"fault", "what the target does when asked to take over: answer (none), lose the answer, reject, or drop the link")
		flags.Var(&value{text: "0s", kind: "DURATION", example: "1s", set: stored(&f.play.Deaf, parseWindow)},
			"deaf", "the target hears nothing for so long, and the failover is forced")
		complete(c, "order", "redirect-first", "pause-first")
		complete(c, "blocked", "disconnect", "redirect")
		complete(c, "fault", "none", "lose", "reject", "drop")
	}
	if !sc.Cluster {
		flags.Var(&value{text: f.stale, kind: "YESNO", example: "no", set: choice(&f.stale, "yes", "no")},
			"replica-serve-stale-data", "yes or no: what a replica without its primary does")
	}
	flags.Var(&value{text: sc.Duration.String(), kind: "DURATION", example: "10s", set: stored(&f.play.Duration, parseWindow)},
		"duration", "how long the clients work, by the lab's clock")
	flags.Var(&value{text: "8", kind: "N", example: "20", set: stored(&f.play.Clients, number(1, maxLabClients))},
		"clients", "let `N` clients work")
	flags.Var(&value{text: "25ms", kind: "DURATION", example: "1ms", set: stored(&f.play.LinkDelay, parseWindow)},
		"link-delay", "how long bytes take between two nodes, one way")
	flags.Var(&value{text: "1", kind: "N", example: "7", set: stored(&f.play.Seed, parseSeed)},
		"seed", "chance: with the same `N` the same happens, to the byte")
	flags.Var(&value{text: f.scale, kind: "SCALE", example: "1", set: stored(&f.scale, parseScale)},
		"time-scale", "play at so many times the speed of the clock: 1, 0.1, 10, or max")
	flags.Var(&value{text: strconv.Itoa(play.FirstPort), kind: "PORT", example: "7101", set: stored(&f.play.Port, labPort)},
		"port", "the nodes listen on 127.0.0.1 from `PORT` up")
	flags.BoolVar(&f.inMemory, "in-memory", false, "use no sockets: nothing else can watch")
	flags.Var(&value{kind: "FILE", example: "lab.pcapng", set: stored(&f.file, func(s string) (string, error) { return s, nil })},
		"write", "keep the traffic in `FILE` (pcapng)")
	flags.VarP(&value{text: f.output, kind: "FORMAT", example: "json", set: choice(&f.output, "text", "json")},
		"output", "o", "text or json")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if commands bounced")
	flags.Var(&value{text: f.color, kind: "WHEN", example: "never", set: choice(&f.color, "auto", "always", "never")},
		"color", "colour the text: auto, always or never")
	complete(c, "output", "text", "json")
	complete(c, "color", "auto", "always", "never")
}

// maxLabClients bounds the clients of a scenario.
const maxLabClients = 1000

func parseSeed(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, errors.New("must be a whole number, not below 0")
	}
	return n, nil
}

// parseScale checks a time scale; max is as fast as it goes.
func parseScale(s string) (string, error) {
	if s == "max" {
		return s, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0.01 && f <= 1000) {
		return "", errors.New("must be max, or a number from 0.01 to 1000")
	}
	return s, nil
}

func labPort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || n > 65000 {
		return 0, errors.New("must be a port from 1 to 65000")
	}
	return uint16(n), nil
}

// orders are the orders of checks that are to be played.
func (f *labFlags) orders(sc play.Scenario) ([]server.Order, error) {
	bug := f.bug || f.order == "redirect-first"
	fixed := f.fixed || f.order == "pause-first"
	switch {
	case !sc.Orders:
		return []server.Order{server.PauseFirst}, nil
	case bug && fixed && (f.order != "" || f.file != ""):
		return nil, usage("ricochet lab "+sc.Name+" --bug", "--bug, --fixed and --order contradict each other")
	case bug && !fixed:
		return []server.Order{server.RedirectFirst}, nil
	case fixed && !bug:
		return []server.Order{server.PauseFirst}, nil
	case f.file != "":
		return nil, usage("ricochet lab "+sc.Name+" --bug --write "+quote(f.file), "--write keeps one of the two: --bug or --fixed")
	}
	return []server.Order{server.RedirectFirst, server.PauseFirst}, nil
}

// options are those that the scenario is played with.
func (f *labFlags) options() play.Options {
	o := f.play
	o.Wire = world.Loopback
	if f.inMemory {
		o.Wire = world.Memory
	}
	if f.blocked == "redirect" {
		o.Blocked = server.Redirect
	}
	o.Fault = map[string]server.Fault{"lose": server.LoseAnswer, "reject": server.RejectSync, "drop": server.DropLink}[f.fault]
	o.RefuseStale = f.stale == "no"
	if speed, err := strconv.ParseFloat(f.scale, 64); err == nil {
		o.Pace = 1 / speed
	}
	return o
}

// labRun is a scenario that was played.
type labRun struct {
	order   server.Order
	steps   []play.Step
	outcome *play.Outcome
	report  *report.Report
	tallies []play.Tally
}

// runScenario plays a scenario, once or with both orders of checks.
func (a *app) runScenario(ctx context.Context, sc play.Scenario, f *labFlags) (err error) {
	orders, err := f.orders(sc)
	if err != nil {
		return err
	}
	o := f.options()
	if f.file != "" {
		file, err := os.Create(f.file)
		if err != nil {
			return &failure{status: exitFailed, err: fmt.Errorf("write the traffic: %w", err)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.Frames = file
	}
	telling := len(orders) == 1 && f.output == "text"
	var runs []*labRun
	for _, order := range orders {
		o.Order = order
		r := &labRun{order: order}
		o.Say = func(s play.Step) {
			r.steps = append(r.steps, s)
			if telling {
				fmt.Fprintln(a.stdout, stepLine(s))
			}
		}
		if telling {
			fmt.Fprintln(a.stdout, "what is done, in seconds since the clients began")
		}
		r.outcome, r.report, err = play.Analyzed(ctx, sc, o, pipeline.Options{Window: f.Window})
		if err != nil {
			return labFailure(sc, err)
		}
		r.tallies = r.outcome.Compare(r.report)
		runs = append(runs, r)
	}
	if ctx.Err() != nil {
		a.message("interrupted; the report covers what was played until then")
	}
	if err := a.writeLab(sc, f, runs); err != nil && !brokenPipe(err) {
		return err
	}
	for _, r := range runs {
		if !play.Agree(r.tallies) && ctx.Err() == nil {
			return &failure{status: exitFailed,
				err:  errors.New("the analyzer and the clients' own log do not agree: that is a fault of ricochet's"),
				hint: fmt.Sprintf("report it with the seed, %d", f.play.Seed)}
		}
	}
	return f.status(runs[0].report.Verdict)
}

// labFailure is the failure when a scenario could not be played.
func labFailure(sc play.Scenario, err error) error {
	return &failure{status: exitFailed, err: fmt.Errorf("play %s: %w", sc.Name, err),
		hint: fmt.Sprintf("ricochet lab %s --port 17001, or --in-memory", sc.Name)}
}

// writeLab writes what came of it.
func (a *app) writeLab(sc play.Scenario, f *labFlags, runs []*labRun) error {
	var b strings.Builder
	switch {
	case f.output == "json":
		if err := writeLabJSON(&b, sc, f, runs); err != nil {
			return err
		}
	case len(runs) > 1:
		writeSideBySide(&b, sc, runs)
	default:
		b.WriteString("\n")
		if err := report.WriteText(&b, runs[0].report, a.textOptions(f.reportFlags)); err != nil {
			return err
		}
		writeTallies(&b, runs[0].tallies)
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// stepLine is a step as one line.
func stepLine(s play.Step) string {
	return fmt.Sprintf("    %+9.3f  %-16s %s", s.At.Seconds(), s.Who, report.Clean(s.Text))
}
