package pipeline

import (
	"context"
	"errors"
	"io"
	"os"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
)

// input is what the loop learnt of the packets themselves, before any
// connection.
type input struct {
	packets  int64
	tcp      int64
	verdicts [frame.FragmentLost + 1]decode.Gap
	// fragments counts the IP fragments that the frame decoder gave up later.
	fragments int64
}

func (in *input) note(v frame.Verdict, p *capture.Packet) {
	in.packets++
	if v == frame.TCP {
		in.tcp++
		return
	}
	g := &in.verdicts[v]
	g.Count++
	g.Bytes += int64(p.Len)
	if g.First == 0 {
		g.First = p.Time
	}
	g.Last = p.Time
}

// single runs source, decoder and detectors on one goroutine. It returns nil at
// the end of the source and when ctx is cancelled. rank counts the packets.
func single(ctx context.Context, src capture.Source, tables *[decode.Shards]*decode.Table, in *input, rank *uint64) error {
	var (
		p   capture.Packet
		seg frame.Segment
		dec frame.Decoder
	)
	done := ctx.Done()
	for {
		if *rank&0xfff == 0 {
			select {
			case <-done:
				in.fragments = lostFragments(&dec)
				return nil
			default:
			}
		}
		if err := src.Next(&p); err != nil {
			in.fragments = lostFragments(&dec)
			return ended(err)
		}
		*rank++
		v := dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg)
		in.note(v, &p)
		if v == frame.TCP {
			m := decode.Mark{Time: p.Time, Packet: p.Number, Capture: int32(p.Origin)}
			tables[decode.ShardOf(&seg)].Segment(&seg, m, *rank)
		}
	}
}

// ended tells the end of a source from its failure.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
