package failover

import (
	"net/netip"
	"testing"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// ordinary is evidence of ordinary traffic: reads or writes of some nodes in turn,
// each with its Conn. The nodes are primaries.
type ordinary struct {
	tracker *Tracker
	pieces  []*detect.Evidence
	at      int64
	next    int
}

func newOrdinary(nodes int, write bool) *ordinary {
	o := &ordinary{at: scriptStart}
	m := topology.New()
	o.tracker = New(Options{Nodes: m})
	m.Changed = o.tracker.RoleChanged
	for i := range nodes {
		c := &detect.Conn{ID: uint64(i + 1), Client: netip.MustParseAddrPort("10.1.0.1:40000"), Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 6379)}
		m.Add(&detect.Evidence{Place: detect.Place{At: o.at}, Kind: detect.Speaks, Conn: c})
		first := &detect.Evidence{Place: detect.Place{At: o.at}, Since: o.at - 1, Kind: detect.Replied, Reply: detect.Served, Write: true, Ordinal: 1, Conn: c}
		m.Add(first)
		o.tracker.Add(first)
		o.pieces = append(o.pieces, &detect.Evidence{Kind: detect.Replied, Reply: detect.Served, Write: write, Ordinal: 1, Conn: c})
	}
	return o
}

// add gives the next piece to the tracker: a reply every ten microseconds.
func (o *ordinary) add() {
	e := o.pieces[o.next]
	if o.next++; o.next == len(o.pieces) {
		o.next = 0
	}
	o.at += 10_000
	e.Since, e.At = o.at-5_000, o.at
	o.tracker.Add(e)
}

type traffic struct {
	name string
	*ordinary
}

func ordinaries() []traffic {
	return []traffic{
		{"reads", newOrdinary(1, false)}, {"reads of two nodes", newOrdinary(2, false)},
		{"writes", newOrdinary(1, true)}, {"writes of two nodes by turns", newOrdinary(2, true)}, {"writes of six nodes by turns", newOrdinary(6, true)},
	}
}

func TestOrdinaryRepliesAllocateNothing(t *testing.T) {
	for _, o := range ordinaries() {
		for range 1000 { // what is remembered of each pair is made once
			o.add()
		}
		if n := testing.AllocsPerRun(1000, o.add); n != 0 {
			t.Errorf("%s allocate %v times", o.name, n)
		}
	}
}

func BenchmarkOrdinary(b *testing.B) {
	for _, o := range ordinaries() {
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o.add()
			}
		})
	}
}
