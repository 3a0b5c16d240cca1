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
	read, write := io.Pipe()
	frames := io.Writer(write)
	if o.Frames != nil {
		frames = io.MultiWriter(o.Frames, write)
	}
	o.Frames = frames

	type result struct {
		report *report.Report
		err    error
	}
	analyzed := make(chan result, 1)
	go func() {
		with.Stdin = read
		// When ctx is done the frames end, and with them the analysis.
		r, err := pipeline.Analyze(context.WithoutCancel(ctx), []string{"-"}, with)
		_, _ = io.Copy(io.Discard, read) // the lab must not wait for who reads no more
		analyzed <- result{r, err}
	}()
	outcome, err := Play(ctx, sc, o)
	write.CloseWithError(io.EOF)
	res := <-analyzed
	if err != nil && ctx.Err() == nil {
		return nil, nil, err
	}
	if res.err != nil {
		return nil, nil, res.err
	}
	for i := range res.report.Captures {
		res.report.Captures[i].File = "the lab"
	}
	return outcome, res.report, nil
}
