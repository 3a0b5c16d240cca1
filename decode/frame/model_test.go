package frame

import "testing"

// modelLen is beyond what a fragment of FuzzFragments can reach.
const modelLen = 4096

// model is a datagram under reassembly, told byte by byte.
type model struct {
	have, captured [modelLen]bool
	bytes          [modelLen]byte
	top, end       int
}

// stretches counts the runs of bytes that have arrived.
func (m *model) stretches() int {
	n := 0
	for i := range m.top {
		if m.have[i] && (i == 0 || !m.have[i-1]) {
			n++
		}
	}
	return n
}

// add adds a fragment and returns the verdict that is due.
func (m *model) add(f fragment) Verdict {
	to := f.offset + f.wire
	switch {
	case f.wire <= 0, f.more && f.wire%8 != 0,
		m.end == 0 && !f.more && to <= m.top,
		m.end != 0 && f.more && to >= m.end,
		m.end != 0 && !f.more && to != m.end:
		return Malformed
	}
	before := *m
	m.top = max(m.top, to)
	if !f.more {
		m.end = to
	}
	for i := f.offset; i < to; i++ {
		if m.have[i] {
			continue
		}
		m.have[i] = true
		if i-f.offset < len(f.data) {
			m.captured[i], m.bytes[i] = true, f.data[i-f.offset]
		}
	}
	if m.stretches() > MaxStretches {
		*m = before
		return FragmentLost
	}
	if m.end == 0 {
		return Held
	}
	for _, have := range m.have[:m.end] {
		if !have {
			return Held
		}
	}
	return whole
}

// kept returns the bytes from the start up to the first that was not captured.
func (m *model) kept() []byte {
	n := 0
	for n < m.end && m.captured[n] {
		n++
	}
	return m.bytes[:n]
}

// FuzzFragments makes fragments of one datagram from groups of four bytes:
// offset, length, how many bytes of it were captured, and flags. It holds the
// decoder against the model.
func FuzzFragments(f *testing.F) {
	f.Add([]byte{0, 10, 255, 1, 10, 10, 255, 1, 20, 5, 255, 0})
	f.Add([]byte{20, 5, 255, 0, 0, 10, 255, 1, 10, 10, 30, 1})
	f.Add([]byte{0, 10, 255, 1, 5, 10, 255, 1, 4, 1, 255, 1, 12, 13, 3, 4})
	f.Add([]byte{0, 1, 255, 1, 2, 1, 255, 1, 4, 1, 255, 1, 1, 4, 4, 1, 5, 1, 8, 2})
	var alternate []byte
	for i := range byte(2*MaxStretches + 4) {
		alternate = append(alternate, i*2, 1, 8, 1)
	}
	f.Add(alternate)
	f.Fuzz(func(t *testing.T, script []byte) {
		var d Decoder
		m := new(model)
		key := datagramKey{id: 7, version: 4}
		for n := byte(1); len(script) >= 4; n++ {
			g := script[:4]
			script = script[4:]
			frag := fragment{offset: int(g[0]) * 8, more: g[3]&1 != 0, next: n, wire: int(g[1]) * 8}
			if frag.wire > 0 {
				frag.wire -= int(g[3] >> 1 & 7) // the last need not be a multiple of 8
			}
			frag.data = make([]byte, min(int(g[2]), frag.wire))
			for i := range frag.data {
				frag.data[i] = n
			}
			want := m.add(frag)
			data, wire, _, got := d.fragment(key, frag)
			if got != want {
				t.Fatalf("fragment %d: %v, want %v", n, got, want)
			}
			if got != whole {
				continue
			}
			if string(data) != string(m.kept()) || wire != m.end {
				t.Fatalf("datagram of %d bytes, %v, want %d, %v", wire, data, m.end, m.kept())
			}
			return
		}
	})
}
