package metrics

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// staleAfter is how long no stats may come from an analysis that lives. They
// come about once a second, whether or not there are packets; if the clock was
// set back by a little, some ten seconds later.
const staleAfter = 15 * time.Second

// maxScrapes is how many scrapes are answered at once. Further ones get status
// 503, which a scraper reports by itself.
const maxScrapes = 4

// index is what there is to see.
const index = `ricochet watches the traffic of Valkey and Redis for redirect bounces.

/metrics  how it stands, for Prometheus
/healthz  200 while it lives, else 503 and why
/readyz   200 while it captures, else 503 and why
`

// NewHandler serves m at /metrics, whether the analysis lives at /healthz,
// whether it captures at /readyz, and a page that names these at /. It answers
// GET and HEAD alone.
func NewHandler(m *Metrics) http.Handler {
	registry := prometheus.NewRegistry() // not the global one, which others fill
	registry.MustRegister(m)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
	}))
	mux.HandleFunc("GET /healthz", answer(m.unhealthy))
	mux.HandleFunc("GET /readyz", answer(m.unready))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		plainText(w)
		_, _ = io.WriteString(w, index) // whoever went away misses nothing
	})
	return mux
}

// answer serves 200, or 503 with the reason why not.
func answer(whyNot func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		plainText(w)
		reason := whyNot()
		if reason == "" {
			reason = "ok"
		} else {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, reason+"\n")
	}
}

func plainText(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// unhealthy says why the analysis does not seem to live, if so. One that has yet
// to tell its first stats is as old as m.
func (m *Metrics) unhealthy() string {
	age := m.now().Sub(m.born) - time.Duration(m.updated.Load())
	if age <= staleAfter {
		return ""
	}
	return fmt.Sprintf("no stats for %d s, at most %d s are normal: the analysis hangs or has ended", age/time.Second, staleAfter/time.Second)
}

// unready says why nothing is captured, if so.
func (m *Metrics) unready() string {
	switch phase(m.phase.Load()) {
	case running:
		return ""
	case stopped:
		return "capture has stopped"
	}
	return "capture has not started yet"
}
