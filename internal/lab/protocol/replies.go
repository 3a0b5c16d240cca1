package protocol

import "bytes"

// Replies splits the bytes that a server sends into replies. The zero value is ready
// for use. It is not for concurrent use, and must not be copied.
//
// On a replication link other things follow some replies: Line, Take and Rest are
// for these.
type Replies struct {
	in      buffer
	library library
	scan    scan
	err     error
}

// Feed takes what arrived. The data is copied. After an error it is dropped.
func (r *Replies) Feed(data []byte) {
	if r.err == nil && !r.in.add(data) {
		r.err = errWaiting
	}
}

// Buffered is how many bytes were fed and not taken yet.
func (r *Replies) Buffered() int { return r.in.len() }

// Err is the error that every call of Next reports from now on, or nil.
func (r *Replies) Err() error { return r.err }

// Next takes the next reply, or the next push. When ok is false more bytes are
// needed. After a [SyntaxError] there is nothing more to be read. Attributes are left out.
func (r *Replies) Next() (v Value, ok bool, err error) {
	if r.err != nil {
		return Value{}, false, r.err
	}
	b := r.in.rest()
	if ok, r.err = r.scan.run(b); !ok {
		return Value{}, false, r.err
	}
	if v, _, r.err = r.parse(b[:r.scan.at]); r.err != nil {
		return Value{}, false, r.err
	}
	r.skip(r.scan.at)
	return v, true, nil
}

// Line takes a line, without its end, which is LF or CR LF. When ok is false more
// bytes are needed, or Err says what is wrong.
func (r *Replies) Line() (line string, ok bool) {
	if r.err != nil {
		return "", false
	}
	b := r.in.rest()
	n := bytes.IndexByte(b[:min(len(b), maxLine+1)], '\n')
	if n < 0 {
		if len(b) > maxLine {
			r.err = errLine
		}
		return "", false
	}
	r.skip(n + 1)
	return string(bytes.TrimSuffix(b[:n], []byte{'\r'})), true
}

// Take takes n bytes whatever they are, and copies them. When ok is false fewer have
// arrived.
func (r *Replies) Take(n int) (raw []byte, ok bool) {
	if r.err != nil || n < 0 || n > r.in.len() {
		return nil, false
	}
	raw = bytes.Clone(r.in.rest()[:n])
	r.skip(n)
	return raw, true
}

// Rest takes all that has arrived, and copies it.
func (r *Replies) Rest() []byte {
	raw, _ := r.Take(r.in.len())
	return raw
}

func (r *Replies) skip(n int) {
	r.in.skip(n)
	r.scan.reset()
}
