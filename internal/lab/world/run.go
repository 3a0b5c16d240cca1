package world

import (
	"context"
	"runtime"
	"time"
)

// Run plays events until the clock shows end since the start, none is left, ctx is
// done or the world is closed; then it returns nil, ctx's error, ErrClosed, or the
// first error of a socket. Over Live it goes on while no event is left, and an end of
// 0 or less never comes. One Run can be under way at a time; between two of them
// nothing happens but what Do does.
func (w *World) Run(ctx context.Context, end time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.live != nil {
		w.live.running = true
		w.live.moved.Broadcast()
		defer func() { w.live.running = false }()
		if end <= 0 {
			end = forever
		}
	}
	w.began = time.Now().Add(-w.paced(w.now))
	defer func() { w.began = time.Time{} }()
	for played := 1; ; played++ {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case w.err != nil:
			return w.err
		case w.closed:
			return ErrClosed
		case w.live != nil:
			w.live.tick()
		}
		due, some := end, false
		if len(w.events) > 0 && w.events[0].at <= end {
			due, some = w.events[0].at, true
		}
		if !some && (w.live == nil || w.now >= end) {
			if len(w.events) > 0 {
				w.now = max(w.now, end)
			}
			return nil
		}
		if ahead := w.ahead(due); ahead > 0 {
			w.mu.Unlock()
			err := w.sleep(ctx, ahead)
			w.mu.Lock()
			if err != nil {
				return err
			}
			continue
		}
		w.step()
		if played%maxPlayed == 0 {
			w.mu.Unlock()
			runtime.Gosched()
			w.mu.Lock()
		}
	}
}

// forever is a time that does not come.
const forever = time.Duration(1<<63 - 1)

// maxPlayed is how many events Run plays before it lets others have the world.
const maxPlayed = 64

// paced is how long a time of the world takes by the machine's clock.
func (w *World) paced(d time.Duration) time.Duration {
	return time.Duration(float64(d) * w.options.Pace)
}

// ahead is how long it takes by the machine's clock until the world's shows t.
func (w *World) ahead(t time.Duration) time.Duration {
	switch {
	case w.live != nil:
		return t - w.now
	case w.options.Pace <= 0:
		return 0
	}
	return w.paced(t) - time.Since(w.began)
}

// catchUp brings the clock to where it belongs before something happens that was not
// in the queue; Live has played by then what is due.
func (w *World) catchUp() {
	switch {
	case w.closed:
	case w.live != nil:
		w.live.tick()
		for latest := w.order; w.live.running && w.err == nil; {
			// What these events ask for in their turn is for Run: it may have no end.
			if len(w.events) == 0 || w.events[0].at > w.now || w.events[0].order > latest {
				break
			}
			w.step()
		}
	case w.options.Pace > 0 && !w.began.IsZero():
		now := time.Duration(float64(time.Since(w.began)) / w.options.Pace)
		if len(w.events) > 0 {
			now = min(now, w.events[0].at)
		}
		w.now = max(w.now, now)
	}
}
