package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ricochet/capture"
	"ricochet/decode/frame"
)

// Write goes through the packets of a capture twice, each time from a source that
// open opens, and hands those of the plan to w. The packets must be the ones that
// were analysed, in the same order and with the same numbers. It returns early, with
// ctx's error, when ctx is cancelled.
func Write(ctx context.Context, open func() (capture.Source, error), p *Plan, w Writer) (Stats, error) {
	x := &writing{plan: p, flows: map[flowKey]*flow{}}
	x.stats.Uncommented = p.story.omitted
	if p.Empty() {
		return x.stats, nil
	}
	if err := pass(ctx, open, x.look); err != nil {
		return x.stats, err
	}
	for _, s := range x.sights {
		if err := w.Describe(s.origin, s.link); err != nil {
			return x.stats, err
		}
	}
	return x.stats, pass(ctx, open, func(p *capture.Packet, seg *frame.Segment) error { return x.choose(p, seg, w) })
}

// writing is one call of Write.
type writing struct {
	plan  *Plan
	flows map[flowKey]*flow
	// sights are where packets that matter were seen, in the order of the origins.
	sights []sight
	stats  Stats
}

// sight is where packets were seen.
type sight struct {
	origin int
	link   capture.LinkType
}

// see notes where a packet was seen that matters.
func (x *writing) see(p *capture.Packet) {
	s := sight{p.Origin, p.Link}
	i, found := slices.BinarySearchFunc(x.sights, s, func(a, b sight) int {
		return cmp.Or(cmp.Compare(a.origin, b.origin), cmp.Compare(a.link, b.link))
	})
	if !found && len(x.sights) < maxSights {
		x.sights = slices.Insert(x.sights, i, s)
	}
}

// maxSights bounds the sights that are described before the first packet. Further ones
// are described when their packets come.
const maxSights = 1 << 10

// pass hands the TCP segments of a capture to a function.
func pass(ctx context.Context, open func() (capture.Source, error), each func(*capture.Packet, *frame.Segment) error) error {
	src, err := open()
	if err != nil {
		return fmt.Errorf("read packets again: %w", err)
	}
	defer src.Close()
	var (
		p   capture.Packet
		seg frame.Segment
		dec frame.Decoder
	)
	for n := 0; ; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch err := src.Next(&p); {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
			return nil
		case errors.Is(err, capture.ErrIdle):
			continue
		default:
			return nil // as far as the analysis came, too
		}
		if dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg) != frame.TCP {
			continue
		}
		if err := each(&p, &seg); err != nil {
			return err
		}
	}
}

// look notes which connections matter.
func (x *writing) look(p *capture.Packet, seg *frame.Segment) error {
	cited := x.plan.cited[place{p.Origin, p.Number}]
	if !cited && !x.plan.wants(seg.Src.AddrPort(), seg.Dst.AddrPort(), p.Time) {
		return nil
	}
	x.see(p)
	k := keyOf(p.Origin, seg)
	f := x.flows[k]
	if f == nil {
		if len(x.flows) >= maxFlows {
			x.stats.Unremembered++
			return nil
		}
		f = &flow{}
		x.flows[k] = f
	}
	if cited {
		f.cite(p.Time-x.plan.before, p.Time+x.plan.after)
	}
	return nil
}

// choose hands a packet on if it is of the plan.
func (x *writing) choose(p *capture.Packet, seg *frame.Segment, w Writer) error {
	f := x.flows[keyOf(p.Origin, seg)]
	opening := f.opening(seg)
	if !opening && !f.cited(p.Time) && !x.plan.wants(seg.Src.AddrPort(), seg.Dst.AddrPort(), p.Time) {
		return nil
	}
	if text := x.plan.story.comment(place{p.Origin, p.Number}); text != "" {
		w.Comment(text)
		x.stats.Comments++
	}
	x.stats.Packets++
	return w.Packet(p)
}
