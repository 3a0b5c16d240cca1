package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ricochet/internal/lab/judge"
	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
)

// judgeFlags is what the flags of lab judge say.
type judgeFlags struct {
	judge.Options
	bug, fixed bool
	output     string
	file       string
}

func (a *app) labJudgeCommand() *cobra.Command {
	f := &judgeFlags{output: "text", Options: judge.Options{
		Bounce: 500 * time.Millisecond, Warmup: 20, WarmupTime: 10 * time.Second,
		After: 1500 * time.Millisecond, Grace: 2 * time.Second, MaxHops: 16,
	}}
	c := &cobra.Command{
		Use:   "judge [flags] -- COMMAND [ARG...]",
		Short: "say how a client comes through failovers",
		Long: `Run COMMAND against a pair of the lab's servers, fail over while it works, and say
how its client came through: once with the fix, and once with the bug of 8.0.0-rc1,
under which clients that follow redirects are sent to and fro until the failover is
over. COMMAND finds the primary in VALKEY_ADDR (host:port; also VALKEY_HOST and
VALKEY_PORT, REDIS_ADDR, REDIS_URL) and the replica in VALKEY_REPLICA_ADDR. It should
send commands all the time, reads as well as writes; it is asked to end (SIGTERM) when
the judge has seen enough. What it writes goes to standard error.

The exit status is 0 if the client came through: it followed redirects, lost no command,
and made at most --max-hops hops with one. It is 1 if it did not, 3 if it could not be
judged for a failure, and 4 if what it did carries no verdict.`,
		Example: `  ricochet lab judge -- ./my-client-test

  # with the fix only, and for a program
  ricochet lab judge --fixed -o json -- go run ./examples/loop`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("ricochet lab judge -- ./my-client-test", "no command given")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.runJudge(c.Context(), f, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.fixed, "fixed", false, "fail over with the fix only")
	flags.BoolVar(&f.bug, "bug", false, "fail over with the bug only")
	flags.Var(&value{text: f.Bounce.String(), kind: "DURATION", example: "1s", set: stored(&f.Bounce, parseWindow)},
		"bounce-for", "how long a handover lasts: how long the bug sends clients to and fro")
	flags.Var(&value{text: "16", kind: "N", example: "5", set: stored(&f.MaxHops, number(1, 1<<20))},
		"max-hops", "more than `N` hops with one command are too many")
	flags.Var(&value{text: "20", kind: "N", example: "100", set: stored(&f.Warmup, number(1, 1<<20))},
		"warmup", "fail over when the client has sent `N` commands, for which it has 10 s")
	flags.Var(&value{text: f.After.String(), kind: "DURATION", example: "5s", set: stored(&f.After, parseWindow)},
		"after", "how long the client works on after each failover")
	flags.Var(&value{text: "any", kind: "PORT", example: "7001", set: stored(&f.Port, labPort)},
		"port", "the nodes listen on 127.0.0.1, `PORT` and the next one")
	flags.Var(&value{kind: "FILE", example: "judged.pcapng", set: stored(&f.file, func(s string) (string, error) { return s, nil })},
		"write", "keep the traffic in `FILE` (pcapng)")
	flags.VarP(&value{text: f.output, kind: "FORMAT", example: "json", set: choice(&f.output, "text", "json")},
		"output", "o", "text or json")
	complete(c, "output", "text", "json")
	return c
}

func (a *app) runJudge(ctx context.Context, f *judgeFlags, command []string) (err error) {
	o := f.Options
	o.Command, o.Output = command, a.stderr
	o.Say = func(s play.Step) { fmt.Fprintln(a.stderr, stepLine(s)) }
	if !f.bug || f.fixed {
		o.Orders = append(o.Orders, server.PauseFirst)
	}
	if !f.fixed || f.bug {
		o.Orders = append(o.Orders, server.RedirectFirst)
	}
	if f.file != "" {
		file, err := os.Create(f.file)
		if err != nil {
			return &failure{status: exitFailed, err: fmt.Errorf("write the traffic: %w", err)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.Frames = file
	}
	v, _, err := judge.Run(ctx, o)
	if err != nil {
		return &failure{status: exitFailed, err: fmt.Errorf("judge: %w", err)}
	}
	var b strings.Builder
	if f.output == "json" {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		err = e.Encode(v)
	} else {
		err = v.WriteText(&b)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(a.stdout, b.String()); err != nil && !brokenPipe(err) {
		return err
	}
	switch v.Verdict {
	case judge.Clean:
		return nil
	case judge.CannotTell:
		return &failure{status: exitInconclusive}
	}
	return &failure{status: exitBounced}
}
