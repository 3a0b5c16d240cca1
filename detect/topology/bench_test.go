package topology

import (
	"testing"

	"ricochet/detect"
)

// steadyMap returns a map with a primary, and a write and a read that it serves.
func steadyMap() (m *Map, write, read *detect.Evidence) {
	m = New()
	c := &detect.Conn{Server: addr(0)}
	m.Add(&detect.Evidence{Kind: detect.Speaks, Conn: c})
	write = &detect.Evidence{Place: detect.Place{At: 2}, Since: 1, Kind: detect.Replied, Reply: detect.Served, Write: true, Ordinal: 1, Conn: c}
	m.Add(write)
	read = &detect.Evidence{Place: detect.Place{At: 2}, Since: 1, Kind: detect.Replied, Reply: detect.Served, Ordinal: 1, Conn: c}
	return m, write, read
}

func TestOrdinaryRepliesAllocateNothing(t *testing.T) {
	m, write, read := steadyMap()
	at := int64(10)
	if n := testing.AllocsPerRun(1000, func() {
		at += 10
		write.Since, write.At = at, at+5
		m.Add(write)
		m.Add(read)
	}); n != 0 {
		t.Errorf("a served write and a read allocate %v times", n)
	}
	// Many clients at a time: replies that were under way together.
	if n := testing.AllocsPerRun(1000, func() {
		at += 10
		write.Since, write.At = at-2000, at
		m.Add(write)
	}); n != 0 {
		t.Errorf("an overlapping write allocates %v times", n)
	}
}

func TestRepeatedRedirectsAllocateNothing(t *testing.T) {
	m, _, _ := steadyMap()
	d := &detect.Detail{Target: addr(1).String(), Line: "REDIRECT " + addr(1).String()}
	e := &detect.Evidence{Kind: detect.Replied, Reply: detect.Redirect, Ordinal: 1, Conn: &detect.Conn{Server: addr(0)}, Detail: d}
	at := int64(100)
	if n := testing.AllocsPerRun(1000, func() {
		at += 10
		e.Since, e.At = at, at+5
		m.Add(e)
	}); n != 0 {
		t.Errorf("a redirect like the one before allocates %v times", n)
	}
}

func BenchmarkServedRead(b *testing.B) {
	m, _, read := steadyMap()
	b.ReportAllocs()
	for b.Loop() {
		m.Add(read)
	}
}

func BenchmarkServedWrite(b *testing.B) {
	m, write, _ := steadyMap()
	b.ReportAllocs()
	for b.Loop() {
		write.Since, write.At = write.At+1, write.At+3
		m.Add(write)
	}
}

// BenchmarkServedWritesByTurns: two primaries, so that the node is looked up each time.
func BenchmarkServedWritesByTurns(b *testing.B) {
	m, write, _ := steadyMap()
	other := *write
	other.Conn = &detect.Conn{Server: addr(1)}
	m.Add(&detect.Evidence{Kind: detect.Speaks, Conn: other.Conn})
	m.Add(&other)
	b.ReportAllocs()
	for b.Loop() {
		write.Since, write.At = write.At+1, write.At+3
		other.Since, other.At = write.Since, write.At
		m.Add(write)
		m.Add(&other)
	}
}

func BenchmarkRedirect(b *testing.B) {
	m, _, _ := steadyMap()
	d := &detect.Detail{Target: addr(1).String(), Line: "REDIRECT " + addr(1).String()}
	e := &detect.Evidence{Place: detect.Place{At: 10}, Kind: detect.Replied, Reply: detect.Redirect, Ordinal: 1, Conn: &detect.Conn{Server: addr(0)}, Detail: d}
	b.ReportAllocs()
	for b.Loop() {
		e.Since, e.At = e.At+1, e.At+3
		m.Add(e)
	}
}
