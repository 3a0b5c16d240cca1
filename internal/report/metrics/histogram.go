package metrics

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"ricochet/internal/report"
)

// histogram is one whose counts, like counters, never go down.
type histogram struct {
	bounds []float64
	counts []uint64 // not cumulative; one more than bounds
	sum    float64
}

// maxBuckets bounds the number of buckets of a histogram.
const maxBuckets = 64

// observe takes over a histogram of the stats, if it is a sound one.
func (h *histogram) observe(o *report.Histogram) {
	if len(o.Counts) != len(o.Bounds)+1 || len(o.Bounds) > maxBuckets {
		return
	}
	for i, b := range o.Bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= o.Bounds[i-1] {
			return
		}
	}
	if h.counts == nil || !slices.Equal(h.bounds, o.Bounds) {
		*h = histogram{bounds: slices.Clone(o.Bounds), counts: make([]uint64, len(o.Counts))}
	}
	for i, n := range o.Counts {
		h.counts[i] = max(h.counts[i], uint64(max(n, 0)))
	}
	h.sum = higher(h.sum, o.Sum)
}

func (h *histogram) metric(d *prometheus.Desc) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.bounds))
	var all uint64
	for i, n := range h.counts {
		all += n
		if i < len(h.bounds) {
			buckets[h.bounds[i]] = all
		}
	}
	return prometheus.MustNewConstHistogram(d, all, h.sum, buckets)
}
