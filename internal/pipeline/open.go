package pipeline

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/align"
	"ricochet/internal/report"
)

// ClockOffset says how far the clock of a file is ahead of the reference, in
// nanoseconds. File is its name as it was given, or the last part of it.
type ClockOffset struct {
	File  string
	Ahead int64
}

// ClockFileError is what Open reports of a ClockOffset that names no file, or
// several.
type ClockFileError struct {
	File  string
	Found int    // how many files it may stand for
	Any   string // the name of one of the captures
}

func (e *ClockFileError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("set the clock of %q: it is none of the captures", e.File)
	}
	return fmt.Sprintf("set the clock of %q: that may be any of %d captures", e.File, e.Found)
}

// Open opens capture files. If there are several, it reads them once to see how
// their clocks go against each other, and the source yields their packets in the
// order and with the times of the first file's clock. Of the options it takes From,
// To, Stdin, ClockOffsets and Progress; the clocks are what Options.Clocks wants.
func Open(ctx context.Context, names []string, o Options) (*pcapfile.Source, []align.Clock, error) {
	progress := &passes{report: o.Progress, times: 1}
	src, err := pcapfile.Open(names, pcapfile.Options{Stdin: o.Stdin, From: o.From, To: o.To, Progress: progress.reading()})
	if err != nil {
		return nil, nil, err
	}
	progress.size = src.Size()
	given, err := givenClocks(src, o.ClockOffsets)
	if err != nil {
		src.Close()
		return nil, nil, err
	}
	clocks := align.Estimate(ctx, src.Files(), func(i int) (capture.Source, error) {
		again, err := src.Again(i, progress.again())
		if err != nil {
			return nil, err // and not a nil pointer in an interface
		}
		return again, nil
	}, align.Options{Given: given})

	correct(src, clocks)
	if stats, err := src.Stats(); err == nil && len(clocks) == 1 && len(stats) > 1 && stats[0].Vantage != "" {
		clocks = vantageClocks(stats)
	}
	return src, clocks, nil
}

// vantageClocks are the clocks of the vantage points of an evidence capture: its times
// are corrected, and it says how far they may be off.
func vantageClocks(stats []capture.Stats) []align.Clock {
	clocks := make([]align.Clock, len(stats))
	for i, s := range stats {
		clocks[i] = align.Clock{State: align.Aligned, Error: s.ClockError, Via: -1}
		switch {
		case s.ClockError < 0:
			clocks[i] = align.Clock{State: align.Unaligned, Via: -1}
		case i == 0 && s.ClockError == 0:
			clocks[i].State = align.Reference
		}
	}
	return clocks
}

// Again opens the files of an analysis once more: the packets are those that Open's
// source yielded, in the same order and with the same times and numbers. Of the options
// it takes From, To and Clocks. Standard input cannot be read again.
func Again(names []string, o Options) (*pcapfile.Source, error) {
	src, err := pcapfile.Open(names, pcapfile.Options{From: o.From, To: o.To})
	if err != nil {
		return nil, err
	}
	correct(src, o.Clocks)
	return src, nil
}

// correct has the times of a source corrected by what is known of its clocks.
func correct(src *pcapfile.Source, clocks []align.Clock) {
	corrections := make([]pcapfile.Correction, len(clocks))
	for i, c := range clocks {
		corrections[i] = pcapfile.Correction{Offset: c.Offset, Drift: c.Drift, Origin: c.Origin}
	}
	src.Correct(corrections)
}

// givenClocks finds the files that clock offsets are for. If one is named twice,
// the last counts.
func givenClocks(src *pcapfile.Source, offsets []ClockOffset) (map[int]int64, error) {
	given := map[int]int64{}
	stats, err := src.Stats()
	if err != nil {
		return nil, err
	}
	for _, o := range offsets {
		var exact, last []int
		for i, s := range stats[:src.Files()] {
			switch o.File {
			case s.Name:
				exact = append(exact, i)
			case filepath.Base(s.Name):
				last = append(last, i)
			}
		}
		if len(exact) == 0 {
			exact = last
		}
		if len(exact) != 1 {
			return nil, &ClockFileError{File: o.File, Found: len(exact), Any: stats[0].Name}
		}
		given[exact[0]] = o.Ahead
	}
	return given, nil
}

// passes makes one progress of reading files twice, several at a time.
type passes struct {
	mu     sync.Mutex
	report func(read, total int64)
	size   int64 // bytes of all files; 0 if it is not known
	times  int64 // how often they are read
	read   int64
}

// again returns the progress of one more reading of a file.
func (p *passes) again() func(read, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.times = 2
	return p.reading()
}

// reading returns the progress of one reading, of a file or of all.
func (p *passes) reading() func(read, total int64) {
	before := int64(0)
	return func(read, _ int64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.read += read - before
		before = read
		if p.report != nil {
			p.report(p.read, p.times*p.size)
		}
	}
}

// showClock fills in what is known of the clock of a capture.
func showClock(to *report.Capture, c *align.Clock) {
	// Whole microseconds: three decimals.
	millis := func(ns int64) float64 { return math.Round(float64(ns)/1e3) / 1e3 }
	to.Clock = c.State.String()
	to.ClockOffsetMS, to.ClockErrorMS = millis(c.Offset), millis(c.Error)
	to.ClockDriftPPM = float64(c.Drift) / 1e3
	if c.State == align.Unaligned {
		to.ClockNote = c.Why.String()
	}
}
