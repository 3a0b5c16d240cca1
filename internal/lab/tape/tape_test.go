package tape_test

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"ricochet/decode/frame"
	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
)

var (
	start = time.Unix(1_700_000_000, 123_456_789)
	four  = world.Flow{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:20000"), Server: netip.MustParseAddrPort("127.0.0.2:7001")}
	six   = world.Flow{ID: 2, Client: netip.MustParseAddrPort("[::1]:20000"), Server: netip.MustParseAddrPort("[::1]:7001")}
)

// life is a connection from its first to its last segment.
func life(f world.Flow) []world.Segment {
	all := []world.Segment{
		{SYN: true},
		{SYN: true, FromServer: true},
		{},
		{Data: []byte("PING\r\n")},
		{Data: []byte("+PONG\r\n"), FromServer: true, Heard: 6},
		{Heard: 7},
		{FIN: true, Heard: 7},
		{FIN: true, FromServer: true, Heard: 6, HeardFIN: true},
		{Heard: 7, HeardFIN: true},
	}
	for i := range all {
		all[i].Flow, all[i].At = f, start.Add(time.Duration(i)*time.Microsecond)
	}
	return all
}

func TestNumbers(t *testing.T) {
	for _, flow := range []world.Flow{four, six} {
		got := read(t, segments(t, life(flow)...))
		if len(got) != 9 {
			t.Fatalf("%d frames, want 9", len(got))
		}
		c, s := got[0].Seq, got[1].Seq
		want := []struct {
			server   bool
			seq, ack uint32
			flags    frame.Flags
			payload  string
		}{
			{false, c, 0, frame.SYN, ""},
			{true, s, c + 1, frame.SYN | frame.ACK, ""},
			{false, c + 1, s + 1, frame.ACK, ""},
			{false, c + 1, s + 1, frame.ACK | frame.PSH, "PING\r\n"},
			{true, s + 1, c + 7, frame.ACK | frame.PSH, "+PONG\r\n"},
			{false, c + 7, s + 8, frame.ACK, ""},
			{false, c + 7, s + 8, frame.ACK | frame.FIN, ""},
			{true, s + 8, c + 8, frame.ACK | frame.FIN, ""},
			{false, c + 8, s + 9, frame.ACK, ""},
		}
		for i, w := range want {
			g := got[i]
			src, dst := flow.Client, flow.Server
			if w.server {
				src, dst = dst, src
			}
			if g.Src.AddrPort() != src || g.Dst.AddrPort() != dst || g.Seq != w.seq || g.Ack != w.ack || g.Flags != w.flags || string(g.Payload) != w.payload {
				t.Errorf("flow %d, frame %d: %v > %v, seq %d, ack %d, flags %b, %q; want %+v", flow.ID, i, g.Src.AddrPort(), g.Dst.AddrPort(), g.Seq, g.Ack, g.Flags, g.Payload, w)
			}
			if at := start.UnixNano() + int64(i)*1000; g.time != at {
				t.Errorf("flow %d, frame %d at %d, want %d", flow.ID, i, g.time, at)
			}
		}
	}
}

func TestEndsOfOtherKinds(t *testing.T) {
	begun := life(four)[:3:3]
	segment := func(s world.Segment) world.Segment { s.Flow, s.At = four, start; return s }
	tests := []struct {
		name    string
		in      []world.Segment
		flags   frame.Flags
		seq     func(c, s uint32) uint32
		ack     func(c, s uint32) uint32
		skipped int64
	}{
		{"refused", []world.Segment{begun[0], segment(world.Segment{RST: true, FromServer: true})}, frame.RST | frame.ACK,
			func(c, s uint32) uint32 { return 0 }, func(c, s uint32) uint32 { return c + 1 }, 0},
		{"reset by the client", append(begun, segment(world.Segment{RST: true})), frame.RST | frame.ACK,
			func(c, s uint32) uint32 { return c + 1 }, func(c, s uint32) uint32 { return s + 1 }, 0},
		{"reset after the FIN", append(begun, segment(world.Segment{FIN: true}), segment(world.Segment{RST: true})), frame.RST | frame.ACK,
			func(c, s uint32) uint32 { return c + 2 }, func(c, s uint32) uint32 { return s + 1 }, 0},
		{"something after the reset", append(begun, segment(world.Segment{RST: true}), segment(world.Segment{FromServer: true})), frame.RST | frame.ACK,
			func(c, s uint32) uint32 { return c + 1 }, func(c, s uint32) uint32 { return s + 1 }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stats tape.Stats
			got := read(t, record(t, func(tp *tape.Tape) {
				for i := range tt.in {
					tp.Segment(&tt.in[i])
				}
				stats = tp.Stats()
			}))
			last, c, s := got[len(got)-1], got[0].Seq, got[1].Seq
			if last.Flags != tt.flags || last.Seq != tt.seq(c, s) || last.Ack != tt.ack(c, s) {
				t.Errorf("flags %b, seq %d, ack %d where the numbers begin at %d and %d", last.Flags, last.Seq, last.Ack, c, s)
			}
			if stats.Skipped != tt.skipped || stats.Frames != int64(len(got)) {
				t.Errorf("%+v, %d frames", stats, len(got))
			}
		})
	}
}

