package align

import (
	"encoding/binary"
	"math/rand/v2"

	"ricochet/decode/frame"
)

const (
	second = int64(1e9)
	milli  = int64(1e6)
	micro  = int64(1e3)
	start  = 1_700_000_000 * second
)

// clockModel is a clock that may be wrong.
type clockModel struct {
	offset int64   // ahead at the start
	ppm    float64 // faster
	setAt  int64   // true time since the start at which it is set by
	set    int64
	wander func(since int64) int64
}

// shows returns what the clock shows at a true time since the start.
func (c clockModel) shows(since int64) int64 {
	t := start + since + c.offset + int64(c.ppm*1e-6*float64(since))
	if c.setAt != 0 && since >= c.setAt {
		t += c.set
	}
	if c.wander != nil {
		t += c.wander(since)
	}
	return t
}

// link is a way between two hosts, and what goes over it: requests and their
// answers.
type link struct {
	a, b        int
	there, back int64 // smallest delays
	jitter      int64 // mean of the rest
	every       int64 // between two requests
	from, to    int64 // true times since the start
	lost        float64
	again       float64 // share of segments that are sent twice
	oneWay      bool
}

// world makes the captures of hosts, each with a clock of its own.
type world struct {
	clocks []clockModel
	links  []link
	seed   uint64
}

// tables plays the traffic, and returns what each host captured.
func (w *world) tables() []*table {
	rng := rand.New(rand.NewPCG(w.seed, 1))
	tables := make([]*table, len(w.clocks))
	for i := range tables {
		tables[i] = newTable(len(tables))
	}
	see := func(at int, s *frame.Segment, since int64, lost float64) {
		if at < len(w.clocks) && rng.Float64() >= lost { // not every host is captured
			tables[at].add(s, w.clocks[at].shows(since)/micro*micro) // as tcpdump writes it
		}
	}
	for n, l := range w.links {
		port := uint16(40000 + n)
		seq, ack := uint32(rng.Uint64()), uint32(rng.Uint64())
		for at := l.from; at < l.to; at += l.every/2 + rng.Int64N(l.every) {
			tail := func() int64 { return int64(rng.ExpFloat64() * float64(l.jitter)) }
			request := segment(l.a, l.b, port, 6379, seq, ack, 30)
			arrived := at + l.there + tail()
			see(l.a, request, at, l.lost)
			see(l.b, request, arrived, l.lost)
			if rng.Float64() < l.again {
				see(l.a, request, at+200*milli, l.lost)
				see(l.b, request, at+200*milli+l.there+tail(), l.lost)
			}
			seq += 30
			if !l.oneWay {
				answer := segment(l.b, l.a, 6379, port, ack, seq, 5)
				see(l.b, answer, arrived+50*micro, l.lost)
				see(l.a, answer, arrived+50*micro+l.back+tail(), l.lost)
			}
			ack += 5
		}
	}
	return tables
}

// clocksOf estimates the clocks.
func (w *world) clocksOf(given map[int]int64) []Clock {
	t := w.tables()
	return resolve(t, match(t), given)
}

func segment(from, to int, sport, dport uint16, seq, ack uint32, n int) *frame.Segment {
	return &frame.Segment{Src: frame.Endpoint{Addr: address(from), Port: sport}, Dst: frame.Endpoint{Addr: address(to), Port: dport},
		Seq: seq, Ack: ack, Flags: frame.ACK | frame.PSH, Len: n}
}

func address(host int) (a [16]byte) {
	binary.BigEndian.PutUint32(a[8:], 0xffff)
	binary.BigEndian.PutUint32(a[12:], 0x0a000001+uint32(host))
	return a
}

// off returns how far a clock's correction is off the truth at a true time since
// the start, if the first host's clock is the reference.
func (w *world) off(i int, c *Clock, since int64) int64 {
	return c.line().other(w.clocks[i].shows(since)) - w.clocks[0].shows(since)
}

func abs(x int64) int64 { return max(x, -x) }
