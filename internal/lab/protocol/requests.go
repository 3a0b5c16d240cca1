package protocol

import "bytes"

// Requests splits the bytes that a client sends into commands. The zero value is
// ready for use. It is not for concurrent use, and must not be copied.
type Requests struct {
	in      buffer
	library library
	err     error

	// How far the command at the front of the buffer is known, counted from its start.
	at     int  // what precedes is whole: a line, or a bulk string
	look   int  // what precedes holds no end of the line that starts at at
	left   int  // bulk strings that are to come, once the number of them is known
	bulk   int  // length of the one whose header precedes at, with its CR and LF
	begun  bool // the number of bulk strings is known
	inBulk bool
}

// Feed takes what arrived. The data is copied. After an error it is dropped.
func (r *Requests) Feed(data []byte) {
	if r.err == nil && !r.in.add(data) {
		r.err = errWaiting
	}
}

// Buffered is how many bytes were fed that belong to no command yet.
func (r *Requests) Buffered() int { return r.in.len() }

// Next takes the next command: its name and its arguments, one at least, which are
// the caller's. When ok is false more bytes are needed. A [SyntaxError] is what the server
// answers; every later call reports it too, and the connection is to be closed. Empty
// commands are skipped, as the server does.
func (r *Requests) Next() (args [][]byte, ok bool, err error) {
	for r.err == nil && r.in.len() > 0 {
		if r.in.rest()[0] == '*' {
			args, ok, r.err = r.array()
		} else {
			args, ok, r.err = r.inline()
		}
		if !ok || len(args) > 0 {
			return args, ok, r.err
		}
	}
	return nil, false, r.err
}

// array takes a command that is an array of bulk strings. None is an empty command.
func (r *Requests) array() (args [][]byte, ok bool, err error) {
	b := r.in.rest()
	if !r.begun {
		line, ok, err := r.line(b, '\r', errLongMultibulk)
		if !ok {
			return nil, false, err
		}
		n, ok := length(line[1:])
		if !ok || n > maxElements {
			return nil, false, errMultibulk
		}
		r.left, r.begun = int(max(n, 0)), true
	}
	for ; r.left > 0; r.left-- {
		if ok, err := r.element(b); !ok {
			return nil, false, err
		}
	}
	n := r.at
	r.forget(n)
	if args, err = r.read(b[:n]); err != nil {
		return nil, false, err
	}
	return args, true, nil
}

// element passes over a bulk string.
func (r *Requests) element(b []byte) (ok bool, err error) {
	if !r.inBulk {
		line, ok, err := r.line(b, '\r', errLongBulk)
		if !ok {
			return false, err
		}
		if len(line) == 0 {
			return false, expected('\r')
		}
		if line[0] != '$' {
			return false, expected(line[0])
		}
		n, ok := length(line[1:])
		if !ok || n < 0 || n > maxBulk {
			return false, errBulk
		}
		r.bulk, r.inBulk = int(n)+2, true
	}
	if len(b)-r.at < r.bulk {
		return false, nil
	}
	r.at += r.bulk
	copy(b[r.at-2:], "\r\n") // the server does not look at them
	r.look, r.inBulk = r.at, false
	return true, nil
}

// line passes over a line that ends with LF, or with CR and a byte that the server
// does not look at. As in the server, which searches for a character in a C string,
// no line ends after a NUL.
func (r *Requests) line(b []byte, end byte, tooLong error) (line []byte, ok bool, err error) {
	window := b[:min(len(b), r.at+maxLine+1)]
	for r.look < len(window) && window[r.look] != end && window[r.look] != 0 {
		r.look++
	}
	if r.look == len(window) || window[r.look] == 0 {
		if len(b)-r.at > maxLine {
			return nil, false, tooLong
		}
		return nil, false, nil
	}
	next := r.look + 1
	if end == '\r' {
		if next == len(b) {
			return nil, false, nil
		}
		b[next] = '\n'
		next++
	}
	line = b[r.at:r.look]
	r.at, r.look = next, next
	return line, true, nil
}

// inline takes a command as a telnet user types it.
func (r *Requests) inline() (args [][]byte, ok bool, err error) {
	line, ok, err := r.line(r.in.rest(), '\n', errLongInline)
	if !ok {
		return nil, false, err
	}
	r.forget(r.at)
	if args, ok = splitLine(bytes.TrimSuffix(line, []byte{'\r'})); !ok {
		return nil, false, errQuotes
	}
	return args, true, nil
}

// forget takes a command off the front of the buffer.
func (r *Requests) forget(n int) {
	r.in.skip(n)
	r.at, r.look, r.begun = 0, 0, false
}

// read reads a whole command.
func (r *Requests) read(b []byte) ([][]byte, error) {
	v, err := r.library.read(b)
	if err != nil {
		return nil, err
	}
	elements := v.Array()
	args := make([][]byte, len(elements))
	for i := range elements {
		args[i] = elements[i].Bytes()
	}
	return args, nil
}
