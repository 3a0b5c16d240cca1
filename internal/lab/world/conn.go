package world

import (
	"errors"
	"io"
	"net/netip"
)

// ErrRefused is what Dial reports of an address where nobody listens.
var ErrRefused = errors.New("connection refused")

// ErrReset is what a handler gets when the other end reset the connection.
var ErrReset = errors.New("connection reset")

// maxSegment is how many bytes are sent in one segment: what fits into an IPv4 packet.
const maxSegment = 32 << 10

// Handler is who lives at an end of a connection.
type Handler interface {
	// Data hands over bytes as they arrive. They are the world's again when the call
	// returns.
	Data([]byte)
	// Closed says that the connection is over: io.EOF if the other end closed it,
	// ErrReset, or ErrOverrun. It is not called after Close or Reset of this end.
	Closed(error)
}

// Conn is one end of a connection. Its methods are for events.
type Conn struct {
	host          *Host
	local, remote netip.AddrPort
	flow          Flow
	server        bool // this end accepted
	handler       Handler
	wire          wire  // nil until the other end has accepted
	link          *link // the wire, if it is one of Live
	place         int   // among the host's
	out           []byte
	dirty         bool
	unread        int // events that the process of a deaf host has missed

	open   bool // the process has the connection
	closed bool // it is over for the process
	dead   bool // it is over for the kernel as well: one end has reset it

	heard    uint64 // bytes that arrived here
	told     uint64 // of these, acknowledged
	heardFIN bool   // the other end will send no more
	toldFIN  bool   // and that is acknowledged
}

// wire moves what a Conn sends.
type wire interface {
	send(data []byte) // data is the caller's again when the call returns
	finish()          // nothing more will be sent
	reset()
}

// Local is the address of this end.
func (c *Conn) Local() netip.AddrPort { return c.local }

// Remote is the address of the other end.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// Host is the host of this end.
func (c *Conn) Host() *Host { return c.host }

// Handle says who gets what arrives.
func (c *Conn) Handle(h Handler) { c.handler = h }

// Send sends a copy of data, together with all else that is sent during this event.
// After the end of the connection it does nothing.
func (c *Conn) Send(data []byte) {
	if c.closed {
		return
	}
	c.out = append(c.out, data...)
	c.touch()
}

// Close sends what Send was given, and ends the connection. What arrives later is
// acknowledged, but nobody gets it.
func (c *Conn) Close() {
	if c.closed {
		return
	}
	c.emit()
	c.end()
	if c.dead {
		return
	}
	c.record(Segment{FIN: true})
	c.wire.finish()
}

// Reset ends the connection at once. What Send was given during this event is lost.
func (c *Conn) Reset() {
	if c.closed {
		return
	}
	c.end()
	if c.dead {
		return
	}
	c.record(Segment{RST: true})
	c.dead = true
	c.wire.reset()
}

// Closed tells whether the connection is over.
func (c *Conn) Closed() bool { return c.closed }

// kill ends the connection as the kernel does whose process has died.
func (c *Conn) kill() {
	c.handler = nil
	switch {
	case c.wire == nil: // whoever accepts finds out
		c.end()
	case !c.open || c.unread > 0:
		c.Reset()
	default:
		c.Close()
	}
}

func (c *Conn) end() {
	c.closed = true
	c.out = nil
	c.host.forget(c)
}

// touch has the connection flushed at the end of the event.
func (c *Conn) touch() {
	if !c.dirty {
		c.dirty = true
		c.host.world.dirty = append(c.host.world.dirty, c)
	}
}

// flush sends what is waiting; if that is nothing, it acknowledges what has arrived.
func (c *Conn) flush() {
	c.dirty = false
	c.emit()
	if !c.dead && (c.heard > c.told || c.heardFIN && !c.toldFIN) {
		c.record(Segment{})
	}
}

// emit sends what is waiting.
func (c *Conn) emit() {
	for out := c.out; len(out) > 0 && !c.dead; {
		n := min(len(out), maxSegment)
		c.record(Segment{Data: out[:n]})
		c.wire.send(out[:n])
		out = out[n:]
	}
	if c.out = c.out[:0]; cap(c.out) > 4*maxSegment {
		c.out = nil
	}
}

// receive is the kernel taking what the other end sent.
func (c *Conn) receive(data []byte) {
	if c.dead {
		return
	}
	c.witness(Segment{Data: data})
	c.heard += uint64(len(data))
	c.touch()
}

// hangUp is the kernel learning of the other end's FIN, or RST.
func (c *Conn) hangUp(err error) {
	switch {
	case c.dead, err == ErrOverrun: // it is this end that ends it
	case err == io.EOF:
		c.witness(Segment{FIN: true})
		c.heardFIN = true
		c.touch()
	default:
		c.witness(Segment{RST: true})
		c.dead = true
	}
}

// arrive hands over what the other end sent.
func (c *Conn) arrive(data []byte) {
	if !c.closed && c.handler != nil {
		c.handler.Data(data)
	}
}

// over says that the other end is gone.
func (c *Conn) over(err error) {
	if c.closed {
		return
	}
	if err == ErrOverrun {
		c.Reset()
	} else {
		c.Close()
	}
	if c.handler != nil {
		c.handler.Closed(err)
	}
}
