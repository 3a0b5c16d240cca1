package align

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"ricochet/capture"
	"ricochet/decode/frame"
)

// Options say what is known already.
type Options struct {
	// Given holds, by capture, how far its clock is ahead of the reference, in
	// nanoseconds; nil where that is to be estimated.
	Given map[int]int64
}

// Estimate finds out the clocks of n captures. The function open returns one of
// them, which is read to its end and closed; it reports an error for one that can
// be read only once, such as a pipe. It is called from several goroutines, at most
// once for each capture. A capture that is damaged is used up to there.
//
// The reference is the first capture that can be read and has TCP packets. When
// ctx is cancelled nothing is returned.
func Estimate(ctx context.Context, n int, open func(i int) (capture.Source, error), o Options) []Clock {
	tables := make([]*table, n)
	unknown := false // whether there is more than the reference
	for i := 1; i < n; i++ {
		if _, ok := o.Given[i]; !ok {
			unknown = true
		}
	}
	if unknown {
		readAll(ctx, tables, open)
	}
	if ctx.Err() != nil {
		return nil
	}
	return resolve(tables, match(tables), o.Given)
}

// maxReaders is how many captures are read at a time. More than the processors that
// there are do not pay, and each holds the buffers of a file.
const maxReaders = 4

// readAll fills the tables of those captures that can be read.
func readAll(ctx context.Context, tables []*table, open func(i int) (capture.Source, error)) {
	var (
		readers sync.WaitGroup
		next    atomic.Int64
	)
	for range min(maxReaders, len(tables), runtime.GOMAXPROCS(0)) {
		readers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tables) {
					return
				}
				src, err := open(i)
				if err != nil {
					continue
				}
				t := newTable(len(tables))
				t.read(ctx, src)
				src.Close()
				tables[i] = t
			}
		})
	}
	readers.Wait()
}

// lookEvery is after how many packets it is looked whether to go on.
const lookEvery = 1 << 12

// read adds the segments of a source.
func (t *table) read(ctx context.Context, src capture.Source) {
	var (
		p   capture.Packet
		seg frame.Segment
		dec frame.Decoder
	)
	for n := 0; ; n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return
		}
		if err := src.Next(&p); err != nil {
			return // what is wrong, if anything, the analysis proper reports
		}
		if dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg) == frame.TCP {
			t.add(&seg, p.Time)
		}
	}
}
