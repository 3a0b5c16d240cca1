package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// recordLen and spanLen are the lengths of struct record and struct span of
// record.h, in bytes.
const (
	recordLen = 32
	spanLen   = 8
)

// MaxSpans is the largest number of spans of a Record.
const MaxSpans = 16

// The shortest headers: of IPv4 (RFC 791, section 3.1) and TCP (RFC 9293, section
// 3.1), in bytes.
const (
	minIP  = 20
	minTCP = 20
)

// Bits of the flags in struct record.
const (
	recordOutgoing = 1
	recordRawIP    = 2
)

// ErrSample is wrapped by the errors of Record.Unmarshal.
var ErrSample = errors.New("not a sample of the tap")

// Span is a stretch of a TCP payload of which the middle of a long value was left
// out. It reaches from From to the next span, or to the end of the payload.
type Span struct {
	From int // bytes from the start of the frame
	Keep int // how many bytes were kept, from the start of the span on
}

// Record is what the program tells of one frame.
type Record struct {
	// Time is when the frame came by, in nanoseconds of CLOCK_MONOTONIC.
	Time int64
	// Ifindex is the index of the interface.
	Ifindex uint32
	// Wire is the length of the frame, in bytes.
	Wire int
	// Outgoing says that the frame leaves this host.
	Outgoing bool
	// RawIP says that the frame starts with an IP header, and not with one of
	// Ethernet: what the program was told of the interface when it came by.
	RawIP bool
	// Data is what was kept of the frame. Without spans it is the start of it;
	// with spans it is the headers, which are the first Payload bytes, and then
	// what was kept of each span.
	Data []byte
	// Net, TCP, Payload and End are where the innermost IP header starts, where
	// the TCP header starts, where its payload starts and where that ends, in
	// bytes from the start of the frame. They are set if there are spans.
	Net, TCP, Payload, End int
	// Spans tile the payload, in order. There are none unless something within
	// the payload was left out.
	Spans []Span

	spans [MaxSpans]Span
}

// Unmarshal reads a sample of the ring buffer. Data aliases it, and Spans are
// overwritten by the next call. A sample that the program cannot have written is
// an error that wraps ErrSample; r is then of no use.
func (r *Record) Unmarshal(sample []byte) error {
	if len(sample) < recordLen {
		return fmt.Errorf("%w: %d bytes", ErrSample, len(sample))
	}
	order := binary.NativeEndian
	kept, spans, flags := order.Uint32(sample[16:]), int(sample[31]), sample[30]
	r.Time = int64(order.Uint64(sample))
	r.Ifindex = order.Uint32(sample[8:])
	r.Wire = int(order.Uint32(sample[12:]))
	r.End = int(order.Uint32(sample[20:]))
	r.Net = int(order.Uint16(sample[24:]))
	r.TCP = int(order.Uint16(sample[26:]))
	r.Payload = int(order.Uint16(sample[28:]))
	r.Outgoing = flags&recordOutgoing != 0
	r.RawIP = flags&recordRawIP != 0
	b := sample[recordLen:]
	if spans > MaxSpans || spans > 0 && len(b) < MaxSpans*spanLen {
		return fmt.Errorf("%w: %d spans in %d bytes", ErrSample, spans, len(sample))
	}
	r.Spans = r.spans[:spans]
	for i := range r.Spans {
		r.Spans[i] = Span{From: int(order.Uint32(b[i*spanLen:])), Keep: int(order.Uint32(b[i*spanLen+4:]))}
	}
	if spans > 0 {
		b = b[MaxSpans*spanLen:]
	}
	if uint64(kept) > uint64(len(b)) || int(kept) > r.Wire {
		return fmt.Errorf("%w: %d bytes of a frame of %d in %d", ErrSample, kept, r.Wire, len(b))
	}
	r.Data = b[:kept:kept]
	return r.checkSpans()
}

// checkSpans reports whether the spans tile the payload and fit the data.
func (r *Record) checkSpans() error {
	if len(r.Spans) == 0 {
		return nil
	}
	at, kept := r.Payload, r.Payload
	for i, s := range r.Spans {
		to := r.End
		if i+1 < len(r.Spans) {
			to = r.Spans[i+1].From
		}
		if s.From != at || to < at || s.Keep > to-at {
			return fmt.Errorf("%w: span %d is %d bytes from %d", ErrSample, i, s.Keep, s.From)
		}
		at, kept = to, kept+s.Keep
	}
	if r.Net+minIP > r.TCP || r.TCP+minTCP > r.Payload || kept != len(r.Data) || at > r.Wire {
		return fmt.Errorf("%w: spans of %d bytes in %d", ErrSample, kept, len(r.Data))
	}
	return nil
}
