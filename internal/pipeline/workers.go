package pipeline

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/detect"
)

// Bounds of a batch: what is handed from the reader to the workers at a time.
const (
	batchPackets = 8192
	batchBytes   = 4 << 20
)

// batchSize bounds a batch; a field that is zero stands for the constant. A
// batch has one packet at least.
type batchSize struct{ packets, bytes int }

func (s batchSize) orDefault() batchSize {
	return batchSize{cmp.Or(s.packets, batchPackets), cmp.Or(s.bytes, batchBytes)}
}

// maxWorkers is the most that pay: one goroutine reads, one detects, and the
// shards bound how far decoding can be spread.
const maxWorkers = decode.Shards

// workersFor returns how many goroutines decode. One is enough where it was
// measured, and leaves the host alone; more are the user's choice.
func workersFor(asked int) int {
	return min(max(1, asked), maxWorkers)
}

// batch is a run of segments with the bytes they refer to, and what the workers
// made of it.
type batch struct {
	arena    []byte
	segments []segment
	shards   [decode.Shards][]int32 // indexes into segments
	found    [decode.Shards][]detect.Evidence
	pending  sync.WaitGroup // workers that have not finished with it
}

type segment struct {
	frame.Segment
	mark decode.Mark
	rank uint64
}

func (b *batch) reset() {
	b.arena, b.segments = b.arena[:0], b.segments[:0]
	for i := range b.shards {
		b.shards[i] = b.shards[i][:0]
		clear(b.found[i]) // the strings and facts are not to be kept alive
		b.found[i] = b.found[i][:0]
	}
}

// shard is a table with the evidence that it finds.
type shard struct {
	table *decode.Table
	t     translator
	rank  uint64
	out   *[]detect.Evidence
}

// parallel spreads connections over workers by shard. The tables are the same
// as with one worker, and what they find is put back into the order of the
// packets before the detectors see it, so that nothing depends on the number of
// workers or on where a batch ends.
func (r *run) parallel(ctx context.Context, src capture.Source, o decode.Options, workers int) error {
	shards := make([]*shard, decode.Shards)
	for i := range shards {
		s := &shard{}
		s.t.emit = func(e *detect.Evidence) {
			e.Rank = s.rank
			*s.out = append(*s.out, *e)
		}
		s.table = decode.NewTable(o, &s.t)
		shards[i] = s
	}

	var wg sync.WaitGroup
	queues := make([]chan *batch, workers)
	for w := range queues {
		queues[w] = make(chan *batch, 1)
		wg.Go(func() {
			for b := range queues[w] {
				for i := w; i < len(shards); i += workers {
					shards[i].decode(b, i)
				}
				b.pending.Done()
			}
		})
	}
	// The detectors' goroutine takes the batches in the order in which they were
	// read, each when its workers are done.
	const inUse = 3
	ordered, free := make(chan *batch, inUse), make(chan *batch, inUse)
	for range inUse {
		free <- &batch{}
	}
	wg.Go(func() {
		for b := range ordered {
			b.pending.Wait()
			r.detect(b)
			b.reset()
			free <- b
		}
	})

	err := read(ctx, src, r.o.batch.orDefault(), &r.in, func() *batch { return <-free }, func(b *batch) {
		b.pending.Add(workers)
		for _, q := range queues {
			q <- b
		}
		ordered <- b
	})
	for _, q := range queues {
		close(q)
	}
	close(ordered)
	wg.Wait()

	// The ends of connections at the end of the capture, shard by shard as with
	// one worker.
	for _, s := range shards {
		var last []detect.Evidence
		s.out, s.rank = &last, uint64(r.in.packets)
		s.table.Flush()
		for i := range last {
			r.d.add(&last[i])
		}
		r.stats.Merge(s.table.Stats())
	}
	return err
}

func (s *shard) decode(b *batch, i int) {
	s.out = &b.found[i]
	for _, k := range b.shards[i] {
		seg := &b.segments[k]
		s.rank = seg.rank
		s.table.Segment(&seg.Segment, seg.mark, seg.rank)
	}
}

// detect gives the detectors what the shards found, in the order of packets.
func (r *run) detect(b *batch) {
	var next [decode.Shards]int
	live := make([]int, 0, decode.Shards)
	for i := range b.found {
		if len(b.found[i]) > 0 {
			live = append(live, i)
		}
	}
	for len(live) > 0 {
		// A packet belongs to one shard: ranks are never equal across shards.
		best, limit := 0, uint64(1<<63)
		for k, i := range live {
			if rank := b.found[i][next[i]].Rank; rank < b.found[live[best]][next[live[best]]].Rank {
				best = k
			}
		}
		i := live[best]
		for k, j := range live {
			if k != best {
				limit = min(limit, b.found[j][next[j]].Rank)
			}
		}
		f := b.found[i]
		for next[i] < len(f) && f[next[i]].Rank < limit {
			r.d.add(&f[next[i]])
			next[i]++
		}
		if next[i] == len(f) {
			live = slices.Delete(live, best, best+1)
		}
	}
}

// read fills batches with the segments of a source and hands them on.
func read(ctx context.Context, src capture.Source, size batchSize, in *input, get func() *batch, put func(*batch)) error {
	var (
		p    capture.Packet
		seg  frame.Segment
		dec  frame.Decoder
		rank uint64
	)
	b := get()
	for {
		err := src.Next(&p)
		if err == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
		if err != nil {
			put(b)
			in.fragments = lostFragments(&dec)
			if ctx.Err() != nil {
				return nil
			}
			return ended(err)
		}
		rank++
		v := dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg)
		in.note(v, &p)
		if v != frame.TCP {
			continue
		}
		from := len(b.arena)
		if from+len(seg.Payload) > cap(b.arena) && from > 0 || len(b.segments) == size.packets {
			put(b)
			b = get()
			from = 0
		}
		if cap(b.arena) == 0 {
			b.arena = make([]byte, 0, size.bytes)
		}
		b.arena = append(b.arena, seg.Payload...)
		seg.Payload = b.arena[from:len(b.arena):len(b.arena)]
		i := decode.ShardOf(&seg)
		b.shards[i] = append(b.shards[i], int32(len(b.segments)))
		b.segments = append(b.segments, segment{seg, decode.Mark{Time: p.Time, Packet: p.Number, Capture: int32(p.Origin)}, rank})
	}
}

func lostFragments(d *frame.Decoder) int64 {
	c := d.Counters()
	return c.Expired + c.Evicted + c.Refused + c.Waiting
}
