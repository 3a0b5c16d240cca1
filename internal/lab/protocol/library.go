package protocol

import (
	"io"

	"github.com/tidwall/resp"
)

// library reads whole values of RESP2 with a resp.Reader.
type library struct {
	reader *resp.Reader
	source source
}

// source is what a resp.Reader reads.
type source []byte

func (s *source) Read(p []byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	n := copy(p, *s)
	*s = (*s)[n:]
	return n, nil
}

// read reads the value that b consists of. It is copied.
func (l *library) read(b []byte) (resp.Value, error) {
	if l.reader == nil {
		l.reader = resp.NewReader(&l.source)
	}
	l.source = b
	v, n, err := l.reader.ReadValue()
	if err != nil || n != len(b) {
		l.reader = nil // it may hold some of b
		return v, errValue
	}
	return v, nil
}
