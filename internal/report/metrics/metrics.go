// Package metrics serves how a live analysis stands to Prometheus, and to those
// who ask whether it lives and is ready. It reads the stats that the analysis
// tells about once a second, and nothing else: a scrape never keeps the analysis
// waiting.
package metrics

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ricochet/internal/report"
)

// Metrics is a prometheus.Collector over the latest stats of one analysis. All
// its methods may be called from any goroutine.
type Metrics struct {
	now   func() time.Time
	born  time.Time
	stats atomic.Pointer[report.Stats] // the latest, or empty ones
	// updated is when they came, in nanoseconds since born.
	updated atomic.Int64
	phase   atomic.Uint32

	mu     sync.Mutex
	series *series // what scrapes were told so far
}

var _ prometheus.Collector = (*Metrics)(nil)

// phase is how far an analysis has come.
type phase uint32

const (
	_ phase = iota
	starting
	running
	stopped
)

// New returns the Metrics of an analysis that has yet to start. The version is
// that of ricochet; now is the clock by which stats grow stale, time.Now but in
// tests.
func New(version string, now func() time.Time) *Metrics {
	m := &Metrics{now: now, born: now(), series: newSeries(version)}
	m.stats.Store(&report.Stats{})
	m.phase.Store(uint32(starting))
	return m
}

// Update makes s the stats that scrapes are told, and is a sign of life. It
// keeps s, which is not to be changed afterwards; what s points to is not
// changed here.
func (m *Metrics) Update(s *report.Stats) {
	m.stats.Store(s)
	m.updated.Store(int64(m.now().Sub(m.born)))
}

// Event takes from an event of the analysis what is of concern here: that it
// started, its stats, that it stopped. Other events are passed over. The error
// is always nil, so that it can be called in a row with the writers of events.
func (m *Metrics) Event(ev report.Event) error {
	switch ev := ev.(type) {
	case *report.Started:
		m.phase.Store(uint32(running))
	case *report.Stats:
		m.Update(ev)
	case *report.Stopped:
		m.phase.Store(uint32(stopped))
	}
	return nil
}

// Describe sends what Collect may send.
func (m *Metrics) Describe(descs chan<- *prometheus.Desc) {
	for f, d := range m.series.families {
		if f > 0 {
			descs <- d.desc
		}
	}
}

// Collect sends the metrics as of the latest stats.
func (m *Metrics) Collect(metrics chan<- prometheus.Metric) {
	m.mu.Lock()
	m.series.observe(m.stats.Load())
	all := m.series.metrics()
	m.mu.Unlock()
	for _, x := range all {
		metrics <- x
	}
}
