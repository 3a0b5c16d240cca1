package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	c := &clock{t: time.Unix(1000, 0)}
	p := &progress{w: &b, now: c.now, next: c.now().Add(progressAfter)}
	step := func(after time.Duration, read, total int64, want string) {
		t.Helper()
		b.Reset()
		c.t = c.t.Add(after)
		p.update(read, total)
		if got := b.String(); got != want {
			t.Errorf("at %d of %d: %q, want %q", read, total, got, want)
		}
	}
	const mb = 1e6
	step(0, 0, 4*mb, "")
	step(999*time.Millisecond, 1*mb, 4*mb, "")
	step(time.Millisecond, 1*mb, 4*mb, "\r\x1b[Kreading: ["+strings.Repeat("#", 7)+strings.Repeat(".", 23)+"] 25 % of 4.0 MB")
	step(99*time.Millisecond, 2*mb, 4*mb, "")
	step(time.Millisecond, 5*mb, 4*mb, "\r\x1b[Kreading: ["+strings.Repeat("#", 30)+"] 100 % of 4.0 MB")
	step(time.Second, 5*mb, 0, "\r\x1b[Kreading: 5.0 MB")
	b.Reset()
	p.erase()
	p.erase()
	if got := b.String(); got != "\r\x1b[K" {
		t.Errorf("erased by %q", got)
	}
}

func TestProgressIsForTerminalsOnly(t *testing.T) {
	for _, c := range []struct {
		name               string
		stderrTTY, stdoutY bool
		term               string
		lines, want        bool
	}{
		{"both terminals", true, true, "xterm", false, true},
		{"standard output is a file", true, false, "xterm", true, true},
		{"lines go to the same terminal", true, true, "xterm", true, false},
		{"standard error is a file", false, true, "xterm", false, false},
		{"a dumb terminal", true, true, "dumb", false, false},
	} {
		f := newFake(verdict("clean"))
		f.env["TERM"] = c.term
		f.stderr, f.stdout.w = os.Stderr, os.Stdout
		f.app.terminal = func(file *os.File) (int, bool) {
			return 80, file == os.Stderr && c.stderrTTY || file == os.Stdout && c.stdoutY
		}
		if got := f.newProgress(c.lines) != nil; got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	var none *progress
	none.update(1, 2)
	none.erase()
}
