package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/align"
	"ricochet/internal/evidence"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// prove analyses captures and writes their evidence.
func prove(t *testing.T, dir string, o evidence.Options) (*report.Report, []byte, evidence.Stats) {
	t.Helper()
	story := evidence.NewStory()
	var clocks []align.Clock
	po := pipeline.Options{Chain: story.Chain, Aligned: func(c []align.Clock) { clocks = c }}
	r, err := pipeline.Analyze(context.Background(), []string{dir}, po)
	if err != nil {
		t.Fatal(err)
	}
	plan := story.Plan(r, o)
	if plan.Empty() != (len(r.Findings) == 0) {
		t.Errorf("the plan is empty: %t, with %d findings", plan.Empty(), len(r.Findings))
	}
	var b bytes.Buffer
	w, err := keep.NewWriter(&b, keep.Options{
		Apart:     true,
		Interface: func(i int) string { return filepath.Base(r.Captures[i].File) },
		Description: func(i int) string {
			if len(clocks) < 2 {
				return ""
			}
			return pcapfile.Vantage{Number: i + 1, Of: len(clocks), ClockError: clocks[i].Error}.String()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	po.Clocks = clocks
	stats, err := evidence.Write(context.Background(), func() (capture.Source, error) { return pipeline.Again([]string{dir}, po) }, plan, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return r, b.Bytes(), stats
}

// summary is what has to be the same in a report of the evidence.
func summary(r *report.Report) string {
	var b strings.Builder
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintln(&b, f.ID, f.Rule, f.Severity, f.First, f.Last, f.Nodes, f.Cycle, len(f.Clients), f.Commands, f.RedirectReplies,
			f.MaxHops, f.Outcomes, f.Partial, f.Failover, f.Cause.ID, f.Cause.Confidence)
	}
	for i := range r.Failovers {
		e := &r.Failovers[i]
		fmt.Fprintln(&b, e.ID, e.Kind, e.From, e.To, e.Outcome, e.Confidence)
		for _, c := range e.Conformance {
			if c.Result == "violated" {
				fmt.Fprintln(&b, c.Check, c.Count)
			}
		}
	}
	return b.String()
}

// An analysis of the evidence has to find what the evidence is for.
func TestEvidenceProvesTheFindings(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "corpus", "*-*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("find captures: %v, %d found", err, len(dirs))
	}
	proven := 0
	for _, dir := range dirs {
		for name, margin := range map[string]time.Duration{"all around": evidence.Margin, "a little around": 300 * time.Millisecond} {
			t.Run(filepath.Base(dir)+", "+name, func(t *testing.T) {
				r, file, stats := prove(t, dir, evidence.Options{Before: margin, After: margin})
				if len(r.Findings) == 0 {
					if stats.Packets > 0 {
						t.Errorf("%d packets prove nothing", stats.Packets)
					}
					return
				}
				proven++
				if stats.Comments == 0 || stats.Uncommented > 0 || stats.Unremembered > 0 {
					t.Errorf("got %+v", stats)
				}
				again, err := pipeline.Analyze(context.Background(), []string{"-"}, pipeline.Options{Stdin: bytes.NewReader(file)})
				if err != nil {
					t.Fatal(err)
				}
				if margin < evidence.Margin { // connections were tied to their clients before
					for _, x := range []*report.Report{again, r} {
						for i := range x.Findings {
							x.Findings[i].Clients = nil
						}
					}
				}
				if got, want := summary(again), summary(r); got != want {
					t.Errorf("the evidence says\n%s\nwant\n%s", got, want)
				}
				if n := again.Totals.Packets; n != stats.Packets {
					t.Errorf("%d packets in the file, %d were written", n, stats.Packets)
				}
				if len(r.Captures) > 1 && again.Captures[0].Vantage == "" {
					t.Error("the vantage points are not told apart")
				}
			})
		}
	}
	if proven == 0 {
		t.Error("no capture has findings")
	}
}
