package metrics

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"ricochet/detect"
	"ricochet/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden file; commit only differences that you understand")

func TestScrape(t *testing.T) {
	m := newMetrics()
	m.Update(incident())
	got := scrape(t, NewHandler(m))
	const file = "testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s", file, got)
	}
}

func TestNamesFollowTheConventions(t *testing.T) {
	m := newMetrics()
	m.Update(incident())
	problems, err := promlint.New(strings.NewReader(scrape(t, NewHandler(m)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// The page about the metrics has a row for each, and for no other.
func TestEachMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, served []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, row[1])
	}
	m := newMetrics()
	m.Update(incident())
	for _, row := range regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(scrape(t, NewHandler(m)), -1) {
		served = append(served, row[1])
	}
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented %q\nserved     %q", documented, served)
	}
	if want := int(families) - 1; len(served) != want {
		t.Errorf("%d metrics served, want %d", len(served), want)
	}
}

// A counter that appears with 1 is no increase for Prometheus.
func TestRulesAndCausesAreThereBeforeTheFirstStats(t *testing.T) {
	all := values(t, scrape(t, NewHandler(newMetrics())))
	for _, series := range []string{
		`ricochet_bounces_total{rule="bounce"}`, `ricochet_bounces_open{rule="readonly-loop"}`,
		`ricochet_blind_total{cause="packets dropped while capturing"}`, `ricochet_blind_bytes_total{cause="bytes missing from the capture"}`,
		`ricochet_capture_dropped_packets_total`, `ricochet_bounces_total{rule="dual-primary"}`, `ricochet_failovers_open`,
		`ricochet_failovers_total{kind="cluster",outcome="aborted"}`, `ricochet_failover_violations_total{check="single-primary"}`,
	} {
		if v, ok := all[series]; !ok || v != 0 {
			t.Errorf("%s is %v, there: %v", series, v, ok)
		}
	}
}

func TestCountersNeverGoDown(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	m.Update(incident())
	before := values(t, scrape(t, h))
	m.Update(&report.Stats{Hops: report.Histogram{Bounds: incident().Hops.Bounds, Counts: make([]int64, 6)}}) // all was taken back
	after := values(t, scrape(t, h))
	notFallen(t, before, after)
	if v := after[`ricochet_bounces_open{rule="bounce"}`]; v != 0 {
		t.Errorf("%v bounces open, want 0: this is no counter", v)
	}
	less := incident()
	less.BouncesTotal["bounce"]++
	m.Update(less)
	if v := values(t, scrape(t, h))[`ricochet_bounces_total{rule="bounce"}`]; v != 3 {
		t.Errorf("%v bounces in all, want 3", v)
	}
}

// notFallen checks that what may not go down between two scrapes did not.
func notFallen(t *testing.T, before, after map[string]float64) {
	t.Helper()
	for series, was := range before {
		name, _, _ := strings.Cut(series, "{")
		counts := strings.HasSuffix(name, "_total") || strings.HasPrefix(name, "ricochet_redirect_hops")
		if is, ok := after[series]; !ok && name != "ricochet_redirect_hops_bucket" || counts && is < was {
			t.Errorf("%s went from %v to %v (there: %v)", series, was, is, ok)
		}
	}
}

func TestRoleOfANode(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	for _, role := range []string{"primary", "replica", "surprise"} {
		m.Update(&report.Stats{Roles: []report.NodeRole{{Node: nodeA, Role: role}}})
		if role == "surprise" {
			role = "unknown"
		}
		all := values(t, scrape(t, h))
		sum, n := sumOf(all, "ricochet_node_role")
		if is := all[fmt.Sprintf(`ricochet_node_role{node="%s",role="%s"}`, nodeA, role)]; is != 1 || sum != 1 || n != 3 {
			t.Errorf("%s: %v, with a sum of %v over %d roles", role, is, sum, n)
		}
	}
	m.Update(&report.Stats{})
	if sum, n := sumOf(values(t, scrape(t, h)), "ricochet_node_role"); sum != 0 || n != 3 {
		t.Errorf("a node of no role: sum %v over %d roles", sum, n)
	}
}

// crowd is stats with n names for each label, and i more for each name.
func crowd(n int, i int64) *report.Stats {
	s := &report.Stats{BouncesOpen: map[string]int64{}, BouncesTotal: map[string]int64{}, Violations: map[string]int64{}}
	s.Totals.Errors = map[string]int64{}
	for k := range n {
		name := fmt.Sprintf("n%04d", k)
		s.Redirects = append(s.Redirects, report.NodeRedirects{Node: name, RedirectReplies: report.RedirectReplies{Moved: i}})
		s.Roles = append(s.Roles, report.NodeRole{Node: name, Role: "primary"})
		s.Totals.Errors[name], s.BouncesOpen[name], s.BouncesTotal[name], s.Violations[name] = i, i, i, i
		s.FailoversTotal = append(s.FailoversTotal, report.FailoverCount{Kind: name, Outcome: name, Count: i})
		s.Blind = append(s.Blind, report.Blind{Cause: name, Count: i, Bytes: i})
	}
	return s
}

