//go:build linux

package e2e

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// load is clients at work, each in its own goroutine.
type load struct {
	t       testing.TB
	working sync.WaitGroup
	enough  atomic.Bool
	abandon context.CancelFunc
}

// startLoad sets clients to work until stop is called or the test ends.
func startLoad(t testing.TB, clients []*client) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{t: t, abandon: cancel}
	t.Cleanup(func() {
		cancel()
		l.working.Wait()
	})
	for _, c := range clients {
		l.working.Go(func() {
			defer c.close()
			for !l.enough.Load() {
				if err := c.once(ctx); err != nil {
					if ctx.Err() == nil {
						t.Errorf("client %s: %v", c.name, err)
					}
					return
				}
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	return l
}

// stop lets each client follow its command to the end, and waits for that.
func (l *load) stop() {
	l.enough.Store(true)
	l.working.Wait()
}

// serveMore waits until the clients of a ledger were served n commands more.
func serveMore(t testing.TB, l *ledger, n int64) {
	t.Helper()
	goal := l.servedSoFar() + n
	eventually(t, fmt.Sprintf("serve %d commands more", n), func() error {
		if now := l.servedSoFar(); now < goal {
			return fmt.Errorf("%d are missing", goal-now)
		}
		return nil
	})
}
