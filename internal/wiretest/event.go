package wiretest

import (
	"fmt"

	"ricochet/capture"
)

// sent says what became of a data packet on its way into the capture.
type sent struct {
	lost bool // not captured
	cut  bool // only the first kept bytes of the payload were captured
	kept int
}

// event carries out an event that has nothing but a direction after its verb.
func (s *script) event(verb, direction string) error {
	c, from, err := s.conns.find(direction, s.names)
	if err != nil {
		return err
	}
	switch verb {
	case "open", "join", "refuse", "silent":
		if from != client {
			return fmt.Errorf("%s %s: only a client connects", verb, direction)
		}
		s.conns.started++
		c.start(s.conns.started)
		return s.connect(c, verb)
	}
	if !c.known {
		return notOpen(direction)
	}
	switch verb {
	case "again":
		if c.side[from].last == nil {
			return fmt.Errorf("again %s: no data packet to repeat", direction)
		}
		return s.keep(c.side[from].last, len(c.side[from].last))
	case "ack":
		return s.send(c, from, flagACK)
	case "reset":
		return s.send(c, from, flagRST|flagACK)
	case "close":
		return s.exchange(c, from, flagFIN|flagACK, flagFIN|flagACK, flagACK)
	}
	panic("internal error: event " + verb + " has no meaning")
}

// connect carries out the events that begin a connection.
func (s *script) connect(c *conn, verb string) error {
	c.known = verb == "open" || verb == "join"
	if verb == "join" {
		return nil
	}
	switch verb {
	case "refuse":
		c.side[server].next = 0 // as RFC 9293, section 3.10.7.1 has it
		return s.exchange(c, client, flagSYN, flagRST|flagACK)
	case "open":
		return s.exchange(c, client, flagSYN, flagSYN|flagACK, flagACK)
	}
	return s.send(c, client, flagSYN)
}

// data carries out "DIRECTION ITEMS".
func (s *script) data(line string, fate sent) error {
	direction, items := cutWord(line)
	c, from, err := s.conns.find(direction, s.names)
	if err != nil {
		return err
	}
	if !c.known {
		return notOpen(direction)
	}
	payload, err := encode(items, s.names)
	if err != nil {
		return err
	}
	return s.payload(c, from, payload, fate)
}

// payload sends bytes in as many packets as it takes.
func (s *script) payload(c *conn, from int, payload []byte, fate sent) error {
	for len(payload) > 0 {
		n := min(len(payload), s.mss)
		frame := s.segment(c, from, flagPSH|flagACK, payload[:n])
		c.side[from].next += uint32(n)
		c.side[from].last = frame
		kept := len(frame)
		if fate.cut {
			kept -= n - min(n, fate.kept)
		}
		if !fate.lost {
			if err := s.keep(frame, kept); err != nil {
				return err
			}
		}
		payload = payload[n:]
	}
	return nil
}

// exchange captures packets without payload, of both sides in turn; from is the
// side that begins.
func (s *script) exchange(c *conn, from int, flags ...uint8) error {
	for _, f := range flags {
		if err := s.send(c, from, f); err != nil {
			return err
		}
		from = 1 - from
	}
	return nil
}

// send captures a packet without payload. SYN and FIN take up one sequence
// number (RFC 9293, section 3.4).
func (s *script) send(c *conn, from int, flags uint8) error {
	frame := s.segment(c, from, flags, nil)
	if flags&(flagSYN|flagFIN) != 0 {
		c.side[from].next++
	}
	return s.keep(frame, len(frame))
}

// segment builds the frame of the next segment that a side sends.
func (s *script) segment(c *conn, from int, flags uint8, payload []byte) []byte {
	src, dst := &c.side[from], &c.side[1-from]
	h := header{src: src.addr, dst: dst.addr, seq: src.next, flags: flags}
	if flags&flagACK != 0 {
		h.ack = dst.next
	}
	return appendFrame(nil, h, payload)
}

// keep adds the first n bytes of a frame to the capture.
func (s *script) keep(frame []byte, n int) error {
	s.size += len(frame)
	if s.size > maxCapture {
		return fmt.Errorf("capture exceeds %d bytes", maxCapture)
	}
	s.packets = append(s.packets, capture.Packet{
		Time: s.now, Link: capture.LinkEthernet, Len: len(frame), Data: frame[:n:n],
	})
	return nil
}

func notOpen(direction string) error {
	return fmt.Errorf("%s is not open: open or join it first", direction)
}
