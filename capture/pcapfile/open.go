package pcapfile

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"

	"ricochet/capture"
)

// Open opens captures: files, "-" for standard input, and directories, which
// stand for the captures among their direct entries. Inputs are sorted by name,
// "-" first, and a file that is named more than once is read once. Each header
// is read here, so Open waits for standard input to begin.
//
// Content that is no capture does not keep the other inputs from being read: it
// is listed in Stats, as damaged and without packets, unless it was merely found
// in a directory and is no capture at all. If no input can be read, the first of
// them is the error, of type *Error; so is a name that does not exist or may not
// be read, which is a slip of whoever typed it. A capture without packets is no
// error, nor is one that is damaged after its header.
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
	s.split()
	return s, nil
}

func (s *Source) open(inputs []input, stdin io.Reader) error {
	known := true
	var first *Error
	for i := range inputs {
		in := &inputs[i]
		f, err := s.openInput(*in, stdin)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind == NotFound && in.named || e.Kind == Permission || e.Kind == Unreadable {
				return err
			}
			in.dirs = nil // it does not count as a capture of its directories
			if in.named || !notForUs(e.Kind) {
				first = cmp.Or(first, e)
				s.unread = append(s.unread, capture.Stats{Name: in.name, Damage: e.Err.Error()})
			}
			continue
		}
		f.head.Origin = len(s.files)
		s.files, s.inputs = append(s.files, f), append(s.inputs, *in)
		known = known && in.regular()
		if known {
			s.meter.total += in.info.Size()
		}
	}
	if !known {
		s.meter.total = 0
	}
	if len(s.files) == 0 && first != nil {
		return first
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

// notForUs reports whether a file found in a directory is passed over in silence:
// its content does not start as a capture. One that is empty, or whose header is
// unusable, was meant to be a capture, and who names the directory must learn
// that a part of it was not looked at.
func notForUs(k Kind) bool {
	switch k {
	case NotFound, Text, NotCapture, BadCompression:
		return true
	}
	return false
}
