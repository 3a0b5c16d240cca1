// Package pcapfile reads packets from capture files: pcap and pcapng, plain or
// compressed with gzip or zstd, from files, directories and standard input.
// What a file is, is told by its content and never by its name. Several files
// are merged by time.
package pcapfile

import (
	"io"
	"os"
	"sync/atomic"

	"ricochet/capture"
)

// Options says how Open is to read.
type Options struct {
	// Stdin is what the name "-" stands for; os.Stdin when nil. Unless it is a
	// regular file it is read by a goroutine of its own, which Close cannot
	// stop while its Read blocks: it then ends with that Read.
	Stdin io.Reader
	// From and To choose packets by time, in nanoseconds since the Unix epoch:
	// packets outside [From, To) are counted in Packet.Number but not yielded.
	// Zero means no limit.
	From, To int64
	// Progress is called now and then by Next, and once at the end, with the
	// number of bytes read of all inputs (compressed, if they are), and how
	// many there are in total: 0 if that is not known.
	Progress func(read, total int64)
}

// Source yields the packets of capture files. Origin and the entries of Stats
// follow the sorted names of the files, "-" first. A single file that is evidence from
// several vantage points has an entry for each.
type Source struct {
	files   []*file
	inputs  []input         // where each file comes from
	unread  []capture.Stats // inputs that could not be read beside those that could
	waiting queue           // files with a packet, once started
	started bool
	span    span
	meter   *meter
	closed  atomic.Bool
}

var _ capture.Source = (*Source)(nil)

// Next implements capture.Source. It reports io.EOF after the last packet and
// os.ErrClosed after Close, and nothing else: a file that is damaged ends there,
// as its Stats say. It allocates nothing but buffers, and these rarely.
func (s *Source) Next(p *capture.Packet) error {
	if !s.started {
		s.start()
	} else {
		s.step()
	}
	if s.closed.Load() {
		return os.ErrClosed
	}
	if len(s.waiting) == 0 {
		s.meter.end()
		return io.EOF
	}
	f := s.waiting[0]
	f.count()
	*p = f.head
	p.Time = f.at
	return nil
}

// start reads the first packet of each file.
func (s *Source) start() {
	s.started = true
	s.meter.start()
	for _, f := range s.files {
		if f.advance(s.span, &s.closed) {
			s.waiting = append(s.waiting, f)
		}
	}
	s.waiting.init()
}

// step puts the next packet of its file in the place of the one yielded last. It
// runs as late as the following Next, because it invalidates that packet.
func (s *Source) step() {
	if len(s.waiting) == 0 {
		return
	}
	if s.waiting[0].advance(s.span, &s.closed) {
		s.waiting.down(0)
	} else {
		s.waiting.pop()
	}
}

// Stats implements capture.Source. The error is always nil. It is not to be
// called while Next runs, but Options.Progress may call it.
func (s *Source) Stats() ([]capture.Stats, error) {
	stats := make([]capture.Stats, 0, len(s.files))
	for _, f := range s.files {
		stats = append(stats, f.report()...)
	}
	return append(stats, s.unread...), nil
}

// Close implements capture.Source. The error is always nil: nothing was written.
func (s *Source) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	for _, f := range s.files {
		f.close()
	}
	return nil
}

// span is a stretch of time [from, to); zero stands for an open end.
type span struct{ from, to int64 }

func (s span) has(t int64) bool {
	return (s.from == 0 || t >= s.from) && (s.to == 0 || t < s.to)
}
