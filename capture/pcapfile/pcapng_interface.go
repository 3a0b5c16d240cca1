package pcapfile

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"ricochet/capture"
)

// Option codes (draft-ietf-opsawg-pcapng, sections 3.5, 4.2 and 4.6).
const (
	optEnd         = 0
	optApplication = 4  // of a section: text
	optName        = 2  // of an interface: text
	optDescription = 3  // of an interface: text
	optTSResol     = 9  // of an interface: 1 byte
	optTSOff       = 14 // of an interface: 8 bytes, seconds
	optIfDrop      = 5  // of interface statistics: 8 bytes, lost by the interface
	optOSDrop      = 7  // of interface statistics: 8 bytes, lost by the operating system
)

// maxName bounds the name of a vantage point, in bytes, as its writer does.
const maxName = 252

// netInterface is what a packet block needs to know about its interface.
type netInterface struct {
	link    capture.LinkType
	snapLen uint32 // 0: no limit
	clock   clock
	// What the interface and the operating system have lost since the capture
	// began, as of the latest statistics: they are running totals.
	ifDrop, osDrop uint64
	name           string  // in a section of ricochet's only
	vantage        Vantage // likewise; zero if it is none
}

// lost returns the number of packets lost, at most math.MaxInt64.
func (n *netInterface) lost() uint64 { return min(n.ifDrop+n.osDrop, math.MaxInt64) }

// addInterface reads an Interface Description Block (section 4.2).
func (r *pcapngReader) addInterface(b []byte) (wrong string) {
	if len(r.interfaces) == maxInterfaces {
		return fmt.Sprintf("one more interface than the %d that are read", maxInterfaces)
	}
	in := netInterface{
		link:    capture.LinkType(r.u16(b[8:])),
		snapLen: r.u32(b[12:]),
		clock:   newClock(6, 0),
	}
	resolution, offset := byte(6), int64(0)
	r.options(b[interfaceMinimum-blockTrailer:len(b)-blockTrailer], func(code uint16, v []byte) {
		switch {
		case code == optTSResol && len(v) == 1:
			resolution = v[0]
		case code == optTSOff && len(v) == 8:
			offset = int64(r.u64(v))
		case r.ours && code == optName && len(v) <= maxName:
			in.name = string(v)
		case r.ours && code == optDescription:
			if vantage, ok := vantageOf(v); ok {
				in.vantage = vantage
			}
		}
	})
	in.clock = newClock(resolution, offset)
	if !r.linked {
		r.linked, r.first = true, in.link
	}
	r.interfaces = append(r.interfaces, in)
	return ""
}

// countLost reads an Interface Statistics Block (section 4.6). One that is
// wrong in itself costs no packets and is passed over.
func (r *pcapngReader) countLost(b []byte) {
	id := r.u32(b[8:])
	if int64(id) >= int64(len(r.interfaces)) {
		return
	}
	in := &r.interfaces[id]
	r.options(b[statsMinimum-blockTrailer:len(b)-blockTrailer], func(code uint16, v []byte) {
		if len(v) != 8 {
			return
		}
		n := r.u64(v)
		if n > math.MaxInt64 {
			return // all ones stands for unknown; the rest is no count of packets
		}
		switch code {
		case optIfDrop:
			in.ifDrop = n
		case optOSDrop:
			in.osDrop = n
		}
	})
}

// options calls f for each option in b (section 3.5) until one does not fit.
func (r *pcapngReader) options(b []byte, f func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := r.u16(b), int(r.u16(b[2:]))
		b = b[4:]
		if code == optEnd || n > len(b) {
			return
		}
		f(code, b[:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

// clock turns the timestamps of an interface into nanoseconds:
// stamp * mul >> shift / div + offset. Only one of the three is at work.
type clock struct {
	mul    uint64
	shift  uint
	div    uint64
	offset int64 // in nanoseconds
}

// newClock reads if_tsresol, a negative power of 10, or of 2 if its highest bit
// is set, and if_tsoffset, in seconds (section 4.2).
func newClock(resolution byte, seconds int64) clock {
	c := clock{mul: 1, div: 1, offset: seconds * 1e9}
	const limit = math.MaxInt64 / int64(time.Second)
	switch {
	case seconds > limit:
		c.offset = math.MaxInt64
	case seconds < -limit:
		c.offset = math.MinInt64
	}
	n := uint(resolution &^ 0x80)
	switch {
	case resolution&0x80 != 0:
		c.mul, c.shift = 1e9, n
	case n <= 9:
		c.mul = power10(9 - n)
	case n <= 9+19:
		c.div = power10(n - 9)
	default:
		c.mul = 0 // a unit is so short that no 64-bit stamp reaches a nanosecond
	}
	return c
}

// nanoseconds returns the time of a stamp since the Unix epoch. Times that do
// not fit (before 1677, after 2262) become the nearest that does.
func (c *clock) nanoseconds(stamp uint64) int64 {
	hi, lo := bits.Mul64(stamp, c.mul)
	if c.shift >= 64 {
		hi, lo = 0, hi>>(c.shift-64)
	} else if c.shift > 0 {
		hi, lo = hi>>c.shift, hi<<(64-c.shift)|lo>>c.shift
	}
	if c.div != 1 {
		lo /= c.div // mul is 1 then, and hi 0
	}
	if hi != 0 || lo > math.MaxInt64 {
		lo = math.MaxInt64
	}
	t := int64(lo)
	if sum := t + c.offset; c.offset <= 0 || sum >= t {
		return sum
	}
	return math.MaxInt64
}

func power10(n uint) uint64 {
	p := uint64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}
