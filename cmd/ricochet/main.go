// Ricochet reads Valkey and Redis traffic, live or from captures, and says
// whether clients bounced: whether redirects sent a command back to a node that
// had sent it away before.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"ricochet/internal/pipeline"
)

func main() { os.Exit(start()) }

func start() int {
	// The first signal ends the analysis, which still writes its report; the
	// second one has its default effect.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	// While SIGPIPE is asked for, a write to a closed standard output returns
	// EPIPE instead of killing the process. Nothing waits for the signal itself.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	a := &app{
		ui: ui{
			stdin:    os.Stdin,
			stdout:   &output{w: os.Stdout},
			stderr:   os.Stderr,
			getenv:   os.Getenv,
			terminal: terminal,
		},
		now:     time.Now,
		analyze: pipeline.Analyze,
	}
	return a.run(ctx, os.Args[1:])
}

// terminal reports whether a file is a terminal, and how many columns it has.
func terminal(f *os.File) (columns int, ok bool) {
	if !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, true
}
