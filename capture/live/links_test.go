package live

import (
	"fmt"
	"testing"

	"ricochet/capture"
)

// nobody knows no interface.
func nobody(int) (linkState, bool) { return linkState{}, false }

// from accounts a packet of an interface, and returns the name of its entry.
func from(t *testing.T, l *links, index int) string {
	t.Helper()
	var p capture.Packet
	if !l.account(&frame{time: 1, index: index, hardware: hardwareEther, wire: 60, data: make([]byte, 60)}, &p, nobody) {
		return ""
	}
	return l.stats()[p.Origin].Name
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name string
		news []linkState
		want string // the entry of a packet from index 3
	}{
		{"known", []linkState{{3, "eth0", hardwareEther, false}}, "eth0"},
		{"never heard of", nil, "interface 3"},
		{"renamed", []linkState{{3, "veth1", hardwareEther, false}, {3, "eth0", hardwareEther, false}}, "eth0"},
		{"gone, with packets in the ring", []linkState{{3, "eth0", hardwareEther, false}, {3, "eth0", hardwareEther, true}}, "eth0"},
		{"the index given to another", []linkState{{3, "eth0", hardwareEther, false}, {3, "eth0", hardwareEther, true}, {3, "eth1", hardwareEther, false}}, "eth1"},
		{"a link layer that is not understood", []linkState{{3, "ib0", 32, false}}, ""},
		{"gone before it was known", []linkState{{3, "eth0", hardwareEther, true}}, "interface 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLinks("ebpf", nil)
			for _, s := range c.news {
				l.apply(s)
			}
			if got := from(t, l, 3); got != c.want {
				t.Errorf("the packet is of %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinksCountByName(t *testing.T) {
	l := newLinks("ebpf", []string{"eth7", "eth0"})
	l.apply(linkState{3, "eth0", hardwareEther, false})
	from(t, l, 3)
	l.apply(linkState{3, "eth0", hardwareEther, true})
	l.apply(linkState{9, "eth0", hardwareEther, false}) // it comes again
	var p capture.Packet
	l.account(&frame{time: 20, index: 9, wire: 100, data: make([]byte, 40)}, &p, nobody)
	if p.Origin != 1 || p.Number != 2 || p.Len != 100 || p.Link != capture.LinkEthernet {
		t.Errorf("the packet is %+v", p)
	}
	l.apply(linkState{9, "eth0", hardwareNone, false})
	l.account(&frame{time: 10, index: 9, wire: 10, data: make([]byte, 10)}, &p, nobody)
	if p.Link != capture.LinkRaw {
		t.Errorf("link type %d, want %d", p.Link, capture.LinkRaw)
	}
	want := capture.Stats{Name: "eth0", Format: "ebpf", Link: mixedLinks, Packets: 3, Bytes: 110, First: 1, Last: 20, Truncated: 1}
	if got := l.stats(); len(got) != 2 || got[0].Name != "eth7" || got[0].Packets != 0 || got[1] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestLinksResolve(t *testing.T) {
	l := newLinks("packet", nil)
	asked := 0
	resolve := func(index int) (linkState, bool) {
		asked++
		return linkState{index, "tun0", hardwareNone, false}, true
	}
	var p capture.Packet
	for range 3 {
		l.account(&frame{index: 5}, &p, resolve)
	}
	if asked != 1 || p.Link != capture.LinkRaw || l.stats()[0].Name != "tun0" {
		t.Errorf("asked %d times: %+v of %+v", asked, p, l.stats())
	}
	// Of one that has gone, the frame says what it was.
	l.account(&frame{index: 6, hardware: hardwareNone}, &p, nobody)
	if p.Link != capture.LinkRaw {
		t.Errorf("link type %d of an interface that is gone", p.Link)
	}
}

func TestLinksBounds(t *testing.T) {
	l := newLinks("ebpf", nil)
	for i := range 3 * maxLinks {
		l.apply(linkState{i, fmt.Sprint("veth", i), hardwareEther, false})
		from(t, l, i)
		if i%2 == 0 {
			l.apply(linkState{index: i, gone: true})
		}
		if len(l.byIndex) > maxLinks {
			t.Fatalf("%d interfaces are known", len(l.byIndex))
		}
	}
	s := l.stats()
	if len(s) != maxEntries || s[maxEntries-1].Name != otherLinks {
		t.Fatalf("%d entries, the last %+v", len(s), s[len(s)-1])
	}
	if want := int64(3*maxLinks - maxEntries + 1); s[maxEntries-1].Packets != want {
		t.Errorf("%d packets of others, want %d", s[maxEntries-1].Packets, want)
	}
}

func TestLinksChanges(t *testing.T) {
	l := newLinks("ebpf", nil)
	l.apply(linkState{1, "lo", hardwareLoopback, false})
	l.apply(linkState{2, "eth0", hardwareEther, false})
	l.apply(linkState{3, "eth1", hardwareEther, true})
	got := l.changes([]linkState{{1, "lo", hardwareLoopback, false}, {4, "eth2", hardwareEther, false}})
	want := []linkState{{1, "lo", hardwareLoopback, false}, {4, "eth2", hardwareEther, false}, {2, "eth0", 0, true}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAccountAllocatesNothing(t *testing.T) {
	l := newLinks("ebpf", nil)
	l.apply(linkState{1, "lo", hardwareLoopback, false})
	l.apply(linkState{2, "eth0", hardwareEther, false})
	f, p := &frame{wire: 60, data: make([]byte, 60)}, new(capture.Packet)
	if n := testing.AllocsPerRun(1000, func() {
		f.index = 3 - max(f.index, 1) // in turn
		l.account(f, p, nobody)
	}); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
