package decode

import (
	"bytes"

	"ricochet/decode/resp"
	"ricochet/decode/stream"
)

// linkUp recognises a replication link and the REPLCONF that precedes or keeps
// it. Nothing on such a link is a command of a client.
func (s *session) linkUp(c *command) bool {
	switch {
	case c.special == replconf && (c.is(0, "ACK") || c.is(0, "GETACK")):
		// Found in being: only replicas acknowledge.
		s.becomeLink()
		if c.is(0, "ACK") {
			s.acknowledge(s.facts, s.cmdMark)
		}
		return true
	case c.special == replconf:
		s.announce(c)
		s.ordinal++
		if s.synced {
			s.enqueue(c, &Exchange{Ordinal: s.ordinal, Sent: s.cmdMark})
		}
		s.introduce(c)
		return true
	case c.special == psync:
		s.becomeLink()
		s.psync = true
		s.event(Replicates, s.cmdMark)
		s.requestSync(c)
		return true
	}
	return false
}

// maxFailures bounds the errors of a connection that are taken back when it turns
// out to be a link: a handshake has a few.
const maxFailures = 8

// failed counts an error reply that is no redirect.
func (s *session) failed(word string) {
	s.t.stats.countError(word)
	if len(s.failures) < maxFailures {
		s.failures = append(s.failures, word)
	}
}

// becomeLink sets the connection apart: what its client side did so far was a
// replica's handshake.
func (s *session) becomeLink() {
	s.replica = true
	s.t.stats.Commands -= s.commands
	s.t.stats.Replies -= s.replies
	s.t.stats.Paired -= s.answered
	s.t.stats.Blind[CauseUnpaired].Count -= s.unpaired
	for _, word := range s.failures {
		s.t.stats.takeBackError(word)
	}
	s.commands, s.replies, s.answered, s.unpaired, s.failures = 0, 0, 0, 0, nil
	s.t.stats.Replication++
	s.change(func(c *Conn) { c.Replica = true })
	s.queue.clear()
	s.idle(s.at.Time)
}

// announce notes the port at which the client side says that it serves.
func (s *session) announce(c *command) {
	for i := 0; i+1 < c.args; i += 2 {
		if !c.is(i, "LISTENING-PORT") {
			continue
		}
		port := 0
		for _, b := range c.arglist[i+1] {
			if !isDigit(b) || port > 65535 {
				return
			}
			port = port*10 + int(b-'0')
		}
		if port > 0 && port <= 65535 {
			s.change(func(f *Conn) { f.ListeningPort = uint16(port) })
		}
	}
}

// synchronise looks at the first byte with which a server answers PSYNC or SYNC,
// and reports whether what it sends is none of a client's business. What follows
// an acceptance, a snapshot and then the stream of writes, is not looked at; a
// refusal ends the link: the connection is an ordinary one again, on which that
// error is the next reply.
//
// A primary keeps a waiting replica alive with empty lines (replication.c,
// replicationCron), which are passed over.
func (s *session) synchronise(ch *stream.Chunk) bool {
	if ch.Gap != 0 {
		s.psync = false
		return true
	}
	data := bytes.TrimLeft(ch.Data, "\n\r")
	if len(data) == 0 {
		return true
	}
	s.psync = false
	if data[0] != '-' {
		return true
	}
	ch.Seq += uint32(len(ch.Data) - len(data))
	ch.Data = data
	s.replica = false
	s.t.stats.Replication--
	s.change(func(c *Conn) { c.Replica = false })
	if s.synced {
		s.ordinal++
		*s.queue.push() = waiting{ordinal: s.ordinal, special: psync, seq: ch.Ack - 1}
	}
	return false
}

// linkStream recognises what goes over a replication link that was joined: writes
// from the primary, which no command asked for, and acknowledgements from the
// replica, in case it was taken for the server because it does not send commands.
func (s *session) linkStream() bool {
	r := &s.rep
	if s.certain || r.kind != resp.Array || r.firstN == 0 {
		return false
	}
	if r.n == 3 && r.firstIs("REPLCONF") {
		s.becomeLink()
		if r.acks {
			// The sides are the other way round.
			f := *s.facts
			f.Shadow, f.Client, f.Server = nil, s.facts.Server, s.facts.Client
			s.acknowledge(&f, s.repMark)
		}
		return true
	}
	if s.commands > 0 || s.queue.len() > 0 {
		return false
	}
	var name [len(r.first)]byte
	n := copy(name[:], bytes.ToUpper(r.first[:r.firstN]))
	switch c := lookup(name[:n]); c.name {
	case "PING":
		return r.n == 1
	case "SELECT":
		return r.n == 2
	case "MULTI", "EXEC":
		return r.n == 1
	case "PUBLISH", "SPUBLISH":
		return r.n == 3
	default:
		return c.write && r.n > 1
	}
}
