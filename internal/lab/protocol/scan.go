package protocol

import "bytes"

// scan finds the end of a reply. It goes on where it stopped when more has arrived.
type scan struct {
	at      int   // what precedes is whole: a line, or a string
	look    int   // what precedes holds no end of the line that starts at at
	bulk    int   // length of the string whose header precedes at, with its CR and LF; 0: none
	left    []int // elements that are to come, of each array that at is in
	begun   bool
	foreign bool // a type that is not of RESP2 was met
}

func (s *scan) reset() { *s = scan{left: s.left[:0]} }

// run reports whether b begins with a whole reply, which ends at s.at then.
func (s *scan) run(b []byte) (ok bool, err error) {
	if !s.begun {
		s.left, s.begun = append(s.left[:0], 1), true
	}
	for {
		if s.bulk > 0 {
			if len(b)-s.at < s.bulk {
				return false, nil
			}
			s.at += s.bulk
			if b[s.at-2] != '\r' || b[s.at-1] != '\n' {
				return false, errValue
			}
			s.bulk, s.look = 0, s.at
		}
		for s.left[len(s.left)-1] == 0 {
			if s.left = s.left[:len(s.left)-1]; len(s.left) == 0 {
				return true, nil
			}
		}
		line, ok, err := s.line(b)
		if !ok {
			return false, err
		}
		if err := s.value(line); err != nil {
			return false, err
		}
	}
}

// line passes over a line.
func (s *scan) line(b []byte) (line []byte, ok bool, err error) {
	window := b[s.look:min(len(b), s.at+maxLine+2)]
	n := bytes.Index(window, []byte("\r\n"))
	if n < 0 {
		if len(b) >= s.at+maxLine+2 {
			return nil, false, errLine
		}
		s.look = max(s.at, len(b)-1) // the CR may be there
		return nil, false, nil
	}
	line = b[s.at : s.look+n]
	s.at = s.look + n + 2
	s.look = s.at
	return line, true, nil
}

// value takes note of what the line of a value says of what follows it.
func (s *scan) value(line []byte) error {
	if len(line) == 0 {
		return errValue
	}
	top := len(s.left) - 1
	s.left[top]--
	switch kind := Kind(line[0]); kind {
	case SimpleString, Error, Integer:
	case Null, Bool, Double, BigNumber:
		s.foreign = true
	case Bulk, BlobError, Verbatim:
		s.foreign = s.foreign || kind != Bulk
		n, ok := length(line[1:])
		switch {
		case !ok || n < -1 || n > maxBulk || n < 0 && kind != Bulk:
			return errBulk
		case n >= 0:
			s.bulk = int(n) + 2
		}
	case Array, Set, Push, Map, attribute:
		s.foreign = s.foreign || kind != Array
		n, ok := length(line[1:])
		if !ok || n < -1 || n > maxElements || n < 0 && kind != Array {
			return errArray
		}
		if kind == attribute {
			s.left[top]++ // the value is still to come
		}
		if kind == Map || kind == attribute {
			n *= 2
		}
		if len(s.left) > maxDepth {
			return errDepth
		}
		s.left = append(s.left, int(max(n, 0)))
	default:
		return errValue
	}
	return nil
}
