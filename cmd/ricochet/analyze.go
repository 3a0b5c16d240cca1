package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

func (a *app) analyzeCommand() *cobra.Command {
	f := newReportFlags()
	var proof evidenceFlags
	c := &cobra.Command{
		Use:   "analyze [flags] FILE...",
		Short: "analyse captures and report redirect bounces",
		Long: `Analyse captures and report redirect bounces. A FILE is a capture in pcap or
pcapng format, plain or compressed with gzip or zstd; a directory stands for the
captures in it, and - for standard input. Captures of several hosts, taken at the
same time, are analysed together: the more nodes were captured, the surer the
answer. Their clocks need not agree: packets that two of them captured tell how far
they are apart, and times are those of the first file by name. Servers are found on
any port.`,
		Example: `  # capture on a server or a client host, then analyse
  tcpdump -i any -s 0 -w redis.pcap 'port 6379'
  ricochet analyze redis.pcap

  # the captures of several hosts, together
  ricochet analyze host-a.pcap.gz host-b.pcap.gz
  ricochet analyze captures/

  # straight from another host
  ssh db1 sudo tcpdump -i any -s 0 -U -w - port 6379 | ricochet analyze -

  # the nodes that clients bounced between
  ricochet analyze -o json redis.pcap | jq -r '.findings[] | .cycle | join(" -> ")'

  # in CI: fail if anything bounced, or if too little was seen to tell
  ricochet analyze --exit-code --require commands=1000,both-directions redis.pcap`,
		Args: func(c *cobra.Command, names []string) error { return a.checkNames(names) },
		RunE: func(c *cobra.Command, names []string) error {
			return a.runAnalyze(c.Context(), f, &proof, names)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	f.formats(c)
	const when = "2026-11-23T19:00:53Z"
	flags.Var(&value{kind: "TIME", example: when, set: stored(&f.From, parseTime)},
		"from", "leave out packets before `TIME`: RFC 3339 or Unix seconds")
	flags.Var(&value{kind: "TIME", example: when, set: stored(&f.To, parseTime)},
		"to", "leave out packets after `TIME`")
	f.clocks(c)
	f.shown(c)
	proof.define(flags)
	flags.Var(&value{kind: "PORT", example: "7000-7010", set: ports(&f.Ports)},
		"port", "servers listen on `PORT`, or a range as 7000-7010 (repeatable; default: any, by content)")
	f.window(c)
	flags.Var(&value{text: "0", kind: "N", example: "2", set: stored(&f.Workers, parseWorkers)},
		"workers", "decode with `N` workers; 0 is 1")
	f.judgement(c)
	return c
}

func (a *app) checkNames(names []string) error {
	if len(names) == 0 {
		return usage("ricochet analyze capture.pcap, or - for standard input", "no capture given")
	}
	if slices.Contains(names, "") {
		return usage("ricochet analyze capture.pcap", "a file name is empty")
	}
	if slices.Contains(names, "-") {
		if _, ok := a.isTerminal(a.stdin); ok {
			return usage("ssh HOST sudo tcpdump -i any -s 0 -U -w - port 6379 | ricochet analyze -", "standard input is a terminal, not a capture")
		}
	}
	return nil
}

func (a *app) runAnalyze(ctx context.Context, f *reportFlags, proof *evidenceFlags, names []string) error {
	if f.From != 0 && f.To != 0 && f.From > f.To {
		return usage("ricochet analyze --from EARLIER --to LATER", "--from is later than --to")
	}
	if err := proof.check(names); err != nil {
		return err
	}
	o := f.Options
	o.Stdin = a.stdin
	bar := a.newProgress(f.output == "ndjson")
	o.Progress = bar.update

	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	write := a.writer(f)
	if f.output == "ndjson" {
		lines := report.NewNDJSON(a.stdout)
		write = lines.Close
		o.Chain = func(c *report.Chain) {
			// There is no point in going on when the lines cannot be written;
			// but with --exit-code the status is an answer too.
			if err := lines.Chain(c); err != nil && !(f.exitCode && brokenPipe(err)) {
				cancel()
			}
		}
	}

	prover, err := proof.prove(names, &o)
	if err != nil {
		return err
	}
	defer prover.discard()

	r, err := a.analyze(reading, names, o)
	bar.erase()
	if err != nil {
		return unreadable(err)
	}
	if ctx.Err() != nil {
		a.message("interrupted; the report covers what was read until then")
	}
	if err := write(r); err != nil && !brokenPipe(err) {
		return err
	}
	if prover != nil {
		found, err := prover.write(ctx, r)
		if err != nil {
			return err
		}
		if !found {
			a.message("nothing was found, so there is no evidence: %s was not written", quote(proof.name))
		}
	}
	return f.status(r.Verdict)
}

// unreadable is the failure when no report can be made.
func unreadable(err error) error {
	var done *failure
	if errors.As(err, &done) {
		return err
	}
	var file *pipeline.ClockFileError
	if errors.As(err, &file) {
		return usage("name it as the command line does: --clock-offset "+quote(file.Any+"=350"), "%w", err)
	}
	return &failure{status: exitFailed, err: fmt.Errorf("read capture: %w", err), hint: inputHint(err)}
}
