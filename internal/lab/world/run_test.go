package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

func TestRunEnds(t *testing.T) {
	w := newWorld(t, world.Options{Wire: world.Memory, Start: time.Unix(1e9, 0)})
	h := w.Host("h", local)
	var fired []time.Duration
	for _, d := range []int{30, 10, 20} {
		h.After(ms(d), func() { fired = append(fired, w.Elapsed()) })
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, step := range []struct {
		name  string
		ctx   context.Context
		end   time.Duration
		err   error
		now   time.Duration
		fired int
	}{
		{"before the first event", context.Background(), ms(5), nil, ms(5), 0},
		{"at the time of an event", context.Background(), ms(10), nil, ms(10), 1},
		{"the context is done", ended, ms(100), context.Canceled, ms(10), 1},
		{"an end that has passed", context.Background(), ms(1), nil, ms(10), 1},
		{"no event is left", context.Background(), ms(100), nil, ms(30), 3},
		{"no event was left", context.Background(), 1<<63 - 1, nil, ms(30), 3},
	} {
		if err := w.Run(step.ctx, step.end); !errors.Is(err, step.err) {
			t.Errorf("%s: %v, want %v", step.name, err, step.err)
		}
		if w.Elapsed() != step.now || !w.Now().Equal(time.Unix(1e9, 0).Add(step.now)) || len(fired) != step.fired {
			t.Errorf("%s: %d fired at %v", step.name, len(fired), w.Now())
		}
	}
}

// A paced world takes its time, in each of several runs only for what is left, and is
// open to Do meanwhile.
func TestPace(t *testing.T) {
	w := newWorld(t, world.Options{Wire: world.Memory, Pace: 0.1})
	h := w.Host("h", local)
	const second = time.Second
	h.After(second, func() {})
	h.After(2*second, func() {})
	h.After(3*second, func() {})
	began := time.Now()
	if err := w.Run(context.Background(), second); err != nil {
		t.Fatal(err)
	}
	first := time.Since(began)
	running := make(chan struct{})
	h.After(1, func() { close(running) })
	done := make(chan error)
	go func() { done <- w.Run(context.Background(), 3*second) }()
	<-running
	// Something that is due before what Run is waiting for.
	var asked, played time.Duration
	w.Do(func() {
		asked = w.Elapsed()
		h.After(ms(200), func() { played = w.Elapsed() })
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if all := time.Since(began); first < second/10 || all < 3*second/10 || all > 30*second {
		t.Errorf("took %v and %v", first, all)
	}
	if asked < second || played != asked+ms(200) {
		t.Errorf("asked at %v, played at %v", asked, played)
	}
}

// Close ends a Run that waits.
func TestCloseEndsRun(t *testing.T) {
	for name, wire := range map[string]world.Wire{"memory": world.Memory, "loopback": world.Loopback, "live": world.Live} {
		t.Run(name, func(t *testing.T) {
			expectNoLeak(t)
			w := newWorld(t, world.Options{Wire: wire, Pace: 1})
			running := make(chan struct{})
			h := w.Host("h", local)
			h.After(0, func() { close(running) })
			h.After(time.Hour, func() { t.Error("an hour has passed") })
			done := make(chan error)
			go func() { done <- w.Run(context.Background(), 2*time.Hour) }()
			<-running
			w.Close()
			if err := <-done; err != world.ErrClosed {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// A million events are no long time.
func TestMillionEvents(t *testing.T) {
	w := volley(t, world.Memory, 200, 2500)
	began := time.Now()
	run(t, w)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestListenFindsFreePorts(t *testing.T) {
	for name, wire := range map[string]world.Wire{"memory": world.Memory, "loopback": world.Loopback, "live": world.Live} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, world.Options{Wire: wire})
			h := w.Host("h", local)
			w.Do(func() {
				first, err := h.Listen(0, nil)
				second, err2 := h.Listen(0, nil)
				if err != nil || err2 != nil || first.Addr() == second.Addr() || first.Addr().Port() == 0 {
					t.Fatalf("%v and %v: %v, %v", first, second, err, err2)
				}
				if _, err := h.Listen(first.Addr().Port(), nil); err == nil {
					t.Error("two listeners on a port")
				}
				first.Close()
				again, err := h.Listen(first.Addr().Port(), nil)
				if err != nil {
					t.Fatal(err)
				}
				first.Close() // does not close the other
				if _, err := h.Listen(again.Addr().Port(), nil); err == nil {
					t.Error("closing a listener twice closes the next one")
				}
			})
		})
	}
}
