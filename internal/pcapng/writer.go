package pcapng

import (
	"fmt"
	"io"
)

// bufferSize is how much is written at a time, in bytes.
const bufferSize = 64 << 10

// maxInterfaces bounds the interfaces of a file.
const maxInterfaces = 1 << 12

// Writer writes one section. It is not for concurrent use. After the first error of
// the io.Writer nothing more is written, and every method returns that error; one for
// which its caller is to blame is returned, and changes nothing.
type Writer struct {
	w          io.Writer
	buf        []byte // whole blocks
	interfaces uint32
	err        error
}

// NewWriter makes a Writer and writes the block that begins a file.
func NewWriter(w io.Writer, s Section) (*Writer, error) {
	p := &Writer{w: w, buf: AppendSection(make([]byte, 0, bufferSize), s)}
	return p, p.Flush()
}

// Interface describes one more interface, and returns the number by which packets name
// it.
func (w *Writer) Interface(i Interface) (uint32, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.interfaces == maxInterfaces {
		return 0, fmt.Errorf("write capture: more than %d interfaces", maxInterfaces)
	}
	if err := w.room(i.Size()); err != nil {
		return 0, err
	}
	w.buf = AppendInterface(w.buf, i)
	w.interfaces++
	return w.interfaces - 1, nil
}

// Packet writes a packet, in the order of calls. It does not keep p.
func (w *Writer) Packet(p *Packet) error {
	if w.err != nil {
		return w.err
	}
	if p.Interface >= w.interfaces {
		return fmt.Errorf("write capture: packet of interface %d of %d", p.Interface, w.interfaces)
	}
	if err := w.room(p.Size()); err != nil {
		return err
	}
	w.buf = AppendPacket(w.buf, p)
	return nil
}

// room makes room for n more bytes.
func (w *Writer) room(n int) error {
	if len(w.buf)+n <= bufferSize {
		return nil
	}
	return w.Flush()
}

// Flush writes what waits. It has to be called in the end.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	_, err := w.w.Write(w.buf)
	if err != nil {
		w.err = fmt.Errorf("write capture: %w", err)
	}
	if w.buf = w.buf[:0]; cap(w.buf) > 2*bufferSize {
		w.buf = make([]byte, 0, bufferSize) // a packet was large
	}
	return w.err
}

// Err is the error that ended writing, or nil.
func (w *Writer) Err() error { return w.err }
