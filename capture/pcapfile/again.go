package pcapfile

import "errors"

// ErrOnce is what Again reports for an input that is a stream: standard input, or
// a pipe. What was read of it is gone.
var ErrOnce = errors.New("can be read only once")

// Again opens a file of the source, by its place in Stats, a second time and on its
// own: all of its packets, from the first and with the times in the file. Its
// packets have the Origin 0. The source itself is not touched. Progress is that of
// Options, for this one file; it may be nil.
func (s *Source) Again(i int, progress func(read, total int64)) (*Source, error) {
	in := s.inputs[i]
	if in.name == stdinName || !in.regular() {
		return nil, ErrOnce
	}
	again := &Source{meter: &meter{report: progress}}
	if err := again.open([]input{in}, nil); err != nil {
		return nil, err
	}
	return again, nil
}

// Files returns how many files there are to be read, the first ones in Stats: all
// but those of which nothing can be read.
func (s *Source) Files() int { return len(s.files) }

// Size returns the number of bytes of all files, as Options.Progress has it: 0 if
// it is not known.
func (s *Source) Size() int64 { return s.meter.total }
