package keep

import (
	"io"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
)

// flushAfter is how long what was understood may wait to be written, in
// nanoseconds of packet time.
const flushAfter = 1_000_000_000

// Options configure a Writer.
type Options struct {
	// Name is the file. With MaxBytes, a number goes before its extension: of
	// trace.pcapng the parts are trace_000001.pcapng, trace_000002.pcapng and so
	// on, as dumpcap numbers them. Their names are in the order of time.
	Name string
	// MaxBytes is how large a file may grow until the next one is begun; only a
	// packet that is larger by itself exceeds it. 0 stands for no limit.
	MaxBytes int64
	// MaxFiles is how many files are kept; beyond it the oldest is removed. 0
	// stands for no limit. It means nothing without MaxBytes.
	MaxFiles int
	// KeepValues says that values are written. Credentials are masked all the
	// same, and with them whatever may be one: replies whose command is not
	// certain, and commands that ricochet does not know.
	KeepValues bool
	// Ports are where RESP is expected, as in decode.Options; nil means
	// decode.DefaultPorts. It must be what the file will be analysed with.
	Ports []decode.PortRange
	// Apart says that the packets of each origin are understood on their own: they
	// come from several captures, each of which may have seen a connection whole.
	// Otherwise a packet that several origins saw is masked but in the first.
	Apart bool
	// Interface returns the name of the interface that packets of an origin came
	// from. It may be nil.
	Interface func(origin int) string
	// Description is what else is said of that interface. It may be nil.
	Description func(origin int) string
}

// Stats says what a Writer did with the packets.
type Stats struct {
	Packets int64 // written, or to be written with the next flush
	Bytes   int64 // of the files, those removed among them
	Files   int64 // created
	// Cut counts packets whose payload was left out, or its end, because it was
	// not understood in time. The file says of them that they were longer.
	Cut int64
	// Repeated counts packets with nothing but bytes that had been seen before.
	// Filler takes their place.
	Repeated int64
	// Opaque counts packets that are not TCP, or speak neither RESP nor the cluster
	// bus, or end a message of that which makes no sense or is over a bound. Filler
	// takes the place of what they carry.
	Opaque int64
	// Dropped counts packets that were not written because writing had failed.
	Dropped int64
}

// Writer writes packets to a file, or to several in turn. It is not for
// concurrent use. The first error of writing is what every later call returns;
// what was written until then stays a whole file.
type Writer struct {
	files  *files
	held   *held
	table  *table
	dec    frame.Decoder
	seg    frame.Segment
	probe  prober
	said   string // of the next packet
	stats  Stats
	err    error
	closed bool
}

// Create creates the file, which only its owner may read. A file or a link that
// exists is left alone: the error is then fs.ErrExist.
func Create(o Options) (*Writer, error) {
	f, err := create(&o)
	if err != nil {
		return nil, err
	}
	return newWriter(f), nil
}

// NewWriter writes one file to w. Of the options, those about files mean nothing.
func NewWriter(w io.Writer, o Options) (*Writer, error) {
	o.Name, o.MaxBytes, o.MaxFiles = "", 0, 0
	f := newFiles(&o, endless{w})
	if err := f.flush(); err != nil {
		return nil, err
	}
	return newWriter(f), nil
}

func newWriter(f *files) *Writer {
	held := newHeld()
	m := &masker{keepValues: f.o.KeepValues, filler: newFiller(), held: held, scratch: make([]byte, 0, maxInlineKept)}
	return &Writer{files: f, held: held, table: newTable(m, f.o.Ports, f.o.Apart)}
}

// Comment sets what the file says of the next packet, in at most 4096 bytes.
func (w *Writer) Comment(text string) { w.said = text }

// Describe describes the interface of packets that are to come, before the first of
// them. Without it that is done when they come.
func (w *Writer) Describe(origin int, link capture.LinkType) error {
	if w.err == nil {
		_, err := w.files.id(iface{origin, link})
		w.fail(err)
	}
	return w.err
}

