package pcapfile

import (
	"errors"
	"io"
	"math"
	"sync/atomic"

	"ricochet/capture"
)

// MaxRecord is the most bytes of one packet that are read. A record that
// announces more is damage: no interface has packets that long.
const MaxRecord = 16 << 20

// format reads the records of one file format.
type format interface {
	// next fills in Time, Link, Len and Data of p, which still holds what it
	// was filled with last. Data aliases w and is valid until the next call.
	// It reports io.EOF where the capture ends as it should, else a *damage.
	next(w *window, p *capture.Packet) error
	// dropped returns how many packets the capturing side says it lost.
	dropped() int64
	// link returns the link type that the file header announces first.
	link() capture.LinkType
	// format returns the name of the format.
	format() string
}

// file is one capture and its next packet.
type file struct {
	win       window
	reader    format
	head      capture.Packet // the next packet as read, valid until the next call of advance
	clock     Correction     // of the times as read
	at        int64          // the right time of the next packet
	latest    int64          // the latest time of any packet so far, the place in the merge
	stats     capture.Stats
	firstLink capture.LinkType // of the first packet that was counted
	apart     []apart          // by vantage point, if the file has several; see split
	close     func() error     // safe from any goroutine
}

// newFile recognises what r holds by its first bytes and reads the header. The
// function close is kept for the end of the file, and not called if there is an
// error, which is of type *Error.
func newFile(name string, r io.Reader, close func() error) (*file, error) {
	f := &file{
		win:    window{r: r},
		latest: math.MinInt64,
		stats:  capture.Stats{Name: name},
		close:  close,
	}
	packed, err := f.unpack(name)
	if err != nil {
		return nil, err
	}
	w := &f.win
	switch ok := w.have(4); {
	case !ok && !w.cut() && packed:
		return nil, &Error{name, BadCompression, w.err}
	case !ok && !w.cut():
		return nil, systemError(name, w.err)
	case len(w.rest()) == 0 && packed:
		return nil, newError(name, Empty, "empty, once decompressed")
	case len(w.rest()) == 0:
		return nil, newError(name, Empty, "empty, 0 bytes")
	case !ok:
		return nil, notCapture(name, w.rest())
	case isPcap(w.rest()):
		f.reader, err = newPcap(w)
	case isPcapng(w.rest()):
		f.reader, err = newPcapng(w)
	default:
		w.have(longestMagic) // a slow pipe may have sent less so far
		return nil, notCapture(name, w.rest())
	}
	switch {
	case err != nil && packed && w.err != nil && !w.cut():
		return nil, &Error{name, BadCompression, err}
	case err != nil:
		return nil, &Error{name, BadHeader, err}
	}
	f.stats.Format = f.reader.format()
	return f, nil
}

// unpack puts a decompressor before the window if the input needs one.
func (f *file) unpack(name string) (bool, error) {
	raw := f.win
	raw.have(4) // an error shows again when the header is read
	c := sniffCompression(raw.rest())
	if c == uncompressed {
		f.win = raw
		return false, nil
	}
	r, err := decompress(&raw, c)
	if err != nil {
		return true, &Error{name, BadCompression, err}
	}
	f.win = window{r: r}
	return true, nil
}

// advance reads the next packet whose time lies within span into head. It
// reports false at the end of the file, or when stop was set.
func (f *file) advance(span span, stop *atomic.Bool) bool {
	for !stop.Load() {
		if err := f.reader.next(&f.win, &f.head); err != nil {
			// Closing a file makes its read fail, which is no damage.
			if !stop.Load() {
				f.end(err)
			}
			return false
		}
		f.head.Number++
		f.at = f.clock.right(f.head.Time)
		f.latest = max(f.latest, f.at)
		if span.has(f.at) {
			return true
		}
	}
	return false
}

// end notes why the file ended, and lets go of its descriptor and its buffer.
func (f *file) end(err error) {
	var d *damage
	if errors.As(err, &d) {
		f.stats.Damage, f.stats.DamageAt = d.text, d.at
	}
	f.win = window{}
	f.close()
}

// count adds the packet in head to the statistics.
func (f *file) count() {
	p, s, first := &f.head, &f.stats, &f.firstLink
	if f.apart != nil {
		s, first = &f.apart[p.Origin].stats, &f.apart[p.Origin].firstLink
	}
	if s.Packets == 0 {
		s.First, s.Last = f.at, f.at
		s.Link = linkName(p.Link)
		*first = p.Link
	} else if p.Link != *first {
		s.Link = mixedLinks
	}
	s.First, s.Last = min(s.First, f.at), max(s.Last, f.at)
	s.Packets++
	s.Bytes += int64(len(p.Data))
	if p.Len > len(p.Data) {
		s.Truncated++
	}
}

// report returns the statistics so far, an entry for each vantage point. What is
// known of the file as a whole is in the first.
func (f *file) report() []capture.Stats {
	all := []capture.Stats{f.stats}
	if f.apart != nil {
		all = all[:0]
		for i := range f.apart {
			all = append(all, f.apart[i].stats)
		}
		all[0].Damage, all[0].DamageAt = f.stats.Damage, f.stats.DamageAt
	}
	all[0].Dropped = f.reader.dropped()
	for i := range all {
		if all[i].Packets == 0 {
			all[i].Link = linkName(f.reader.link())
		}
	}
	return all
}
