package main

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/spf13/pflag"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/align"
	"ricochet/internal/evidence"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// evidenceFlags say where the packets go that prove the findings.
type evidenceFlags struct {
	name   string
	values bool
}

func (f *evidenceFlags) define(flags *pflag.FlagSet) {
	flags.Var(&value{kind: "FILE", example: "evidence.pcapng", set: stored(&f.name, fileName)},
		"evidence", "write the packets that prove the findings to `FILE` (pcapng), with comments, values replaced by filler")
	flags.BoolVar(&f.values, "keep-values", false, "with --evidence: keep values as they are; credentials are always replaced")
}

// fileName reads the name of a file that is to be written.
func fileName(s string) (string, error) { return s, nil }

func (f *evidenceFlags) check(names []string) error {
	switch {
	case f.name == "" && f.values:
		return usage("ricochet analyze --evidence evidence.pcapng --keep-values redis.pcap", "--keep-values is for --evidence")
	case f.name != "" && slices.Contains(names, "-"):
		return usage("ricochet analyze --evidence "+quote(f.name)+" redis.pcap",
			"--evidence reads the packets twice, which standard input cannot be: keep them in a file first")
	}
	return nil
}

// prover writes the evidence of one analysis.
type prover struct {
	flags  *evidenceFlags
	names  []string
	o      *pipeline.Options
	story  *evidence.Story
	clocks []align.Clock
	file   *outFile
}

// prove prepares the writing of evidence; it returns nil if there is to be none. The
// options are those of the analysis, which it has tell what it needs to know.
func (f *evidenceFlags) prove(names []string, o *pipeline.Options) (*prover, error) {
	if f.name == "" {
		return nil, nil
	}
	file, err := createOut(f.name, 0o600)
	if err != nil {
		return nil, &failure{status: exitFailed, err: fmt.Errorf("write evidence: %w", err)}
	}
	p := &prover{flags: f, names: names, o: o, story: evidence.NewStory(), file: file}
	each := o.Chain
	o.Chain = func(c *report.Chain) {
		p.story.Chain(c)
		if each != nil {
			each(c)
		}
	}
	o.Aligned = func(clocks []align.Clock) { p.clocks = clocks }
	return p, nil
}

// discard leaves no file if none was written. It may be called of nil.
func (p *prover) discard() {
	if p != nil {
		p.file.discard()
	}
}

// describe says of an interface of the evidence which vantage point it is, if there
// are several.
func (p *prover) describe(origin int) string {
	if len(p.clocks) < 2 || origin >= len(p.clocks) {
		return ""
	}
	v := pcapfile.Vantage{Number: origin + 1, Of: len(p.clocks), ClockError: p.clocks[origin].Error}
	if p.clocks[origin].State == align.Unaligned {
		v.ClockError = -1
	}
	return v.String()
}

// write writes the evidence of a report. It reports whether there was any.
func (p *prover) write(ctx context.Context, r *report.Report) (bool, error) {
	plan := p.story.Plan(r, evidence.Options{})
	if plan.Empty() {
		return false, nil
	}
	again := *p.o
	again.Clocks = p.clocks
	w, err := keep.NewWriter(p.file, keep.Options{
		KeepValues: p.flags.values, Ports: pipeline.PortRanges(p.o.Ports), Apart: len(r.Captures) > 1,
		Interface: func(origin int) string {
			if origin < len(r.Captures) {
				return path.Base(r.Captures[origin].File)
			}
			return fmt.Sprintf("capture %d", origin)
		},
		Description: p.describe,
	})
	if err != nil {
		return false, err
	}
	_, err = evidence.Write(ctx, func() (capture.Source, error) { return pipeline.Again(p.names, again) }, plan, w)
	if closed := w.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return false, &failure{status: exitFailed, err: fmt.Errorf("write evidence: %w", err)}
	}
	return true, p.file.commit()
}