func TestLabelsAreBoundedAndNothingIsLost(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	quiet := values(t, scrape(t, h))
	m.Update(crowd(500, 2))
	all := values(t, scrape(t, h))
	for _, c := range []struct {
		name string
		most int
		sum  float64
	}{
		{"ricochet_redirects_total", 3 * (maxNodes + 1), 1000},
		{"ricochet_node_role", 3 * (maxNodes + 1), 500},
		{"ricochet_errors_total", maxErrors + 1, 1000},
		{"ricochet_bounces_open", len(detect.Rules()) + maxRules + 1, 1000},
		{"ricochet_bounces_total", len(detect.Rules()) + maxRules + 1, 1000},
		{"ricochet_failovers_total", count(quiet, "ricochet_failovers_total") + maxFailoverWords + 1, 1000},
		{"ricochet_failover_violations_total", count(quiet, "ricochet_failover_violations_total") + maxFailoverWords + 1, 1000},
		{"ricochet_blind_total", count(quiet, "ricochet_blind_total") + maxCauses + 1, 1000},
		{"ricochet_blind_bytes_total", count(quiet, "ricochet_blind_total") + maxCauses + 1, 1000},
	} {
		if sum, n := sumOf(all, c.name); n != c.most || sum != c.sum {
			t.Errorf("%s: %d series that add up to %v, want %d and %v", c.name, n, sum, c.most, c.sum)
		}
	}
	if v := all[`ricochet_node_role{node="other",role="primary"}`]; v != 500-maxNodes {
		t.Errorf("%v other primaries, want %d", v, 500-maxNodes)
	}
}

func count(all map[string]float64, name string) int {
	_, n := sumOf(all, name)
	return n
}

// Whoever has a name keeps it: a node that went to other and back would make
// two counters jump.
func TestNamesStay(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	m.Update(crowd(maxNodes, 1))
	before := values(t, scrape(t, h))
	late := crowd(maxNodes, 1)
	late.Redirects = slices.Concat([]report.NodeRedirects{{Node: "late", RedirectReplies: report.RedirectReplies{Moved: 99}}}, late.Redirects)
	m.Update(late)
	after := values(t, scrape(t, h))
	notFallen(t, before, after)
	if v := after[`ricochet_redirects_total{kind="MOVED",node="other"}`]; v != 99 {
		t.Errorf("%v redirects of other nodes, want 99", v)
	}
}

func TestHostileNames(t *testing.T) {
	hostile := []string{"\xff", `\xff`, "a\"b\\\n}", "\x1b[31m", "é", "", "other", strings.Repeat("\xff", 10000)}
	s := &report.Stats{BouncesTotal: map[string]int64{}}
	s.Totals.Errors = map[string]int64{}
	for _, w := range hostile {
		s.Totals.Errors[w], s.BouncesTotal[w] = 1, 1
		s.Redirects = append(s.Redirects, report.NodeRedirects{Node: w, RedirectReplies: report.RedirectReplies{Ask: 1}})
		s.Roles = append(s.Roles, report.NodeRole{Node: w, Role: w})
		s.Blind = append(s.Blind, report.Blind{Cause: w, Count: 1})
	}
	m := New("\xff\n", newClock().now)
	m.Update(s)
	got := scrape(t, NewHandler(m))
	if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }); i >= 0 {
		t.Errorf("%q", got[max(0, i-20):i+8])
	}
	all := values(t, got)
	for _, name := range []string{"ricochet_redirects_total", "ricochet_errors_total", "ricochet_bounces_total", "ricochet_blind_total"} {
		if sum, _ := sumOf(all, name); sum != float64(len(hostile)) {
			t.Errorf("%s adds up to %v, want %d", name, sum, len(hostile))
		}
	}
	for l := range strings.Lines(got) {
		if len(l) > 700 {
			t.Errorf("%d bytes: %.80s", len(l), l)
		}
	}
}

func TestOddNumbers(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		s := &report.Stats{ParkedSeconds: x, Process: report.Process{CPUSeconds: x}}
		s.Totals.Commands = -5
		m.Update(s)
		all := values(t, scrape(t, h))
		for _, name := range []string{"ricochet_parked_seconds_total", "process_cpu_seconds_total", "ricochet_commands_total"} {
			if all[name] != 0 {
				t.Errorf("%s is %v", name, all[name])
			}
		}
	}
}

