package decode

import (
	"bytes"

	"ricochet/decode/stream"
	"ricochet/decode/view"
)

// link is what the client side of a connection did towards replicating from the
// server.
type link struct {
	sync  view.Sync // what it announced, and its last request with the answer
	asked Mark      // of PSYNC or SYNC
	waits bool      // the answer to that is awaited
	got   Mark      // of the answer
	line  []byte    // what is there of it, at most MaxLine bytes
}

func (s *session) linkState() *link {
	if s.link == nil {
		s.link = &link{}
	}
	return s.link
}

// introduce takes a REPLCONF by which a replica says something of itself.
func (s *session) introduce(c *command) {
	y := &s.linkState().sync
	if c.partial || !y.Announce(c.kept()) {
		return
	}
	y.Ask("REPLCONF", nil)
	s.tellSync(s.facts, Mark{}, s.cmdMark)
}

// requestSync takes a PSYNC or SYNC.
func (s *session) requestSync(c *command) {
	l := s.linkState()
	var args [][]byte
	if !c.partial {
		args = c.kept()
	}
	l.sync.Ask(c.name, args)
	l.asked, l.waits, l.line = s.cmdMark, true, nil
	s.tellSync(s.facts, Mark{}, s.cmdMark)
}

// acknowledge takes the first acknowledgement seen on a link that was joined.
func (s *session) acknowledge(c *Conn, m Mark) {
	s.linkState().sync.Ask("ACK", nil)
	s.tellSync(c, Mark{}, m)
}

// readAnswer looks for the line that answers PSYNC or SYNC in what the server
// sends. Where bytes are missing it is not known what the answer was. Before it
// there may be empty lines that keep the link alive, and the confirmation of a
// REPLCONF that is late.
func (s *session) readAnswer(ch *stream.Chunk) {
	l := s.link
	if ch.Gap != 0 {
		l.waits, l.line = false, nil
		return
	}
	data := ch.Data
	for l.waits {
		if len(l.line) == 0 {
			data = bytes.TrimLeft(data, "\r\n")
			l.got = ch.Mark
		}
		if len(data) == 0 {
			return
		}
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		l.line = append(l.line, data[:min(n, MaxLine+1-len(l.line))]...)
		data = data[n:]
		switch {
		case len(l.line) > MaxLine:
			s.t.stats.Blind.Add(CauseViews, 1, 0, ch.Mark.Time)
			l.waits, l.line = false, nil
		case l.line[len(l.line)-1] == '\n':
			s.answerSync(bytes.TrimRight(l.line, "\r\n"))
			l.line = nil
		}
	}
}

// answerSync takes the whole line that answers PSYNC or SYNC.
func (s *session) answerSync(line []byte) {
	l := s.link
	if string(line) == "+OK" {
		return
	}
	l.waits = false
	if !l.sync.ReadAnswer(line) {
		return
	}
	c := s.facts
	if !c.Replica { // it was refused, and is none any more
		f := *c
		f.Shadow, f.Replica = nil, true
		c = &f
	}
	s.tellSync(c, l.asked, l.got)
}

// tellSync hands out a copy of the last step.
func (s *session) tellSync(c *Conn, asked, got Mark) {
	y := s.link.sync
	s.tell(Told{Conn: c, Asked: asked, Got: got, Sync: &y})
}
