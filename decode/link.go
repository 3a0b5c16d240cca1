package decode

import (
	"bytes"

	"ricochet/decode/stream"
)

// synchronise reads the line with which a server answers PSYNC or SYNC. What
// follows an acceptance, a snapshot and then the stream of writes, is no client
// traffic and is not looked at; a refusal ends the link, and the connection is
// an ordinary one again.
//
// A primary keeps a waiting replica alive with empty lines (replication.c,
// replicationCron), which are passed over.
func (s *session) synchronise(ch *stream.Chunk) {
	if ch.Gap != 0 {
		s.psync = false
		return
	}
	b := bytes.TrimLeft(ch.Data, "\n\r")
	if len(b) == 0 {
		return
	}
	s.psync = false
	if b[0] != '-' {
		return
	}
	s.replica = false
	s.t.stats.Replication--
	s.change(func(c *Conn) { c.Replica = false })
	line := b[1:]
	if i := bytes.IndexByte(line, '\r'); i >= 0 {
		s.rep.begin()
		s.rep.parseError(line[:i])
		s.t.stats.countError(s.rep.errorWord())
	}
}