func TestHistogramsThatMakeNoSenseAreLeftOut(t *testing.T) {
	good := report.Histogram{Bounds: []float64{1, 2}, Counts: []int64{1, 2, 3}, Sum: 20}
	for name, bad := range map[string]report.Histogram{
		"none":             {},
		"a count too few":  {Bounds: []float64{1, 2}, Counts: []int64{1, 2}},
		"bounds fall":      {Bounds: []float64{2, 1}, Counts: []int64{1, 2, 3}},
		"bounds are equal": {Bounds: []float64{1, 1}, Counts: []int64{1, 2, 3}},
		"no bound":         {Bounds: []float64{math.NaN()}, Counts: []int64{1, 2}},
		"no end":           {Bounds: []float64{math.Inf(1)}, Counts: []int64{1, 2}},
		"too many":         {Bounds: make([]float64, maxBuckets+1), Counts: make([]int64, maxBuckets+2)},
	} {
		m := newMetrics()
		h := NewHandler(m)
		m.Update(&report.Stats{Hops: bad})
		if got := scrape(t, h); strings.Contains(got, "hops") {
			t.Errorf("%s is served", name)
		}
		m.Update(&report.Stats{Hops: good})
		before := values(t, scrape(t, h))
		if before[`ricochet_redirect_hops_bucket{le="2"}`] != 3 || before[`ricochet_redirect_hops_count`] != 6 || before[`ricochet_redirect_hops_sum`] != 20 {
			t.Errorf("got %v", before)
		}
		m.Update(&report.Stats{Hops: bad})
		notFallen(t, before, values(t, scrape(t, h)))
	}
}

func TestScrapesWhileStatsCome(t *testing.T) {
	const rounds = 50
	m := newMetrics()
	h := NewHandler(m)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range rounds {
			m.Update(crowd(100, int64(i)))
		}
	})
	for range 3 {
		wg.Go(func() {
			before := map[string]float64{}
			for range rounds {
				after := values(t, scrape(t, h))
				notFallen(t, before, after)
				before = after
			}
		})
	}
	wg.Wait()
}

func TestUpdateAllocatesNothing(t *testing.T) {
	m, s := newMetrics(), incident()
	if n := testing.AllocsPerRun(100, func() { m.Update(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever stats hold, a scrape succeeds, has every series once, and no counter
// goes down.
func FuzzScrape(f *testing.F) {
	f.Add("bounce", "READONLY", int64(3), int64(2), 1.5)
	f.Add("\xff", `\xff`, int64(math.MaxInt64), int64(math.MinInt64), math.Inf(1))
	f.Add("other", "OTHER", int64(-1), int64(0), math.NaN())
	f.Add("a\"\n", strings.Repeat("\x00", 300), int64(1), int64(1), -1e300)
	f.Fuzz(func(t *testing.T, a, b string, n, k int64, x float64) {
		m := newMetrics()
		h := NewHandler(m)
		before := map[string]float64{}
		for _, n := range []int64{n, k} {
			s := &report.Stats{ParkedSeconds: x, BouncesOpen: map[string]int64{a: n, b: k}, BouncesTotal: map[string]int64{a: k, b: n},
				Hops: report.Histogram{Bounds: []float64{1, x}, Counts: []int64{n, k, n}, Sum: x}}
			s.Totals.Errors = map[string]int64{a: n, b: n}
			for _, w := range []string{a, b, a} {
				s.Redirects = append(s.Redirects, report.NodeRedirects{Node: w, RedirectReplies: report.RedirectReplies{Redirect: n, Moved: k, Ask: n}})
				s.Roles = append(s.Roles, report.NodeRole{Node: w, Role: b})
				s.FailoversTotal = append(s.FailoversTotal, report.FailoverCount{Kind: w, Outcome: b, Count: n})
				s.Blind = append(s.Blind, report.Blind{Cause: w, Count: n, Bytes: k})
			}
			m.Update(s)
			after := values(t, scrape(t, h))
			notFallen(t, before, after)
			before = after
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	m, s := newMetrics(), incident()
	b.ReportAllocs()
	for b.Loop() {
		m.Update(s)
	}
}

func BenchmarkScrape(b *testing.B) {
	for _, c := range []struct {
		name  string
		stats *report.Stats
	}{{"TwoNodes", incident()}, {"EveryLabelFull", crowd(500, 1)}} {
		b.Run(c.name, func(b *testing.B) {
			m := newMetrics()
			m.Update(c.stats)
			h := NewHandler(m)
			b.ReportAllocs()
			for b.Loop() {
				scrape(b, h)
			}
		})
	}
}
