// Package replay plays recorded packets as if they came now, so that what is made
// for live captures can be shown and tested without privileges.
package replay

import (
	"os"
	"sync"
	"time"

	"ricochet/capture"
)

// idleEvery is how long nothing may come before Next says so, as live sources do.
const idleEvery = 15 * time.Millisecond

// Source yields the packets of another source, each when its time has come: as
// long after the first one as it was captured after it. Packets keep their times.
type Source struct {
	src     capture.Source
	start   time.Time // when the first packet was yielded
	first   int64     // its time
	next    capture.Packet
	waiting bool // next is still to be yielded
	closed  chan struct{}
	once    sync.Once
}

var _ capture.Source = (*Source)(nil)

// New returns a Source that plays src and closes it when it is closed.
func New(src capture.Source) *Source {
	return &Source{src: src, closed: make(chan struct{})}
}

// Next implements capture.Source, as a live source does: it reports
// capture.ErrIdle now and then while it waits.
func (s *Source) Next(p *capture.Packet) error {
	if !s.waiting {
		if err := s.src.Next(&s.next); err != nil {
			return err
		}
		s.waiting = true
		if s.start.IsZero() {
			s.start, s.first = time.Now(), s.next.Time
		}
	}
	// A packet that is late, or out of order, is yielded at once.
	wait := time.Duration(s.next.Time-s.first) - time.Since(s.start)
	if wait > 0 {
		t := time.NewTimer(min(wait, idleEvery))
		defer t.Stop()
		select {
		case <-s.closed:
			return os.ErrClosed
		case <-t.C:
		}
	}
	if wait > idleEvery {
		*p = capture.Packet{Time: min(s.first+int64(time.Since(s.start)), s.next.Time)}
		return capture.ErrIdle
	}
	*p, s.waiting = s.next, false
	return nil
}

// Stats implements capture.Source.
func (s *Source) Stats() ([]capture.Stats, error) { return s.src.Stats() }

// Close implements capture.Source.
func (s *Source) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.src.Close()
}
