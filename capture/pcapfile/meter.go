package pcapfile

import "io"

// meterStep is how many bytes are read between two calls of Options.Progress.
const meterStep = 1 << 20

// meter counts what is read of all inputs, before decompression.
type meter struct {
	report      func(read, total int64)
	read, total int64
	next        int64 // call report once read gets there
	started     bool  // what Open reads is counted, but reported by Next only
	ended       bool
}

func (m *meter) start() { m.started = true }

func (m *meter) add(n int) {
	m.read += int64(n)
	if m.report != nil && m.started && m.read >= m.next {
		m.next = m.read + meterStep
		m.report(m.read, m.total)
	}
}

// end reports once more, so that the last number is the final one.
func (m *meter) end() {
	if m.report != nil && !m.ended {
		m.ended = true
		m.report(m.read, m.total)
	}
}

// metered counts what is read through it.
type metered struct {
	r io.Reader
	m *meter
}

func (r metered) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.m.add(n)
	return n, err
}
