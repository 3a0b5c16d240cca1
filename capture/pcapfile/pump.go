package pcapfile

import (
	"io"
	"os"
	"sync"
)

// pumpBuffer is the size of each of the two buffers of a pump, in bytes. It is
// four times what a pipe holds.
const pumpBuffer = 256 << 10

// pump reads a stream in a goroutine, so that a Read that blocks can be given
// up. Closing standard input does not unblock a read of it (a pipe is inherited
// in blocking mode, and to change that would change it for other processes
// too), and an io.Reader cannot be closed at all.
type pump struct {
	full, free chan []byte
	rest       []byte // what is left of the buffer taken from full last
	buf        []byte // that buffer
	err        error  // set before full is closed
	done       chan struct{}
	once       sync.Once
}

func newPump(r io.Reader) *pump {
	p := &pump{
		full: make(chan []byte, 2),
		free: make(chan []byte, 2),
		done: make(chan struct{}),
	}
	p.free <- make([]byte, pumpBuffer)
	p.free <- make([]byte, pumpBuffer)
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	defer close(p.full)
	for {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.done:
			return
		}
		n, err := r.Read(buf[:pumpBuffer])
		if n > 0 {
			p.full <- buf[:n] // never blocks: full has room for both buffers
		} else {
			p.free <- buf
		}
		if err != nil {
			p.err = err
			return
		}
	}
}

// Read copies from the buffer at hand, or waits for the next.
func (p *pump) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.buf != nil {
			p.free <- p.buf
			p.buf = nil
		}
		select {
		case buf, ok := <-p.full:
			if !ok {
				return 0, p.err
			}
			p.buf, p.rest = buf, buf
		case <-p.done:
			return 0, os.ErrClosed
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close unblocks Read. It may be called from any goroutine, and more than once.
func (p *pump) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}