func TestLongSegmentsAreSplit(t *testing.T) {
	for _, flow := range []world.Flow{four, six} {
		data := bytes.Repeat([]byte("0123456789"), 20_000)
		got := read(t, segments(t, append(life(flow)[:3], world.Segment{Flow: flow, At: start, Data: data, FIN: true})...))[3:]
		var all []byte
		for i, g := range got {
			last := i == len(got)-1
			if g.Seq != got[0].Seq+uint32(len(all)) || (g.Flags&frame.FIN != 0) != last || (g.Flags&frame.PSH != 0) != last {
				t.Errorf("flow %d, frame %d: seq %d, flags %b", flow.ID, i, g.Seq, g.Flags)
			}
			all = append(all, g.Payload...)
		}
		if len(got) != 4 || !bytes.Equal(all, data) {
			t.Errorf("flow %d: %d bytes in %d frames", flow.ID, len(all), len(got))
		}
	}
}

// The numbers of some connections pass 2^32, and are the same each time.
func TestFirstNumbers(t *testing.T) {
	wraps := 0
	var all []world.Segment
	for id := range 400 {
		f := four
		f.ID, f.Client = id, netip.AddrPortFrom(four.Client.Addr(), uint16(20000+id))
		all = append(all, world.Segment{Flow: f, At: start, SYN: true})
	}
	got := read(t, segments(t, all...))
	for _, g := range got {
		if g.Seq > 1<<32-4097 {
			wraps++
		}
	}
	if wraps < 50 || wraps > 150 {
		t.Errorf("%d of 400 are near the wrap", wraps)
	}
	if again := read(t, segments(t, all...)); !reflect.DeepEqual(got, again) {
		t.Error("other numbers the second time")
	}
}

func TestFlowsAreBounded(t *testing.T) {
	tp, err := tape.New(&bytes.Buffer{}, tape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	syn := func(id int, reset bool) {
		f := four
		f.ID = id
		tp.Segment(&world.Segment{Flow: f, At: start, SYN: !reset, RST: reset})
	}
	for id := range 1<<16 + 10 {
		syn(id, false)
	}
	if s := tp.Stats(); s.Frames != 1<<16 || s.Skipped != 10 {
		t.Errorf("%+v, want 65536 and 10", s)
	}
	syn(0, true)
	syn(1<<17, false)
	if s := tp.Stats(); s.Frames != 1<<16+2 {
		t.Errorf("%+v after one has ended, want 65538", s)
	}
	if f := four; true {
		f.ID = 1 << 18
		tp.Segment(&world.Segment{Flow: f, Data: []byte("x")})
	}
	if s := tp.Stats(); s.Skipped != 11 {
		t.Errorf("%+v, want the segment without a beginning skipped", s)
	}
}

// Connections that have ended are forgotten, in whatever way they did.
func TestEndedFlowsAreForgotten(t *testing.T) {
	var stats tape.Stats
	record(t, func(tp *tape.Tape) {
		for id := range 1<<16 + 10 {
			f := four
			f.ID = id
			for _, s := range life(f) {
				tp.Segment(&s)
			}
		}
		stats = tp.Stats()
	})
	if stats.Skipped > 0 {
		t.Errorf("%+v", stats)
	}
}

type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("full")
	}
	return len(b), nil
}

func TestErrorStays(t *testing.T) {
	if _, err := tape.New(&failing{}, tape.Options{}); err == nil {
		t.Error("no error of the first write")
	}
	tp, err := tape.New(&failing{left: 300}, tape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range life(four) {
		tp.Segment(&s)
	}
	if err := tp.Flush(); err == nil || tp.Err() != err {
		t.Errorf("flush %v, later %v", err, tp.Err())
	}
	tp.Segment(&life(six)[0])
	if s := tp.Stats(); s.Skipped != 1 {
		t.Errorf("%+v", s)
	}
}
