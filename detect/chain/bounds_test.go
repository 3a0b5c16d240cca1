package chain

import (
	"fmt"
	"net/netip"
	"testing"

	"ricochet/detect"
)

func TestBoundsAreCounted(t *testing.T) {
	t.Run("chains", func(t *testing.T) {
		w := newTraffic()
		w.tracker.maxOpen = 100
		w.open(150, false)
		if w.tracker.open != 100 || w.tracker.Bounds.OpenChains != 50 {
			t.Errorf("%d open, %d given up", w.tracker.open, w.tracker.Bounds.OpenChains)
		}
	})
	t.Run("links", func(t *testing.T) {
		w := newTraffic()
		for i := range uint64(2*maxLinks + 1) {
			w.tracker.link(i)
		}
		if n := len(w.tracker.links.young) + len(w.tracker.links.old); n > 2*maxLinks || w.tracker.Bounds.Links != 1 {
			t.Errorf("%d links, %d generations forgotten", n, w.tracker.Bounds.Links)
		}
	})
	t.Run("alike", func(t *testing.T) {
		w := newTraffic()
		w.open(maxWeighed+1, true)
		w.sent(w.conn(1, 3), 1, 1)
		if w.tracker.Bounds.Alike != 1 {
			t.Errorf("%d commands were not compared with all", w.tracker.Bounds.Alike)
		}
	})
	t.Run("names", func(t *testing.T) {
		tr := New(Options{})
		for i := range maxNames + 2 {
			tr.learn(fmt.Sprint(i), nodes(1)[0])
		}
		if len(tr.names) != maxNames || tr.Bounds.Names != 2 {
			t.Errorf("%d names, %d not learnt", len(tr.names), tr.Bounds.Names)
		}
	})
	t.Run("hosts", func(t *testing.T) {
		tr := New(Options{})
		for _, n := range nodes(maxHosts + 1) {
			tr.visits(&detect.Conn{Client: n})
		}
		if len(tr.hosts) != 1 || tr.Bounds.Hosts != 1 {
			t.Errorf("%d hosts, forgotten %d times", len(tr.hosts), tr.Bounds.Hosts)
		}
	})
	t.Run("routes", func(t *testing.T) {
		tr := New(Options{})
		for _, n := range nodes(3 * maxRoutes) {
			tr.reach(&detect.Conn{Client: n, Server: n})
		}
		if n := len(tr.routes.young) + len(tr.routes.old); n > 2*maxRoutes {
			t.Errorf("%d routes", n)
		}
	})
	t.Run("visits", func(t *testing.T) {
		c := &Chain{}
		missed := 0
		for _, n := range nodes(MaxVisits + 2) {
			if !c.addHop(Hop{Node: n, Reply: detect.Moved}) {
				missed++
			}
		}
		if len(c.visits) != MaxVisits || missed != 2 || c.HopCount != MaxVisits+2 {
			t.Errorf("%d visits, %d missed, %d hops", len(c.visits), missed, c.HopCount)
		}
	})
	t.Run("findings", func(t *testing.T) {
		var f Findings
		for i := range MaxFindings + 2 {
			f.Add(bouncedChain(byte(i>>8), byte(i)))
		}
		if len(f.all) != MaxFindings || f.Merged != 2 {
			t.Errorf("%d findings, %d merged", len(f.all), f.Merged)
		}
		if g := f.all[MaxFindings-1]; g.Commands != 3 {
			t.Errorf("the last finding has %d commands, want 3", g.Commands)
		}
	})
	t.Run("clients", func(t *testing.T) {
		var f Findings
		for range MaxClients + 2 {
			f.Add(bouncedChain(0, 1))
		}
		if g := f.all[0]; len(g.shares) != MaxClients || g.Omitted != 2 || len(g.Examples) != MaxExamples || len(g.Nodes) != 2 {
			t.Errorf("%d clients, %d omitted, %d examples, %d nodes", len(g.shares), g.Omitted, len(g.Examples), len(g.Nodes))
		}
	})
	t.Run("writes that met READONLY", func(t *testing.T) {
		r := NewReadonly(0)
		refuse := func(id, command uint64) {
			c := &detect.Conn{ID: id, Client: nodes(1)[0]}
			r.Add(&detect.Evidence{Kind: detect.Replied, Reply: detect.Failed, Conn: c, Ordinal: 1, Command: command, Detail: &detect.Detail{Word: "READONLY"}})
		}
		for i := range uint64(maxRuns + 3) {
			refuse(i, 1)
		}
		if r.Forgotten != 3 {
			t.Errorf("%d clients forgotten, want 3", r.Forgotten)
		}
		for i := range uint64(maxReadonly) {
			refuse(i, 2+i)
		}
		if len(r.runs) != 1 || r.Forgotten != 3+maxReadonly {
			t.Errorf("%d writes, %d forgotten", len(r.runs), r.Forgotten)
		}
	})
}

// A bounce of a second has thousands of hops: the first and the last are kept,
// in order, and all are counted.
func TestHopsOfALongBounce(t *testing.T) {
	two := nodes(2)
	for _, n := range []int{1, MaxHopsHead, MaxHopsHead + MaxHopsTail, MaxHopsHead + MaxHopsTail + 1, 1000} {
		c := &Chain{}
		for i := range n {
			c.addHop(Hop{Place: detect.Place{At: int64(1 + i)}, Node: two[i&1], Reply: detect.Redirect})
		}
		hops := c.OrderedHops()
		kept := min(n, MaxHopsHead+MaxHopsTail)
		if len(hops) != kept || c.HopCount != n {
			t.Errorf("of %d hops %d are kept and %d counted", n, len(hops), c.HopCount)
		}
		for i, h := range hops {
			want := int64(1 + i)
			if i >= MaxHopsHead {
				want = int64(n - kept + 1 + i)
			}
			if h.At != want {
				t.Fatalf("of %d hops number %d is that of %d, want %d", n, i, h.At, want)
			}
		}
	}
}

// nodes returns n addresses.
func nodes(n int) []netip.AddrPort {
	all := make([]netip.AddrPort, n)
	for i := range all {
		all[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 6379)
	}
	return all
}
