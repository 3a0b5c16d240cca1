// Package pipeline is the one loop of ricochet: it reads packets, decodes them,
// feeds the detectors and sums up what they found. It alone knows both the
// decoder and the detectors, and translates between the two.
package pipeline

import (
	"context"
	"io"
	"slices"
	"time"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/detect"
	"ricochet/detect/cause"
	"ricochet/detect/chain"
	"ricochet/internal/align"
	"ricochet/internal/report"
)

// Options configure an analysis.
type Options struct {
	// From and To choose packets by time, in nanoseconds since the Unix epoch;
	// 0 is open.
	From, To int64
	// Window is how long a redirected command may take to come back; 0 means
	// five seconds.
	Window time.Duration
	// Ports narrows the analysis to these TCP ports; empty means any port, by
	// content.
	Ports []uint16
	// Workers is the number of goroutines that decode; 0 means one.
	// The result does not depend on it.
	Workers int
	// Clients and Nodes choose which findings and chains are shown: an IP
	// address, an address with port, or for clients a name. Totals stay.
	Clients, Nodes []string
	Require        Require
	// Stdin is what the name "-" stands for.
	Stdin io.Reader
	// ClockOffsets are what is known of the clocks of files; Open estimates the
	// others.
	ClockOffsets []ClockOffset
	// Clocks are the clocks of the captures, as Open returns them.
	Clocks []align.Clock
	// Aligned is told the clocks that Analyze found; nil: nobody is.
	Aligned func([]align.Clock)
	// Progress is called now and then with the bytes read and their total, 0 if
	// it is not known. Files that are read twice count twice.
	Progress func(read, total int64)
	// Activity asks for report.Report.Activity.
	Activity bool
	// Chain is called for each finished chain that the filters let pass.
	Chain func(*report.Chain)

	batch batchSize // for tests; zero means as large as pays
}

// Require names what must have been seen for the verdict to be anything but
// inconclusive.
type Require struct {
	Failover       bool
	BothDirections bool
	Commands       int64
}

// Analyze reads capture files and reports what they show. It returns an error
// only if nothing could be read; a source that fails later is analysed up to
// there, and the report says so. When ctx is cancelled the report covers what
// was read until then.
func Analyze(ctx context.Context, names []string, o Options) (*report.Report, error) {
	src, clocks, err := Open(ctx, names, o)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	o.Clocks = clocks
	if o.Aligned != nil {
		o.Aligned(clocks)
	}
	return Run(ctx, src, o)
}

// Run analyses the packets of a source until it ends or ctx is cancelled.
func Run(ctx context.Context, src capture.Source, o Options) (*report.Report, error) {
	stop := context.AfterFunc(ctx, func() { src.Close() })
	defer stop()

	r := &run{o: o, filter: newFilter(o.Clients, o.Nodes)}
	done := func(c *chain.Chain) {
		r.filter.note(c)
		if o.Chain != nil && r.filter.chain(c) {
			o.Chain(chainOf(c))
		}
	}
	r.d = newDetectors(int64(o.Window), o.skew(), listeners{done: done})
	r.failure = r.packets(ctx, src)
	r.interrupted = ctx.Err() != nil
	r.d.flush(0)
	stats, err := src.Stats()
	if err != nil {
		return nil, err
	}
	r.captures = stats
	return r.report(), nil
}

// run is one analysis and what it led to.
type run struct {
	o           Options
	filter      *filter
	d           *detectors
	in          input
	stats       decode.Stats
	captures    []capture.Stats
	failure     error
	interrupted bool
	live        bool // packets come as they pass
	telling     bool // what is found is told before the end
	serials     serials
	causes      map[*chain.Finding]cause.Cause // of the findings about nodes
	health      capture.Health                 // of a live capture
}

// packets runs the loop with one worker or several.
func (r *run) packets(ctx context.Context, src capture.Source) error {
	o := r.decoding()
	if n := workersFor(r.o.Workers); n > 1 {
		return r.parallel(ctx, src, o, n)
	}
	return r.sequential(ctx, src, o)
}

// decoding returns the options of the decoder.
func (r *run) decoding() decode.Options {
	return decode.Options{Ports: PortRanges(r.o.Ports), Only: len(r.o.Ports) > 0}
}

// PortRanges returns the ranges that ports make up, in order; nil for no ports.
func PortRanges(ports []uint16) []decode.PortRange {
	var ranges []decode.PortRange
	for _, p := range slices.Sorted(slices.Values(ports)) {
		if k := len(ranges); k > 0 && int(p)-int(ranges[k-1].To) <= 1 {
			ranges[k-1].To = p
		} else {
			ranges = append(ranges, decode.PortRange{From: p, To: p})
		}
	}
	return ranges
}

// sequential decodes and detects on the calling goroutine.
func (r *run) sequential(ctx context.Context, src capture.Source, o decode.Options) error {
	var rank uint64
	tables := r.tables(o, &rank)
	err := single(ctx, src, tables, &r.in, &rank)
	for _, t := range tables {
		t.Flush()
		r.stats.Merge(t.Stats())
	}
	return err
}

// tables returns the tables of one worker. What they find goes to the detectors,
// with the rank as it is then.
func (r *run) tables(o decode.Options, rank *uint64) *[decode.Shards]*decode.Table {
	h := &translator{emit: func(e *detect.Evidence) {
		e.Rank = *rank
		r.d.add(e)
	}}
	var tables [decode.Shards]*decode.Table
	for i := range tables {
		tables[i] = decode.NewTable(o, h)
	}
	return &tables
}
