package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// When the progress bar is drawn: not at all for work that is soon done, and
// not more often than people can read.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	progressCells = 30
)

// progress draws how much of the input was read. A nil progress draws nothing.
type progress struct {
	w     io.Writer
	now   func() time.Time
	next  time.Time // do not draw before
	drawn bool
}

// newProgress returns the bar for an analysis, which is nil if standard error is
// no terminal, or if lines are written to the same terminal meanwhile.
func (a *app) newProgress(lines bool) *progress {
	if _, ok := a.isTerminal(a.stderr); !ok {
		return nil
	}
	if _, ok := a.isTerminal(a.stdout.w); ok && lines {
		return nil
	}
	return &progress{w: a.stderr, now: a.now, next: a.now().Add(progressAfter)}
}

// update tells the bar how many bytes of how many were read; a total of 0 is
// unknown. It is not for concurrent use.
func (p *progress) update(read, total int64) {
	if p == nil {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	p.drawn = true
	if total <= 0 {
		fmt.Fprintf(p.w, "\r\x1b[Kreading: %s", megabytes(read))
		return
	}
	share := min(float64(read)/float64(total), 1)
	cells := int(share * progressCells)
	fmt.Fprintf(p.w, "\r\x1b[Kreading: [%s%s] %d %% of %s", strings.Repeat("#", cells), strings.Repeat(".", progressCells-cells),
		int(share*100), megabytes(total))
}

// erase removes the bar.
func (p *progress) erase() {
	if p != nil && p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
