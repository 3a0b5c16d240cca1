package topology

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
)

func addr(i int) netip.AddrPort {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 10<<24+uint32(i))
	return netip.AddrPortFrom(netip.AddrFrom4(b), 6379)
}

func TestBoundsAreCounted(t *testing.T) {
	m := New()
	for i := range MaxNodes + 3 {
		m.Add(&detect.Evidence{Kind: detect.Speaks, Conn: &detect.Conn{Server: addr(i)}})
	}
	if n := len(m.Nodes()); n != MaxNodes || m.Forgotten != 3 {
		t.Errorf("%d nodes, %d forgotten; want %d and 3", n, m.Forgotten, MaxNodes)
	}

	m = New()
	c := &detect.Conn{Server: addr(0)}
	for i := range maxNamed + 3 {
		m.Add(&detect.Evidence{Kind: detect.Replied, Reply: detect.Moved, Conn: c, Detail: &detect.Detail{Target: addr(1 + i).String()}})
	}
	if n := len(m.Unseen()); n != maxNamed || m.Forgotten != 3 {
		t.Errorf("%d named, %d forgotten; want %d and 3", n, m.Forgotten, maxNamed)
	}

	m = New()
	for i := range maxNamed + 3 {
		m.Add(&detect.Evidence{Kind: detect.Opening, Conn: &detect.Conn{Server: addr(i)}})
	}
	if len(m.tried) != maxNamed || m.Forgotten != 3 {
		t.Errorf("%d tried, %d forgotten; want %d and 3", len(m.tried), m.Forgotten, maxNamed)
	}

	m = New()
	for i := range MaxIntervals + 4 {
		e := &detect.Evidence{Place: detect.Place{At: int64(2 * i)}, Since: int64(2*i - 1), Kind: detect.Replied, Reply: detect.Redirect, Conn: c, Detail: &detect.Detail{Target: addr(1 + i&1).String()}}
		m.Add(e)
	}
	if n := len(m.Nodes()[0].Roles); n != MaxIntervals || m.Forgotten != 4 {
		t.Errorf("%d intervals, %d forgotten; want %d and 4", n, m.Forgotten, MaxIntervals)
	}
}

func TestEvidenceOfARoleIsBounded(t *testing.T) {
	m := New()
	c := &detect.Conn{Server: addr(0)}
	for i := range 100 {
		d := &detect.Detail{Order: &detect.Order{Verb: "REPLICAOF", Host: "10.0.0.1", Port: 6379, Answer: "OK", Text: strconv.Itoa(i)}}
		m.Add(&detect.Evidence{Place: detect.Place{At: int64(i)}, Since: int64(i), Kind: detect.Ordered, Conn: c, Detail: d})
	}
	r := m.Find(addr(0)).Roles
	if len(r) != 1 || len(r[0].Proofs) != maxProofs || r[0].Until != 99 {
		t.Errorf("roles: %+v", r)
	}
}

// full plays many pieces of evidence, each with its number, and returns the map.
func full(t *testing.T, n int, lines ...string) *Map {
	t.Helper()
	m := New()
	play(t, m, "0ms speaks A\n0ms speaks B\n")
	for i := range n {
		for _, line := range lines {
			play(t, m, strings.ReplaceAll(line, "%d", strconv.Itoa(i)))
		}
	}
	return m
}

func TestWhatOthersSayIsBounded(t *testing.T) {
	m := full(t, 40, "%dms says 10.0.3.%d:1 cluster-nodes self id=s%d primary; A id=a primary")
	n := m.Find(node("A"))
	if len(n.voices) != maxVoices || len(n.Roles) != 1 || len(n.Roles[0].Proofs) != maxProofs {
		t.Errorf("%d voices, roles %+v", len(n.voices), n.Roles)
	}
	m = full(t, 40, "1ms write A", "2ms says 10.0.3.%d:1 cluster-nodes self id=s%d primary; A id=a replica of=B")
	if r := m.Find(node("A")).Roles; len(r) != 1 || len(r[0].Against) != maxProofs {
		t.Errorf("roles %+v", r)
	}
}

func TestNamesAndAddressesAreBounded(t *testing.T) {
	m := full(t, maxNames+5, "1ms learn name%d:1 A")
	if n := m.Find(node("A")); len(m.names) != maxNames || len(n.Aliases) != maxAliases || m.Forgotten != 5+maxNames-maxAliases {
		t.Errorf("%d names, %d aliases, %d forgotten", len(m.names), len(n.Aliases), m.Forgotten)
	}
	m = full(t, 40, "1ms says A cluster-nodes self id=a as=10.5.0.%d:1 primary")
	if n := m.Find(node("A")); len(n.addrs) != maxAliases || m.Forgotten == 0 {
		t.Errorf("%d addresses, %d forgotten", len(n.addrs), m.Forgotten)
	}
}

func TestIdentitiesAreBounded(t *testing.T) {
	m := New()
	c := &detect.Conn{Server: addr(0)}
	for i := range maxIDs + 5 {
		said := detect.Claim{Source: KindNodes, Host: "10.7.0.1", Port: 1, ID: strconv.Itoa(i)}
		m.Add(&detect.Evidence{Kind: detect.Claimed, Conn: c, Detail: &detect.Detail{Claims: []detect.Claim{said}}})
	}
	if k := len(m.identities[nodeID]); k != maxIDs || m.Forgotten != 5 {
		t.Errorf("%d IDs, %d forgotten", k, m.Forgotten)
	}
}

func TestLinksAndGroupsAreBounded(t *testing.T) {
	m := New()
	for i := range maxLinks + 5 {
		y := &detect.Sync{Request: "ACK", Port: 6379}
		m.Add(&detect.Evidence{Kind: detect.Synced, Conn: &detect.Conn{ID: uint64(i), Server: addr(i)}, Detail: &detect.Detail{Peer: addr(i % 7), Sync: y}})
		if len(m.links) > maxLinks || len(m.members) > maxMembers {
			t.Fatalf("%d links, %d members", len(m.links), len(m.members))
		}
	}
	if m.Forgotten == 0 {
		t.Error("nothing forgotten")
	}
}

func TestViewsAreBounded(t *testing.T) {
	m := New()
	c := &detect.Conn{Server: addr(0)}
	for i := range int16(maxRanges + 5) {
		to := &detect.Detail{Target: addr(1 + int(i&1)).String()}
		m.Add(&detect.Evidence{Kind: detect.Replied, Reply: detect.Moved, Slot: 2 * i, Conn: c, Detail: to})
		m.Add(&detect.Evidence{Kind: detect.Replied, Reply: detect.Ask, Slot: 2 * i, Conn: c, Detail: to})
	}
	v := m.Find(addr(0)).view
	if len(v.ranges) != maxRanges || m.ranges != maxRanges || len(v.shifts) != maxShifts || m.Forgotten == 0 {
		t.Errorf("%d ranges, %d counted, %d shifts, %d forgotten", len(v.ranges), m.ranges, len(v.shifts), m.Forgotten)
	}
	m.Add(&detect.Evidence{Kind: detect.Replied, Reply: detect.Moved, Slot: 2, Conn: c, Detail: &detect.Detail{Target: "10.1.1.1:1"}})
	if o := m.Owners(2); len(o) != 1 || o[0].Owner.Port() != 1 {
		t.Errorf("a slot that is known cannot change hands when the view is full: %+v", o)
	}
}
