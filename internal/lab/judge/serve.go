package judge

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ricochet/internal/lab/play"
	"ricochet/internal/lab/server"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// ServeOptions say how a pair is kept up.
type ServeOptions struct {
	Port      uint16 // of the first node; the other has the next one. 0: any
	Order     server.Order
	Blocked   server.Blocked
	LinkDelay time.Duration
	Every     time.Duration // between two failovers
	Frames    io.Writer     // gets the traffic as pcapng too; nil: nobody does
	Say       func(play.Step)
	Ready     func(primary, replica netip.AddrPort) // is called when clients can come; nil: nobody is
}

// Serve keeps a pair up and has it fail over now and then, until ctx is done. It returns
// the analyzer's report on the traffic.
func Serve(ctx context.Context, o ServeOptions) (*report.Report, error) {
	return play.Analyze(o.Frames, pipeline.Options{}, func(frames io.Writer) error {
		p, err := openPair(ctx, pairOptions{
			port: o.Port, order: o.Order, blocked: o.Blocked, linkDelay: o.LinkDelay, frames: frames, say: o.Say,
		})
		if err != nil {
			return err
		}
		if o.Ready != nil {
			o.Ready(p.addr(0), p.addr(1))
		}
		err = loop(ctx, p, o.Every)
		if closed := p.close(); err == nil {
			err = closed
		}
		return err
	})
}

// loop fails over until ctx is done.
func loop(ctx context.Context, p *pair, every time.Duration) error {
	for {
		if pauseFor(ctx, every) != nil {
			return nil
		}
		if err := p.failOver(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("fail over: %w", err)
		}
	}
}
