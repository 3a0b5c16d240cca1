package pcapfile

import "io"

// Sizes of a window, in bytes. A window starts small, because in a merge of many
// rotated files most wait for their turn with only their first record read, and
// becomes large with its second read.
const (
	initialWindow = 64 << 10
	fullWindow    = 1 << 20
	maxWindow     = MaxRecord + 64<<10 // the largest record with its header and options
)

// maxEmptyReads is how often in a row a reader may return nothing without an
// error before it is given up.
const maxEmptyReads = 100

// window is the stretch of a stream that is in memory. Records are handed out as
// slices of it, which is why this is no bufio.Reader: that one cannot grow, and
// would have every record that spans two reads copied by the caller.
type window struct {
	r      io.Reader
	buf    []byte
	lo, hi int   // buf[lo:hi] was read and not yet taken
	off    int64 // offset of buf[lo] in the stream
	primed bool  // something was read already
	err    error // what ended the stream, once buf[lo:hi] is all there is
}

// have reports whether n bytes can be looked at, reading on if need be; n is at
// most maxWindow. It invalidates the slices handed out before. If it reports
// false then w.err says why, and all bytes that are left are in the window.
func (w *window) have(n int) bool { return w.hi-w.lo >= n || w.fill(n) }

// rest returns the bytes in the window, valid until the next call of have or skip.
func (w *window) rest() []byte { return w.buf[w.lo:w.hi] }

// take moves past n bytes that are in the window; slices of them stay valid.
func (w *window) take(n int) {
	w.lo += n
	w.off += int64(n)
}

// skip moves past n bytes, which need not fit into the window.
func (w *window) skip(n int64) bool {
	for {
		k := min(n, int64(w.hi-w.lo))
		w.take(int(k))
		if n -= k; n == 0 {
			return true
		}
		if !w.fill(1) {
			return false
		}
	}
}

func (w *window) fill(n int) bool {
	for empty := 0; w.hi-w.lo < n; {
		if w.err != nil {
			return false
		}
		w.makeRoom()
		m, err := w.r.Read(w.buf[w.hi:])
		w.hi += m
		w.err = err
		w.primed = true
		if m > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return true
}

// makeRoom makes sure that the end of the buffer is free. The buffer grows only
// when it is full of bytes that were read, so that a length announced by a
// hostile file costs no more memory than the file has bytes.
func (w *window) makeRoom() {
	size := len(w.buf)
	switch {
	case size == 0:
		size = initialWindow
	case size < fullWindow && w.primed:
		size = fullWindow
	case w.hi-w.lo == size:
		size = min(2*size, maxWindow)
	}
	old, grow := w.rest(), size > len(w.buf)
	if grow {
		w.buf = make([]byte, size)
	}
	if grow || w.lo > 0 {
		w.lo, w.hi = 0, copy(w.buf, old)
	}
}

// Read makes a window the input of a decompressor.
func (w *window) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !w.have(1) {
		return 0, w.err
	}
	n := copy(p, w.rest())
	w.take(n)
	return n, nil
}

// ReadByte keeps compress/flate from putting a second buffer in between.
func (w *window) ReadByte() (byte, error) {
	if !w.have(1) {
		return 0, w.err
	}
	b := w.buf[w.lo]
	w.take(1)
	return b, nil
}

// cut reports whether the stream simply ended, as opposed to having failed.
func (w *window) cut() bool { return w.err == io.EOF }
