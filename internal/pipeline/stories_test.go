package pipeline_test

import (
	"os"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// TestStories analyses scripts that once led to a wrong report.
func TestStories(t *testing.T) {
	for _, c := range []struct {
		file  string
		check func(*testing.T, *report.Report)
	}{
		// Hops of a chain that was taken apart are older than they look, and a
		// command that comes after their window is a fresh one.
		{"silent-past-the-window.txt", func(t *testing.T, r *report.Report) {
			if r.Verdict == "bounced" {
				t.Errorf("bounced: %s", rules(r))
			}
		}},
		// That a client does not get to a name is no proof that the name is the
		// node's own, and REPLICAOF NO ONE on it would make a second primary.
		{"name-that-leads-nowhere.txt", func(t *testing.T, r *report.Report) {
			for _, f := range r.Findings {
				if f.Cause.ID != "unknown" || f.Remedy != "" {
					t.Errorf("cause %+v, remedy %q", f.Cause, f.Remedy)
				}
			}
			if r.Verdict != "bounced" || len(r.Findings) != 1 {
				t.Errorf("verdict %s: %s", r.Verdict, rules(r))
			}
		}},
		{"readonly-one-client-five-keys.txt", func(t *testing.T, r *report.Report) {
			if len(r.Findings) != 1 || r.Findings[0].Rule != "readonly-loop" || r.Findings[0].Commands != 5 {
				t.Fatalf("findings: %s", rules(r))
			}
			if c := r.Findings[0].Clients; len(c) != 1 || c[0].Commands != 5 || c[0].Connections != 1 {
				t.Errorf("clients: %+v", c)
			}
		}},
		{"same-command-twice-in-one-multi.txt", func(t *testing.T, r *report.Report) {
			if r.Verdict != "clean" || r.Totals.RedirectedCommands != 2 || r.Totals.MaxHops != 1 {
				t.Errorf("verdict %s, %d commands, %d hops: %s", r.Verdict, r.Totals.RedirectedCommands, r.Totals.MaxHops, rules(r))
			}
		}},
		{"two-clients-bounce-with-one-key.txt", func(t *testing.T, r *report.Report) {
			if r.Totals.RedirectedCommands != 2 || r.Totals.BouncedCommands != 2 || r.Totals.MaxHops != 4 {
				t.Errorf("%d commands redirected, %d bounced, %d hops", r.Totals.RedirectedCommands, r.Totals.BouncedCommands, r.Totals.MaxHops)
			}
			if len(r.Findings) != 1 || len(r.Findings[0].Clients) != 2 || r.Findings[0].RedirectReplies != 8 {
				t.Errorf("findings: %+v", r.Findings)
			}
		}},
		{"mostly-not-resp.txt", func(t *testing.T, r *report.Report) {
			if r.Verdict != "inconclusive" || !strings.HasPrefix(r.Reasons[0], "90 % of connections were not understood") {
				t.Errorf("verdict %s: %q", r.Verdict, r.Reasons)
			}
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, analyze(t, pipeline.Options{}, wiretest.NewSource("story", script(t, string(text)))))
		})
	}
}
