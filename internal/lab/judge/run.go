package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// Options say how a client is judged.
type Options struct {
	Command []string  // the program and its arguments; required
	Output  io.Writer // gets what the program writes
	// Orders are the servers' orders of checks, one failover each.
	Orders []server.Order
	// Bounce is how long a handover lasts: how long clients bounce with the bug.
	Bounce time.Duration
	// Warmup is how many commands the client has to have sent before the first
	// failover, and WarmupTime how long that may take.
	Warmup     int
	WarmupTime time.Duration
	After      time.Duration // how long the client works on after each failover
	Grace      time.Duration // between asking the program to end and killing it
	MaxHops    int           // more hops for a command are a bounce
	Port       uint16        // of the first node; 0: any
	Frames     io.Writer     // gets the traffic as pcapng; nil: nobody does
	Say        func(play.Step)
}

// Run starts a pair and the program, fails over while the program works, and judges. The
// report is the analyzer's on the same traffic.
func Run(ctx context.Context, o Options) (*Verdict, *report.Report, error) {
	rec := newRecord()
	var phases []*phase
	r, err := play.Analyze(o.Frames, pipeline.Options{Chain: rec.chain}, func(frames io.Writer) (err error) {
		p, err := openPair(ctx, pairOptions{
			port: o.Port, order: server.PauseFirst, linkDelay: restDelay, handover: o.Bounce, frames: frames,
			observe: rec.see, progress: func(on bool) { rec.handover = on }, say: o.Say,
		})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		phases, err = o.drive(ctx, p, rec)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return judge(rec, phases, o.MaxHops), r, nil
}

// restDelay is how long bytes take between the nodes while nothing happens.
const restDelay = 100 * time.Microsecond

// drive runs the program through the failovers.
func (o *Options) drive(ctx context.Context, p *pair, rec *record) ([]*phase, error) {
	c := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...)
	c.Stdout, c.Stderr = o.Output, o.Output
	c.Env = append(os.Environ(), environment(p)...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = o.Grace
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Command[0], err)
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer stop()
		_ = c.Wait() // how it ends says nothing of how its client came through
	}()

	phases, err := o.failovers(working, p, rec)
	if working.Err() == nil {
		_ = c.Process.Signal(syscall.SIGTERM)
		if !gone(over, o.Grace) {
			_ = c.Process.Kill()
		}
	} else {
		err = nil // the program has ended, or we are to: what was seen until then counts
	}
	<-over
	return phases, err
}

// gone waits for the end of the program.
func gone(over <-chan struct{}, grace time.Duration) bool {
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-over:
		return true
	case <-t.C:
		return false
	}
}

// failovers fails over once for each order, while the client works.
func (o *Options) failovers(ctx context.Context, p *pair, rec *record) ([]*phase, error) {
	var phases []*phase
	if ok, err := o.warm(ctx, p, rec); !ok || err != nil {
		return nil, err
	}
	end := func() {
		if ph := rec.phase; ph != nil {
			ph.ended = time.Now()
			rec.phase = nil
		}
	}
	defer p.world.Do(end)
	for _, order := range o.Orders {
		name := "pause-first"
		if order == server.RedirectFirst {
			name = "redirect-first"
		}
		if err := p.setOrder(ctx, name); err != nil {
			return phases, err
		}
		ph := &phase{Order: name, Errors: map[string]int{}, began: time.Now()}
		p.world.Do(func() {
			end()
			rec.phase = ph
		})
		phases = append(phases, ph)
		if err := o.through(ctx, p, rec, order); err != nil {
			return phases, err
		}
	}
	return phases, nil
}

// maxTries bounds the failovers with the bug.
const maxTries = 5

// through takes the client through a failover. With the bug it takes it through several,
// if need be: a client with one caller whose write came in the moment before the handover
// waits until it is over, and is not sent on.
func (o *Options) through(ctx context.Context, p *pair, rec *record, order server.Order) error {
	for try := 1; ; try++ {
		met := false
		p.world.Do(func() { rec.sentOn = 0 })
		if err := p.failOver(ctx); err != nil {
			return err
		}
		if err := pauseFor(ctx, o.After); err != nil {
			return err
		}
		p.world.Do(func() { met = rec.sentOn > 0 })
		if met || order != server.RedirectFirst || try == maxTries {
			return nil
		}
	}
}

// warm waits until the client works.
func (o *Options) warm(ctx context.Context, p *pair, rec *record) (ok bool, err error) {
	deadline := time.Now().Add(o.WarmupTime)
	for time.Now().Before(deadline) {
		sent := 0
		p.world.Do(func() { sent = rec.commands() })
		if sent >= o.Warmup {
			p.tell("client", fmt.Sprintf("has sent %d commands", sent))
			return true, nil
		}
		if err := pauseFor(ctx, 10*time.Millisecond); err != nil {
			return false, err
		}
	}
	p.tell("client", fmt.Sprintf("has not sent %d commands in %v", o.Warmup, o.WarmupTime))
	return false, nil
}

// environment tells the program where the nodes are.
func environment(p *pair) []string {
	a, b := p.addr(0), p.addr(1)
	return []string{
		"RICOCHET_LAB=1",
		"VALKEY_ADDR=" + a.String(), "VALKEY_HOST=" + a.Addr().String(), fmt.Sprintf("VALKEY_PORT=%d", a.Port()),
		"VALKEY_REPLICA_ADDR=" + b.String(),
		"REDIS_ADDR=" + a.String(), "REDIS_URL=redis://" + a.String(),
	}
}
