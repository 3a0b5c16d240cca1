package pcapfile

import (
	"errors"
	"io"
	"os"
	"slices"
)

// Open opens captures: files, "-" for standard input, and directories, which
// stand for the captures among their direct entries. Inputs are sorted by name,
// "-" first, and a file that is named more than once is read once. Each header
// is read here, so Open waits for standard input to begin.
//
// An input that yields nothing at all is an error, of type *Error. A capture
// without packets is none, nor is one that is damaged after its header.
func Open(names []string, o Options) (*Source, error) {
	if len(names) == 0 {
		return nil, newError("", NoCaptures, "no capture was named")
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	inputs, dirs, err := findInputs(names, o.Stdin)
	if err != nil {
		return nil, err
	}
	s := &Source{span: span{o.From, o.To}, meter: &meter{report: o.Progress}}
	if err := s.open(inputs, o.Stdin); err != nil {
		s.Close()
		return nil, err
	}
	for _, dir := range dirs {
		if !slices.ContainsFunc(inputs, func(in input) bool { return slices.Contains(in.dirs, dir) }) {
			s.Close()
			return nil, newError(dir, NoCaptures, "no captures in this directory")
		}
	}
	return s, nil
}

func (s *Source) open(inputs []input, stdin io.Reader) error {
	known := true
	for i := range inputs {
		in := &inputs[i]
		f, err := s.openInput(*in, stdin)
		if err != nil {
			if in.named || !notForUs(err) {
				return err
			}
			in.dirs = nil // it does not count as a capture of its directories
			continue
		}
		f.head.Origin = len(s.files)
		s.files = append(s.files, f)
		known = known && in.regular()
		if known {
			s.meter.total += in.info.Size()
		}
	}
	if !known {
		s.meter.total = 0
	}
	return nil
}

// openInput opens one input and reads its header.
func (s *Source) openInput(in input, stdin io.Reader) (*file, error) {
	var r io.Reader
	var closer func() error
	switch {
	case in.name != stdinName:
		f, err := os.Open(in.name)
		if err != nil {
			return nil, systemError(in.name, err)
		}
		r, closer = f, f.Close
	case in.regular():
		// It belongs to the caller, and no read of it blocks.
		r, closer = stdin, func() error { return nil }
	default:
		p := newPump(stdin)
		r, closer = p, p.Close
	}
	before := s.meter.read
	f, err := newFile(in.name, metered{r, s.meter}, closer)
	if err != nil {
		closer()
		s.meter.read = before
		return nil, err
	}
	return f, nil
}

// notForUs reports whether a file found in a directory is to be passed over: its
// content does not start as a capture. A file that may not be read, or a capture
// whose header is unusable, is an error even there: who names a directory must
// learn that a part of it was not looked at.
func notForUs(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case NotFound, Empty, Text, NotCapture, BadCompression:
		return true
	}
	return false
}
