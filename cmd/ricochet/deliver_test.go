package main

import (
	"errors"
	"sync/atomic"
	"testing"

	"ricochet/internal/report"
)

// A writer that stands still costs events that others replace, then others, and
// never the last one.
func TestDeliveryDoesNotWait(t *testing.T) {
	release := make(chan struct{})
	var got []report.Event
	d := deliver(func(e report.Event) error {
		<-release
		got = append(got, e)
		return nil
	}, func() { t.Error("the writer did not fail") }, false)
	const many = 3 * maxWaiting
	for range many {
		d.event(&report.RedirectEvent{})
	}
	for range 100 { // each of them waited for would take five seconds
		d.event(&report.BounceEvent{State: "opened"})
	}
	if d.skipped < many+100-maxWaiting-1 {
		t.Errorf("%d events skipped", d.skipped)
	}
	close(release)
	d.event(&report.Stopped{})
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if int64(len(got)) != many+101-d.skipped {
		t.Errorf("%d events written, %d skipped", len(got), d.skipped)
	}
	if _, ok := got[len(got)-1].(*report.Stopped); !ok {
		t.Errorf("the last event written is %T", got[len(got)-1])
	}
}

func TestDeliveryTellsOfFailureOnce(t *testing.T) {
	full := errors.New("full")
	var failed atomic.Int32
	n := 0
	d := deliver(func(report.Event) error { n++; return full }, func() { failed.Add(1) }, true)
	for range 2 * maxWaiting {
		d.event(&report.RoleEvent{})
	}
	if err := d.close(); !errors.Is(err, full) || failed.Load() != 1 || n != 1 {
		t.Errorf("error %v, told %d times, %d events tried", err, failed.Load(), n)
	}
}
