package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ricochet/internal/report"
)

func TestHealth(t *testing.T) {
	c := newClock()
	m := New("1.2.3", c.now)
	h := NewHandler(m)
	for _, step := range []struct {
		name  string
		event report.Event
		after time.Duration
		code  int
		body  string
	}{
		{"just born", nil, 0, 200, "ok\n"},
		{"no stats yet", nil, staleAfter, 200, "ok\n"},
		{"no stats for too long", nil, time.Second, 503, "no stats for 16 s, at most 15 s are normal: the analysis hangs or has ended\n"},
		{"an event that is no stats", &report.LossEvent{}, 0, 503, "no stats for 16 s, at most 15 s are normal: the analysis hangs or has ended\n"},
		{"stats", &report.Stats{}, 0, 200, "ok\n"},
		{"old stats", nil, staleAfter, 200, "ok\n"},
		{"stats too old", nil, time.Minute, 503, "no stats for 75 s, at most 15 s are normal: the analysis hangs or has ended\n"},
	} {
		c.at = c.at.Add(step.after)
		if step.event != nil {
			if err := m.Event(step.event); err != nil {
				t.Fatal(err)
			}
		}
		if w := get(h, "/healthz"); w.Code != step.code || w.Body.String() != step.body {
			t.Errorf("%s: %d %q, want %d %q", step.name, w.Code, w.Body, step.code, step.body)
		}
	}
}

func TestReady(t *testing.T) {
	m := newMetrics()
	h := NewHandler(m)
	for _, step := range []struct {
		event report.Event
		code  int
		body  string
	}{
		{&report.Stats{}, 503, "capture has not started yet\n"},
		{&report.Started{}, 200, "ok\n"},
		{&report.Stats{}, 200, "ok\n"},
		{&report.Stopped{}, 503, "capture has stopped\n"},
	} {
		if err := m.Event(step.event); err != nil {
			t.Fatal(err)
		}
		if w := get(h, "/readyz"); w.Code != step.code || w.Body.String() != step.body {
			t.Errorf("after %T: %d %q, want %d %q", step.event, w.Code, w.Body, step.code, step.body)
		}
	}
}

func TestPaths(t *testing.T) {
	h := NewHandler(newMetrics())
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"GET", "/", 200}, {"GET", "/metrics", 200}, {"HEAD", "/metrics", 200}, {"GET", "/healthz", 200},
		{"GET", "/metrics/", 404}, {"GET", "/debug/pprof/", 404}, {"GET", "/favicon.ico", 404},
		{"POST", "/metrics", 405}, {"DELETE", "/healthz", 405}, {"PUT", "/", 405},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.code {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.code)
		}
	}
	page := get(h, "/").Body.String()
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		if !strings.Contains(page, path) {
			t.Errorf("the page does not name %s", path)
		}
	}
}

func TestScrapesAreCompressedOnRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	NewHandler(newMetrics()).ServeHTTP(w, r)
	if got := w.Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("encoding %q", got)
	}
}
