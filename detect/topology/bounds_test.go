package topology

import (
	"encoding/binary"
	"net/netip"
	"strconv"
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
