package main

import (
	"sync"
	"time"

	"ricochet/internal/report"
)

const (
	// maxWaiting bounds the events that wait to be written.
	maxWaiting = 4096
	// patience is how long the analysis waits for room for an event that is worth
	// it: packets pile up in the ring meanwhile.
	patience = 50 * time.Millisecond
)

// delivery hands events to a writer that may be slow, or stand still, without
// keeping the analysis from its packets.
type delivery struct {
	queue chan report.Event
	// patient says that the analysis loses nothing by waiting.
	patient bool
	// skipped counts the events that were left out because the writer did not
	// keep up.
	skipped int64
	stuck   bool // the last event that was worth waiting for found no room

	done sync.WaitGroup
	err  error // of the writer, to be read after close
}

// deliver starts to write events. When writing fails, failed is called once, and
// what follows is not written.
func deliver(write func(report.Event) error, failed func(), patient bool) *delivery {
	d := &delivery{queue: make(chan report.Event, maxWaiting), patient: patient}
	d.done.Go(func() {
		for e := range d.queue {
			if d.err != nil {
				continue
			}
			if d.err = write(e); d.err != nil {
				failed()
			}
		}
	})
	return d
}

// event takes an event. It is called by one goroutine.
func (d *delivery) event(e report.Event) {
	if _, last := e.(*report.Stopped); d.patient || last {
		d.queue <- e
		return
	}
	select {
	case d.queue <- e:
		d.stuck = false
		return
	default:
	}
	// Whoever did not take one event in time is not waited for with each.
	if expendable(e) || d.stuck {
		d.skipped++
		return
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case d.queue <- e:
	case <-t.C:
		d.skipped++
		d.stuck = true
	}
}

// expendable reports whether a later event says what e says.
func expendable(e report.Event) bool {
	switch e := e.(type) {
	case *report.BounceEvent:
		return e.State == "updated"
	case *report.RedirectEvent, *report.Stats, *report.LossEvent:
		return true
	}
	return false
}

// close waits until everything is written, and returns the error of the writer.
func (d *delivery) close() error {
	close(d.queue)
	d.done.Wait()
	return d.err
}
