package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
	"ricochet/internal/report"
)

// writeTallies sets the clients' own log beside what the analyzer found out.
func writeTallies(w io.Writer, tallies []play.Tally) {
	verdict := "they agree"
	if !play.Agree(tallies) {
		verdict = "THEY DO NOT AGREE"
	}
	fmt.Fprintf(w, "\nthe clients' own log, and the analyzer: %s\n", verdict)
	for _, t := range tallies {
		mark := ""
		if !t.Agrees() {
			mark = "  <- differs"
		}
		fmt.Fprintf(w, "    %-28s %8d %8d%s\n", t.What, t.Clients, t.Analyzer, mark)
	}
}

// orderName says what an order of checks is.
func orderName(o server.Order) (name, meaning string) {
	if o == server.RedirectFirst {
		return "redirect first", "(8.0.0-rc1, valkey #821)"
	}
	return "pause first", "(since rc2, valkey #871)"
}

// writeSideBySide sets the bug beside the fix.
func writeSideBySide(w io.Writer, sc play.Scenario, runs []*labRun) {
	fmt.Fprintf(w, "%s: %s\nthe same clients and the same failover, with both orders of checks\n\n", sc.Name, sc.Summary)
	row := func(what string, cell func(*labRun) string) {
		line := fmt.Sprintf("    %-32s", what)
		for _, r := range runs {
			line += fmt.Sprintf(" %-26s", cell(r))
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	row("", func(r *labRun) string { name, _ := orderName(r.order); return name })
	row("", func(r *labRun) string { _, meaning := orderName(r.order); return meaning })
	counts := []string{play.RedirectedCommands, play.BouncedCommands, play.BouncedReplies, play.MostHops}
	for i, t := range runs[0].tallies {
		if !slices.Contains(counts, t.What) {
			continue
		}
		row(t.What, func(r *labRun) string { return fmt.Sprint(r.tallies[i].Analyzer) })
	}
	for _, check := range checksOf(runs) {
		row(check, func(r *labRun) string { return resultOf(r.report, check) })
	}
	row("the clients' own log", func(r *labRun) string {
		if play.Agree(r.tallies) {
			return "says the same"
		}
		return "DIFFERS"
	})
	fmt.Fprintln(w)
	for _, r := range runs {
		name, _ := orderName(r.order)
		fmt.Fprintf(w, "%s: %s\n", name, report.Headline(r.report))
	}
	fmt.Fprintf(w, "\nricochet lab %[1]s --bug tells the whole story, with causes and remedies;\n"+
		"--write bug.pcapng keeps it as a capture for ricochet analyze and Wireshark.\n", sc.Name)
}

// checksOf are the promises of a failover that any of the reports is about, in order.
func checksOf(runs []*labRun) []string {
	var checks []string
	for _, r := range runs {
		for _, f := range r.report.Failovers {
			for _, c := range f.Conformance {
				if !slices.Contains(checks, c.Check) {
					checks = append(checks, c.Check)
				}
			}
		}
	}
	return checks
}

// resultOf is what became of a promise in the failovers of a report.
func resultOf(r *report.Report, check string) string {
	result := "no failover seen"
	for _, f := range r.Failovers {
		for _, c := range f.Conformance {
			if c.Check == check {
				result = strings.ReplaceAll(c.Result, "-", " ")
				if c.Count > 0 {
					result += fmt.Sprintf(" (%d)", c.Count)
				}
			}
		}
	}
	return result
}

// labJSON is what -o json writes.
type labJSON struct {
	Schema   string       `json:"schema"`
	Scenario string       `json:"scenario"`
	Seed     uint64       `json:"seed"`
	Runs     []labRunJSON `json:"runs"`
}

type labRunJSON struct {
	Order   string          `json:"order"`
	Nodes   []string        `json:"nodes"`
	Steps   []labStepJSON   `json:"steps"`
	Agrees  bool            `json:"agrees"`
	Tallies []labTallyJSON  `json:"tallies"`
	Report  json.RawMessage `json:"report"` // as analyze writes it
}

type labStepJSON struct {
	AtMS float64 `json:"at_ms"`
	Who  string  `json:"who"`
	Text string  `json:"text"`
}

type labTallyJSON struct {
	What     string `json:"what"`
	Clients  int    `json:"clients"`
	Analyzer int    `json:"analyzer"`
}

func writeLabJSON(w io.Writer, sc play.Scenario, f *labFlags, runs []*labRun) error {
	out := labJSON{Schema: "ricochet-lab/1", Scenario: sc.Name, Seed: f.play.Seed}
	for _, r := range runs {
		var whole strings.Builder
		if err := r.report.WriteJSON(&whole); err != nil {
			return err
		}
		run := labRunJSON{Order: "pause-first", Agrees: play.Agree(r.tallies), Report: json.RawMessage(whole.String())}
		if r.order == server.RedirectFirst {
			run.Order = "redirect-first"
		}
		for _, n := range r.outcome.Nodes {
			run.Nodes = append(run.Nodes, n.String())
		}
		for _, s := range r.steps {
			run.Steps = append(run.Steps, labStepJSON{AtMS: float64(s.At.Microseconds()) / 1000, Who: s.Who, Text: report.Clean(s.Text)})
		}
		for _, t := range r.tallies {
			run.Tallies = append(run.Tallies, labTallyJSON(t))
		}
		out.Runs = append(out.Runs, run)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
