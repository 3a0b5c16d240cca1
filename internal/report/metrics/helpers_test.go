package metrics

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ricochet/internal/report"
)

const (
	nodeA = "10.77.0.1:6379"
	nodeB = "[fd00::2]:6379"
)

// clock is a clock that stands still unless it is told otherwise.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 19, 0, 53, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func newMetrics() *Metrics { return New("1.2.3", newClock().now) }

// incident is how an analysis stands after a failover during which clients
// bounced.
func incident() *report.Stats {
	return &report.Stats{
		Totals: report.Totals{Packets: 50138, Connections: 24, Commands: 12034, Replies: 12030,
			RedirectReplies: report.RedirectReplies{Redirect: 268, Moved: 3}, RedirectedCommands: 10, BouncedCommands: 3,
			Errors: map[string]int64{"READONLY": 12, "OTHER": 1}},
		Redirects: []report.NodeRedirects{
			{Node: nodeA, RedirectReplies: report.RedirectReplies{Redirect: 136, Moved: 3}},
			{Node: nodeB, RedirectReplies: report.RedirectReplies{Redirect: 132}}},
		Roles:          []report.NodeRole{{Node: nodeA, Role: "replica", Primary: nodeB}, {Node: nodeB, Role: "primary"}},
		BouncesOpen:    map[string]int64{"bounce": 1},
		BouncesTotal:   map[string]int64{"bounce": 2, "long-chain": 1},
		FailoversOpen:  1,
		FailoversTotal: []report.FailoverCount{{Kind: "failover", Outcome: "done", Count: 2}, {Kind: "sentinel", Outcome: "aborted", Count: 1}},
		Violations:     map[string]int64{"no-redirect-while-in-progress": 1},
		Hops:           report.Histogram{Bounds: []float64{1, 2, 5, 10, 100}, Counts: []int64{7, 0, 0, 0, 3, 0}, Sum: 271},
		ParkedCommands: 4, ParkedSeconds: 0.75,
		Blind: []report.Blind{{Cause: "packets dropped while capturing", Count: 15, Bytes: 2010}},
		Capture: report.Health{Mechanism: "ebpf", Packets: 50123, Matched: 50140, Dropped: 15, DroppedBytes: 2010,
			RingBytes: 8 << 20, RingUsed: 1234},
		Process: report.Process{CPUSeconds: 1.25, MemoryBytes: 34 << 20},
	}
}

// get asks a handler for a path.
func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// scrape returns what Prometheus would read.
func scrape(t testing.TB, h http.Handler) string {
	t.Helper()
	w := get(h, "/metrics")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// values reads a scrape: the value of each series.
func values(t testing.TB, scraped string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for l := range strings.Lines(scraped) {
		if l[0] == '#' {
			continue
		}
		i := strings.LastIndexByte(l, ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(l[i+1:]), 64)
		if err != nil {
			t.Fatalf("%v in %q", err, l)
		}
		if _, twice := all[l[:i]]; twice {
			t.Fatalf("%s is there twice", l[:i])
		}
		all[l[:i]] = v
	}
	return all
}

// sumOf adds up the series of a metric, and counts them.
func sumOf(all map[string]float64, name string) (sum float64, n int) {
	for k, v := range all {
		if strings.HasPrefix(k, name+"{") {
			sum += v
			n++
		}
	}
	return sum, n
}
