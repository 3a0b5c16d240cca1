package failover

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"ricochet/detect"
)

// lines writes a script of lines that are numbered from 0.
func lines(n int, format func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(format(i))
		b.WriteByte('\n')
	}
	return b.String()
}

// addr is the i-th of many nodes.
func addr(i int) string {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}), 6379).String()
}

func TestEpisodesOverTheBoundAreCounted(t *testing.T) {
	const more = 5
	s := parse(t, lines(MaxEpisodes+more, func(i int) string {
		return fmt.Sprintf("%dms speaks A\n%d-%d.1ms order %s FAILOVER to=B", i, i, i, addr(i))
	}))
	k := s.play()
	eps := k.Episodes()
	if len(eps) != MaxEpisodes || k.Forgotten != more || eps[0].From != node(addr(more)) {
		t.Errorf("%d episodes, the first of %v, %d forgotten", len(eps), eps[0].From, k.Forgotten)
	}
	s.checkTold(t, eps)
	closed := 0
	for _, x := range s.told {
		if x.state == Closed {
			closed++
		}
	}
	if closed != MaxEpisodes+more {
		t.Errorf("%d were told to be closed", closed)
	}
}

func TestServersOverTheBoundAreCounted(t *testing.T) {
	const more = 7
	s := parse(t, lines(maxServers+more, func(i int) string {
		return fmt.Sprintf("%dms speaks %s\n%d-%d.1ms write %s c1", i, addr(i), i, i, addr(i))
	}))
	k := s.play()
	s.checkBounds(t)
	if k.Forgotten == 0 || len(k.servers) != maxServers {
		t.Errorf("%d servers, %d forgotten", len(k.servers), k.Forgotten)
	}
}

// TestRedirectsOverTheBoundAreMissed: redirects of a replica that is none of an
// episode's are forgotten without a word. If one then turns out to have begun before
// what is remembered, that is counted.
func TestRedirectsOverTheBoundAreMissed(t *testing.T) {
	many := "0ms speaks A\n0ms speaks B\n" + lines(2*maxRecent, func(i int) string { return fmt.Sprintf("%d-%d.1ms redirect A B c1 capa", i+10, i+10) })
	for _, x := range []struct {
		name, link string
		forgotten  bool
	}{
		{"no episode", "", false},
		{"one that began since", fmt.Sprintf("%dms sync A B PSYNC failover opened=%dms\n", 2*maxRecent+20, 2*maxRecent+19), false},
		{"one that began before", fmt.Sprintf("%dms sync A B PSYNC failover opened=5ms\n", 2*maxRecent+20), true},
	} {
		k := parse(t, many+x.link).play()
		if got := k.Forgotten > 0; got != x.forgotten {
			t.Errorf("%s: %d forgotten", x.name, k.Forgotten)
		}
		if n := len(k.servers[node("A")].recent); n > maxRecent {
			t.Errorf("%s: %d are remembered", x.name, n)
		}
	}
}

// TestManyRedirectsInProgressAreAllCounted: those of which it is not clear yet are
// counted beyond the bound, too.
func TestManyRedirectsInProgressAreAllCounted(t *testing.T) {
	const n = 3 * maxUnclear
	k := parse(t, "0ms speaks A\n0ms speaks B\n10-10.1ms order A FAILOVER to=B\n20ms sync A B REPLCONF opened=19ms\n21ms sync A B PSYNC failover\n"+
		lines(n, func(i int) string { return fmt.Sprintf("%d-%d.1ms redirect A B c1 capa", i+30, i+30) })+
		fmt.Sprintf("21-%dms answer A B CONTINUE failover\n", n+100)).play()
	c := k.Episodes()[0].Checks[NoRedirectWhileInProgress]
	if c.Result != Violated || c.Count != n || len(c.Proofs) != maxProofs {
		t.Errorf("%s %d with %d proofs, want %d", c.Result, c.Count, len(c.Proofs), n)
	}
}

func TestOrdersAreTheLatest(t *testing.T) {
	k := parse(t, lines(3*maxOrders, func(i int) string { return fmt.Sprintf("%d-%d.1ms order A CLIENT-PAUSE timeout=%d", i, i, i+1) })).play()
	all := k.Orders()
	if len(all) > maxOrders || all[len(all)-1].Order.Timeout != 3*maxOrders {
		t.Errorf("%d orders, the last %+v", len(all), all[len(all)-1].Order)
	}
}

// TestEndlessTrafficIsBounded: a busy day of connections, links, Sentinels and
// clients that come and go leaves nothing behind.
func TestEndlessTrafficIsBounded(t *testing.T) {
	s := parse(t, "")
	k := s.play()
	for i := range 3 * maxWays {
		at := int64(scriptStart + i*1_000_000)
		c := &detect.Conn{
			ID: uint64(i + 1), Opened: at, Server: node(addr(i % 50)),
			Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 20, byte(i >> 8), byte(i)}), 40000),
		}
		add := func(e detect.Evidence) {
			e.Conn, e.Slot = c, -1
			e.At += at
			s.nodes.Add(&e)
			k.Add(&e)
		}
		add(detect.Evidence{Place: detect.Place{At: 100_000}, Kind: detect.Accepted})
		switch i % 3 {
		case 0:
			peer := node(addr(100 + i%50))
			add(detect.Evidence{Place: detect.Place{At: 200_000}, Kind: detect.Synced, Detail: &detect.Detail{Peer: peer, Sync: &detect.Sync{Request: "PSYNC", Port: 6379}}})
		case 1:
			add(detect.Evidence{Place: detect.Place{At: 200_000}, Kind: detect.Claimed, Detail: &detect.Detail{FromClient: true, Claims: []detect.Claim{
				{Source: "sentinel-hello", Self: true, Role: "sentinel", ID: "s", Host: "10.0.0.99", Port: 26379}, {Source: "sentinel-hello", Role: "primary", Group: "g", Host: "10.9.0.1", Port: 6379},
			}}})
		default:
			add(detect.Evidence{Place: detect.Place{At: 200_000}, Kind: detect.Replied, Reply: detect.Failed, Ordinal: 1, Since: at, Detail: &detect.Detail{Word: "ERR"}})
		}
		if i%7 != 0 { // the end of some is not seen
			add(detect.Evidence{Place: detect.Place{At: 300_000}, Kind: detect.Closed})
		}
	}
	s.tracker = k
	s.checkBounds(t)
	if k.Forgotten != 0 {
		t.Errorf("%d forgotten of a day without a failover", k.Forgotten)
	}
}
