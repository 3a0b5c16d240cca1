package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ricochet/internal/lab/judge"
	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
)

// serveFlags is what the flags of lab serve say.
type serveFlags struct {
	*reportFlags
	serve    judge.ServeOptions
	scenario string
	order    string
	blocked  string
	bug      bool
	duration time.Duration
	file     string
}

func (a *app) labServeCommand() *cobra.Command {
	f := &serveFlags{reportFlags: newReportFlags(), scenario: "failover-loop", order: "pause-first", blocked: "disconnect",
		serve: judge.ServeOptions{Port: play.FirstPort, LinkDelay: 25 * time.Millisecond, Every: 5 * time.Second}}
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "keep a pair up that fails over every few seconds, for a client of yours",
		Long: `Keep a pair of the lab's servers up, a primary and its replica, that fails over every
few seconds, for any client. Each step is told as it is done. On Ctrl-C, or when
--duration is over, the report follows that the analyzer makes of the traffic.`,
		Example: `  ricochet lab serve
  ricochet lab serve --bug --every 10s --write served.pcapng`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runServe(c.Context(), f) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.Var(&value{text: f.scenario, kind: "SCENARIO", example: "failover-loop", set: choice(&f.scenario, "failover-loop", "none")},
		"scenario", "failover-loop, or none: a pair that nothing happens to")
	flags.BoolVar(&f.bug, "bug", false, "with the order of checks of 8.0.0-rc1 (--order redirect-first)")
	flags.Var(&value{text: f.order, kind: "ORDER", example: "redirect-first", set: choice(&f.order, "redirect-first", "pause-first")},
		"order", "what comes first for a client that wants redirects: redirect-first or pause-first")
	flags.Var(&value{text: f.blocked, kind: "HOW", example: "redirect", set: choice(&f.blocked, "disconnect", "redirect")},
		"blocked", "what blocked clients get: disconnect (Valkey 8) or redirect (9.0)")
	flags.Var(&value{text: f.serve.Every.String(), kind: "DURATION", example: "10s", set: stored(&f.serve.Every, parseWindow)},
		"every", "how long it is between two failovers")
	flags.Var(&value{text: f.serve.LinkDelay.String(), kind: "DURATION", example: "1ms", set: stored(&f.serve.LinkDelay, parseWindow)},
		"link-delay", "how long bytes take between the nodes, one way: eight times that is a handover")
	flags.Var(&value{text: "0s", kind: "DURATION", example: "1m", set: stored(&f.duration, parseWindow)},
		"duration", "stop after this time; 0s: on Ctrl-C")
	flags.Var(&value{text: fmt.Sprint(f.serve.Port), kind: "PORT", example: "7101", set: stored(&f.serve.Port, labPort)},
		"port", "the nodes listen on 127.0.0.1, `PORT` and the next one")
	flags.Var(&value{kind: "FILE", example: "served.pcapng", set: stored(&f.file, func(s string) (string, error) { return s, nil })},
		"write", "keep the traffic in `FILE` (pcapng)")
	flags.VarP(&value{text: f.output, kind: "FORMAT", example: "json", set: choice(&f.output, "text", "json")},
		"output", "o", "of the report: text or json")
	flags.Var(&value{text: f.color, kind: "WHEN", example: "never", set: choice(&f.color, "auto", "always", "never")},
		"color", "colour the text: auto, always or never")
	complete(c, "scenario", "failover-loop", "none")
	complete(c, "order", "redirect-first", "pause-first")
	complete(c, "blocked", "disconnect", "redirect")
	complete(c, "output", "text", "json")
	complete(c, "color", "auto", "always", "never")
	return c
}

// never is an interval between failovers of which there are none.
const never = 365 * 24 * time.Hour

func (a *app) runServe(ctx context.Context, f *serveFlags) (err error) {
	o := f.serve
	if f.bug || f.order == "redirect-first" {
		o.Order = server.RedirectFirst
	}
	if f.blocked == "redirect" {
		o.Blocked = server.Redirect
	}
	if f.scenario == "none" {
		o.Every = never
	}
	o.Say = func(s play.Step) { fmt.Fprintln(a.stderr, stepLine(s)) }
	o.Ready = func(primary, replica netip.AddrPort) {
		a.message("the primary is %v, its replica %v; try: valkey-cli -h %v -p %d", primary, replica, primary.Addr(), primary.Port())
	}
	if f.file != "" {
		file, err := os.Create(f.file)
		if err != nil {
			return &failure{status: exitFailed, err: fmt.Errorf("write the traffic: %w", err)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.Frames = file
	}
	if f.duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, f.duration)
		defer stop()
	}
	r, err := judge.Serve(ctx, o)
	if err != nil {
		return &failure{status: exitFailed, err: fmt.Errorf("serve: %w", err), hint: "ricochet lab serve --port 17001"}
	}
	if err := a.writer(f.reportFlags)(r); err != nil && !brokenPipe(err) {
		return err
	}
	return nil
}
