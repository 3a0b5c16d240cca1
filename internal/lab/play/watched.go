package play

import (
	"context"
	"io"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// Analyzed plays a scenario while the analyzer reads its frames, so that nothing has to
// be kept. What o.Frames is set to gets them too.
func Analyzed(ctx context.Context, sc Scenario, o Options, with pipeline.Options) (*Outcome, *report.Report, error) {
	var outcome *Outcome
	r, err := Analyze(o.Frames, with, func(frames io.Writer) error {
		o.Frames = frames
		var err error
		if outcome, err = Play(ctx, sc, o); ctx.Err() != nil {
			return nil // what was played until then is analysed
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return outcome, r, nil
}

// Analyze has the analyzer read the frames that traffic writes, while it writes them.
// If also is not nil it gets them too. It returns the report, or the error of traffic.
func Analyze(also io.Writer, with pipeline.Options, traffic func(frames io.Writer) error) (*report.Report, error) {
	read, write := io.Pipe()
	frames := io.Writer(write)
	if also != nil {
		frames = io.MultiWriter(also, write)
	}
	type result struct {
		report *report.Report
		err    error
	}
	analyzed := make(chan result, 1)
	go func() {
		with.Stdin = read
		// It ends with the frames.
		r, err := pipeline.Analyze(context.Background(), []string{"-"}, with)
		_, _ = io.Copy(io.Discard, read) // the traffic must not wait for who reads no more
		analyzed <- result{r, err}
	}()
	err := traffic(frames)
	write.Close()
	res := <-analyzed
	if err != nil {
		return nil, err
	}
	if res.err != nil {
		return nil, res.err
	}
	for i := range res.report.Captures {
		res.report.Captures[i].File = "the lab"
	}
	return res.report, nil
}