// Packet takes the next packet. Its data is not used after the call.
func (w *Writer) Packet(p *capture.Packet) error {
	if w.err != nil {
		w.stats.Dropped++
		return w.err
	}
	data := p.Data[:min(len(p.Data), maxPacket)]
	for !w.held.room(len(data)) {
		w.release()
	}
	if w.dec.Decode(p.Link, p.Data, p.Len, p.Time, &w.seg) == frame.TCP {
		w.segment(p, data)
	} else {
		w.other(p, data)
	}
	if w.said != "" {
		w.held.packet(w.held.last-1).comment, w.said = w.said, ""
	}
	return w.advance(p.Time)
}

// segment holds a packet that carries a TCP segment.
func (w *Writer) segment(p *capture.Packet, data []byte) {
	payload, tail := len(data), len(data)
	switch n := len(w.seg.Payload); {
	case n > 0:
		at, ok := payloadAt(p.Data, w.seg.Payload)
		if !ok {
			w.other(p, data)
			return
		}
		payload, tail = min(at, len(data)), min(at+n, len(data))
	case !w.probe.isBare(p):
		at := min(w.probe.headers(p), len(data))
		payload, tail = at, at
	}
	_, held := w.held.add(p, data)
	muted(held[tail:])
	w.table.segment(&w.seg, p, payload, tail)
	if w.table.m.unread {
		w.stats.Opaque++
	}
}

// other holds a packet that is not TCP, or a fragment: nothing but its headers is
// written.
func (w *Writer) other(p *capture.Packet, data []byte) {
	w.stats.Opaque++
	n := min(w.probe.headers(p), len(data))
	h, held := w.held.add(p, data)
	muted(held[n:])
	if !w.probe.same(p, held) {
		h.len = n
	}
}

// Idle says that no packet came up to a time, which is one of the packets' clock
// in nanoseconds. What has waited for too long is given up, and what is ready is
// written.
func (w *Writer) Idle(now int64) error {
	if w.err != nil {
		return w.err
	}
	return w.advance(now)
}

// advance lets packets leave that are understood or have waited for too long.
func (w *Writer) advance(now int64) error {
	for !w.held.empty() {
		h := w.held.packet(w.held.first)
		if h.flow != nil && !h.flow.knows(h) && apart(now, h.time) <= maxHeldTime {
			break
		}
		w.release()
	}
	if w.err == nil && apart(now, w.files.flushed) > flushAfter {
		w.files.flushed = now
		w.fail(w.files.flush())
	}
	return w.err
}

// release lets the oldest packet leave as far as it is understood.
func (w *Writer) release() {
	h := w.held.packet(w.held.first)
	if f := h.flow; f != nil {
		n := h.tail - h.payload
		switch got := f.understood(h); {
		case got < n:
			h.len = h.payload + got
			w.stats.Cut++
		case !h.reached:
			w.stats.Repeated++
		}
	}
	b := w.held.bytes[h.at : h.at+h.len]
	if w.err == nil {
		w.fail(w.files.packet(h, b))
	}
	if w.err == nil {
		w.stats.Packets++
	} else {
		w.stats.Dropped++
	}
	w.held.drop()
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Stats returns what was done so far.
func (w *Writer) Stats() Stats {
	s := w.stats
	s.Bytes, s.Files = w.files.total, w.files.created
	return s
}

// Close writes what is held, as far as it is understood, and closes the file. It
// may be called again.
func (w *Writer) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	w.table.flush()
	for !w.held.empty() {
		w.release()
	}
	if w.err == nil {
		w.fail(w.files.flush())
	}
	w.fail(w.files.close())
	return w.err
}

// apart returns the distance between two points in time. It fits in a uint64
// even where a signed difference overflows.
func apart(a, b int64) uint64 { return uint64(max(a, b)) - uint64(min(a, b)) }
