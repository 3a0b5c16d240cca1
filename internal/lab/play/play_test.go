package play_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
	"ricochet/internal/lab/world"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seeds is how many times each story is told. make test tells each a hundred times,
// without the race detector.
var seeds = flag.Uint64("play.seeds", 3, "play each scenario with so many `seeds`")

// variant is a scenario with options.
type variant struct {
	name     string
	scenario string
	options  play.Options
	bounces  bool
}

func variants() []variant {
	var all []variant
	for _, sc := range play.Scenarios() {
		if !sc.Orders {
			all = append(all, variant{sc.Name, sc.Name, play.Options{}, sc.Bounces})
			continue
		}
		bug := play.Options{Order: server.RedirectFirst}
		fix := play.Options{Order: server.PauseFirst}
		nine := fix
		nine.Blocked = server.Redirect
		deafBug, deafFix, stale := bug, fix, fix
		deafBug.Deaf, deafFix.Deaf = 300*time.Millisecond, 300*time.Millisecond
		stale.RefuseStale = true
		plain, drop := fix, fix
		plain.PlainWrites, drop.Fault = true, server.DropLink
		all = append(all,
			variant{sc.Name + ", bug", sc.Name, bug, true},
			variant{sc.Name + ", fixed", sc.Name, fix, false},
			variant{sc.Name + ", fixed, blocked clients are redirected", sc.Name, nine, false},
			variant{sc.Name + ", bug, deaf target", sc.Name, deafBug, true},
			variant{sc.Name + ", fixed, deaf target", sc.Name, deafFix, false},
			variant{sc.Name + ", fixed, stale data refused", sc.Name, stale, false},
			variant{sc.Name + ", fixed, a plain client writes", sc.Name, plain, false},
			variant{sc.Name + ", fixed, two primaries", sc.Name, drop, false},
		)
	}
	return all
}

// The analyzer has to find out from packets exactly what the clients know they lived
// through, whatever chance does.
func TestAnalyzerAgreesWithTheClients(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			sc, ok := play.Find(v.scenario)
			if !ok {
				t.Fatal("there is no such scenario")
			}
			bounced := 0
			for seed := range *seeds {
				o := v.options
				o.Seed = seed
				o.Wire = world.Memory
				outcome, r, err := play.Analyzed(context.Background(), sc, o, pipeline.Options{})
				if err != nil {
					t.Fatal(err)
				}
				tallies := outcome.Compare(r)
				if !play.Agree(tallies) {
					t.Errorf("seed %d:%s", seed, differences(tallies))
				}
				if n := outcome.Log.Count().Bounced; n > 0 {
					bounced++
				}
				if got := bounces(r); v.bounces != got {
					t.Errorf("seed %d: bounces are reported: %t", seed, got)
				}
			}
			if v.bounces && bounced == 0 || !v.bounces && bounced > 0 {
				t.Errorf("clients bounced with %d of %d seeds", bounced, *seeds)
			}
		})
	}
}

// Two hundred clients bounce at once, many of them with several callers.
func TestManyClientsAgree(t *testing.T) {
	sc, _ := play.Find("failover")
	for seed := range *seeds {
		o := play.Options{Seed: seed, Order: server.RedirectFirst, Clients: 200}
		outcome, r, err := play.Analyzed(context.Background(), sc, o, pipeline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if tallies := outcome.Compare(r); !play.Agree(tallies) {
			t.Errorf("seed %d:%s", seed, differences(tallies))
		}
		if n := outcome.Log.Count().Bounced; n < 100 {
			t.Errorf("seed %d: %d commands bounced", seed, n)
		}
	}
}

// bounces tells whether a report has findings about bounces.
func bounces(r *report.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
		return f.Rule == "bounce" || f.Rule == "self-redirect" || f.Rule == "unreachable-target"
	})
}

func differences(tallies []play.Tally) string {
	var b bytes.Buffer
	for _, t := range tallies {
		if !t.Agrees() {
			fmt.Fprintf(&b, " %s: clients %d, analyzer %d;", t.What, t.Clients, t.Analyzer)
		}
	}
	return b.String()
}

// What the report says of the old primary's conduct has to be the difference between the
// two orders.
func TestConformanceTellsTheBugFromTheFix(t *testing.T) {
	sc, _ := play.Find("failover")
	for _, tt := range []struct {
		order  server.Order
		check  string
		result string
	}{
		{server.RedirectFirst, "no-redirect-while-in-progress", "violated"},
		{server.PauseFirst, "no-redirect-while-in-progress", "held"},
		{server.PauseFirst, "parked-clients-redirected", "held"},
		{server.RedirectFirst, "single-primary", "held"},
		{server.PauseFirst, "single-primary", "held"},
	} {
		for seed := range uint64(10) {
			_, r, err := play.Analyzed(context.Background(), sc, play.Options{Order: tt.order, Seed: seed}, pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := result(r, tt.check); got != tt.result {
				t.Errorf("order %d, seed %d: %s is %s, want %s", tt.order, seed, tt.check, got, tt.result)
			}
		}
	}
}

func result(r *report.Report, check string) string {
	for _, f := range r.Failovers {
		for _, c := range f.Conformance {
			if c.Check == check {
				return c.Result
			}
		}
	}
	return "not in the report"
}

func TestSameSeedSameCapture(t *testing.T) {
	for _, sc := range play.Scenarios() {
		var files [3]bytes.Buffer
		for i, wire := range []world.Wire{world.Memory, world.Memory, world.Loopback} {
			o := play.Options{Seed: 7, Wire: wire, Frames: &files[i], Duration: time.Second, Port: 17301}
			if _, err := play.Play(context.Background(), sc, o); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
			t.Errorf("%s: two plays differ", sc.Name)
		}
		if !bytes.Equal(files[0].Bytes(), files[2].Bytes()) {
			t.Errorf("%s: over sockets it differs", sc.Name)
		}
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	sc, _ := play.Find("failover")
	o := play.Options{Pace: 1, Say: func(s play.Step) {
		if s.At > 0 {
			cancel()
		}
	}}
	outcome, r, err := play.Analyzed(ctx, sc, o, pipeline.Options{})
	if err != nil || outcome == nil || r == nil {
		t.Errorf("got %v, %v, %v; want what was played until then", outcome, r, err)
	}
}

// What else goes wrong has findings of its own.
func TestOtherFindings(t *testing.T) {
	sc, _ := play.Find("failover")
	for _, tt := range []struct {
		name    string
		options play.Options
		rule    string
	}{
		{"a plain client goes on writing", play.Options{PlainWrites: true}, "readonly-loop"},
		{"two primaries after a dropped link", play.Options{Fault: server.DropLink}, "dual-primary"},
		{"two primaries after a lost answer", play.Options{Fault: server.LoseAnswer}, "dual-primary"},
		{"the bug", play.Options{Order: server.RedirectFirst}, "failover-violation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, r, err := play.Analyzed(context.Background(), sc, tt.options, pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Rule == tt.rule }) {
				t.Errorf("no finding %s", tt.rule)
			}
		})
	}
}

// Over sockets nothing may be left of a scenario. TestMain looks for goroutines.
func TestNoSocketIsLeft(t *testing.T) {
	open := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("there is no /proc to look for open sockets in")
		}
		return len(fds)
	}
	before := open()
	for _, sc := range play.Scenarios() {
		o := play.Options{Wire: world.Loopback, Duration: time.Second, Port: 17321}
		if _, err := play.Play(context.Background(), sc, o); err != nil {
			t.Fatal(err)
		}
	}
	if after := open(); after > before {
		t.Errorf("%d files were open before, and %d after", before, after)
	}
}
