package wiretest

import (
	"bufio"
	"io"
	"math/rand/v2"

	"ricochet/capture"
)

// Shares of the packets of Tangled, in per mille.
const (
	tangledSwaps      = 20
	tangledDuplicates = 10
)

// recorder writes a pcap file packet by packet, tangled on request.
type recorder struct {
	w    *bufio.Writer // keeps the first error until Flush
	head []byte        // scratch: one record header

	rng  *rand.Rand // nil: not tangled
	held []byte     // tangled: the packet before, not yet written
	at   int64      // its time
}

func newRecorder(w io.Writer, tangled bool) *recorder {
	r := &recorder{w: bufio.NewWriterSize(w, 1<<18)}
	if tangled {
		r.rng = rand.New(rand.NewPCG(2, 2))
	}
	return r
}

func (r *recorder) start(link capture.LinkType) { r.w.Write(appendFileHeader(nil, magicNanos, link)) }

// packet writes a packet, whose frame the caller may reuse afterwards.
func (r *recorder) packet(at int64, frame []byte) {
	if r.rng == nil {
		r.write(at, frame)
		return
	}
	if r.held != nil && r.rng.IntN(1000) < tangledSwaps {
		r.write(r.at, frame) // overtakes the packet before it, which takes its time
		r.at = at
		return
	}
	r.release()
	r.held, r.at = append(r.held[:0], frame...), at
}

// release writes the packet that is held back, now and then twice.
func (r *recorder) release() {
	if r.held == nil {
		return
	}
	r.write(r.at, r.held)
	if r.rng.IntN(1000) < tangledDuplicates {
		r.write(r.at+500, r.held) // before the next packet, which is 1000 ns away at least
	}
}

func (r *recorder) write(at int64, frame []byte) {
	r.head = appendRecordHeader(r.head[:0], at, 1, len(frame), len(frame))
	r.w.Write(r.head)
	r.w.Write(frame)
}

// finish writes what is left and returns the first error there was.
func (r *recorder) finish() error {
	r.release()
	return r.w.Flush()
}
