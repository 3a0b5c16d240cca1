package keep

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ricochet/capture"
	"ricochet/internal/pcapng"
)

// bufferSize is how much is written at a time, in bytes.
const bufferSize = 256 << 10

// maxInterfaces bounds the interfaces that a file describes, one for each origin
// and link type. Packets of further ones make it an error: no host has as many.
const maxInterfaces = 1 << 12

// files is the file that is written, or the series of them.
type files struct {
	o       *Options
	f       sink
	names   []string // of those that exist
	number  int      // of the latest
	buf     []byte   // whole blocks
	written int64    // bytes of the present file
	total   int64    // bytes of all of them
	created int64
	flushed int64 // when buf was written last
	ids     map[iface]uint32
	last    iface // the one looked up last, if known is set, and its number
	lastID  uint32
	known   bool
}

// sink is what is needed of a file.
type sink interface {
	Write([]byte) (int, error)
	Truncate(size int64) error
	Close() error
}

// endless is a sink of which nothing can be taken back.
type endless struct{ io.Writer }

func (endless) Truncate(int64) error { return nil }
func (endless) Close() error         { return nil }

// iface is an interface as a file describes it.
type iface struct {
	origin int
	link   capture.LinkType
}

// create creates the first file.
func create(o *Options) (*files, error) {
	if o.MaxBytes < 0 || o.MaxFiles < 0 {
		return nil, errors.New("create capture file: negative limit")
	}
	w := newFiles(o, nil)
	if err := w.begin(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// newFiles returns files without one, or with one that is begun, in which the head of
// the section waits.
func newFiles(o *Options, f sink) *files {
	w := &files{o: o, f: f, buf: make([]byte, 0, bufferSize), ids: map[iface]uint32{}}
	if f != nil {
		w.buf = pcapng.AppendSection(w.buf, section())
		w.created++
	}
	return w
}

// begin creates the next file and removes the oldest one if there are too many.
func (w *files) begin() error {
	w.number++
	name := w.o.Name
	if w.o.MaxBytes > 0 {
		ext := filepath.Ext(name)
		name = fmt.Sprintf("%s_%06d%s", strings.TrimSuffix(name, ext), w.number, ext)
	}
	// With O_EXCL no link is followed, be there what it points to or not.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create capture file: %w", err)
	}
	w.f, w.written = f, 0
	w.created++
	clear(w.ids)
	w.known = false
	w.buf = pcapng.AppendSection(w.buf[:0], section())
	if err := w.flush(); err != nil {
		return err
	}
	if w.o.MaxBytes == 0 || w.o.MaxFiles == 0 {
		return nil
	}
	w.names = append(w.names, name)
	if len(w.names) <= w.o.MaxFiles {
		return nil
	}
	oldest := w.names[0]
	w.names = append(w.names[:0], w.names[1:]...)
	if err := os.Remove(oldest); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove oldest capture file: %w", err)
	}
	return nil
}

// packet writes a packet with these bytes.
func (w *files) packet(h *packet, data []byte) error {
	p := pcapng.Packet{Time: h.time, Len: h.wire, Data: data, Comment: h.comment}
	size := p.Size()
	from := iface{h.origin, h.link}
	if w.full(size, from) {
		if err := w.next(); err != nil {
			return err
		}
	}
	var err error
	if p.Interface, err = w.id(from); err != nil {
		return err
	}
	if len(w.buf)+size > bufferSize {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.buf = pcapng.AppendPacket(w.buf, &p)
	return nil
}

// full reports whether a packet whose block has so many bytes is for the next
// file. The first one of a file never is.
func (w *files) full(size int, i iface) bool {
	if _, ok := w.find(i); !ok {
		size += w.describe(i).Size()
	}
	return w.o.MaxBytes > 0 && len(w.ids) > 0 && w.written+int64(len(w.buf)+size) > w.o.MaxBytes
}

// next ends the present file and begins another one.
func (w *files) next() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	return w.begin()
}

// id returns the number of an interface in the present file, which it describes
// there if it has to.
func (w *files) id(i iface) (uint32, error) {
	if id, ok := w.find(i); ok {
		return id, nil
	}
	if len(w.ids) >= maxInterfaces {
		return 0, fmt.Errorf("write capture file: more than %d interfaces", maxInterfaces)
	}
	id := uint32(len(w.ids))
	w.ids[i] = id
	w.buf = pcapng.AppendInterface(w.buf, w.describe(i))
	return id, nil
}

// describe returns what a file says of an interface.
func (w *files) describe(i iface) pcapng.Interface {
	d := pcapng.Interface{Link: uint16(i.link)}
	if w.o.Interface != nil {
		d.Name = w.o.Interface(i.origin)
	}
	if w.o.Description != nil {
		d.Description = w.o.Description(i.origin)
	}
	return d
}

// section is what every file says of who wrote it.
func section() pcapng.Section { return pcapng.Section{Application: "ricochet"} }

// find returns the number of an interface that the present file describes.
func (w *files) find(i iface) (uint32, bool) {
	if w.known && w.last == i {
		return w.lastID, true
	}
	id, ok := w.ids[i]
	w.last, w.lastID, w.known = i, id, ok
	return id, ok
}

// flush writes what waits. Of what was written in part, as on a full disk, the
// whole blocks stay.
func (w *files) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	n, err := w.f.Write(w.buf)
	if err != nil {
		n = pcapng.Whole(w.buf, n)
		if cut := w.f.Truncate(w.written + int64(n)); cut != nil {
			err = errors.Join(err, cut)
		}
		err = fmt.Errorf("write capture file: %w", err)
	}
	w.buf = w.buf[:0]
	w.written += int64(n)
	w.total += int64(n)
	return err
}

func (w *files) close() error {
	if w.f == nil {
		return nil
	}
	err := w.f.Close()
	w.f = nil
	if err != nil {
		return fmt.Errorf("close capture file: %w", err)
	}
	return nil
}
