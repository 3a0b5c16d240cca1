package world

import (
	"net/netip"
	"time"
)

// Flow is one connection. IDs count from 1 in the order in which connections were
// asked for; over Live, in that in which they were accepted or refused.
type Flow struct {
	ID             int
	Client, Server netip.AddrPort
}

// Segment is what one end of a connection sends at a time. One without flags and data
// acknowledges. That is also the last of a connection that both ends have closed: it
// acknowledges the second FIN.
type Segment struct {
	Flow       Flow
	At         time.Time // when it is sent
	FromServer bool
	SYN, FIN   bool // from the server, SYN accepts
	RST        bool // refuses a connection, or ends it at once
	Data       []byte
	Heard      uint64 // bytes of the other direction that the sender has: what it acknowledges
	HeardFIN   bool   // the sender also has the other direction's FIN
}

// Tape sees segments in the order in which they are sent. A segment, and its data, are
// the world's again when the call returns.
//
// Over Live a connection is seen by the host that accepts it, whoever the client is:
// what the client sends is seen when it arrives, and what the kernel was given to send
// is taken to have reached the client. Connections to listeners that are not the
// world's are not seen.
type Tape interface {
	Segment(*Segment)
}

// record shows what this end sends to the tape.
func (c *Conn) record(s Segment) {
	c.told, c.toldFIN = c.heard, c.heardFIN
	if c.link != nil && !c.server {
		return // the other end shows it, if it is there
	}
	s.FromServer, s.Heard, s.HeardFIN = c.server, c.heard, c.heardFIN
	c.show(s)
}

// witness shows what the other end sends to the tape, where that cannot do so itself.
func (c *Conn) witness(s Segment) {
	if c.link == nil || !c.server {
		return
	}
	s.Heard, s.HeardFIN = c.link.delivered()
	c.show(s)
}

func (c *Conn) show(s Segment) {
	w := c.host.world
	if w.options.Tape != nil && !w.closed {
		w.segment = s
		w.segment.Flow, w.segment.At = c.flow, w.Now()
		w.options.Tape.Segment(&w.segment)
	}
}
