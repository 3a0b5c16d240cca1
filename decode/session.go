package decode

import (
	"bytes"

	"ricochet/decode/resp"
	"ricochet/decode/stream"
	"ricochet/decode/view"
)

// MaxPending bounds the commands of one connection that wait for their reply.
const MaxPending = 1 << 14

// maxOneSided bounds them while no reply was ever seen: in a capture of one
// direction they would wait for ever.
const maxOneSided = 1 << 10

// maxErrors is how often the streams of a connection may stop being RESP before
// the connection is given up.
const maxErrors = 64

// session is what the decoder knows of a connection that speaks RESP.
type session struct {
	t     *Table
	facts *Conn
	from  resp.Parser // what the client sends
	to    resp.Parser // what the server sends

	// Of the run of bytes at hand, or the last one.
	at  Mark
	seq uint32
	ack uint32

	cmd     command
	cmdMark Mark
	rep     reply
	repMark Mark
	repAck  uint32
	x       Exchange // what is handed out

	queue   pending
	ordinal uint64

	// Pairing by position holds while synced. After a loss it begins anew when
	// nothing is outstanding; see quiet.
	synced     bool
	certain    bool // the connection was seen from its beginning and nothing was lost
	clientSeen bool
	serverSeen bool
	unpaired   int64    // replies counted without their command
	failures   []string // the first words of the first errors counted
	unsynced   bool     // commands were sent while not synced
	serverEnd  uint32   // sequence number after the last byte the server sent
	serverAck  uint32   // what the segment with that byte acknowledged
	resyncAck  uint32   // what the client had acknowledged when pairing began anew

	busy  [2]Span // the last stretches with something outstanding, latest first
	since int64   // start of the present one, 0 if nothing is outstanding

	// What commands changed of how the connection goes on.
	asking     bool // the next command comes after ASKING
	silent     bool // CLIENT REPLY OFF
	skip       bool // CLIENT REPLY SKIP: the next command has no reply
	monitor    bool
	subs       subscriptions
	tx         transaction
	libName    string // CLIENT SETINFO, escaped
	libVersion string

	hears hearing     // what is heard of the reply at hand
	view  *view.Reply // what was heard of it; nil while there is nothing
	asked uint64      // the ordinal of the command that it answers
	// lastAsk is the ordinal of the last command about roles that was queued, or 0
	// once it was answered.
	lastAsk uint64

	replica bool // replication link: nothing on it is a client's command
	psync   bool // the answer to PSYNC is awaited
	link    *link
	broken  bool // a side stopped being RESP
	final   bool // the capture has ended
	errors  int  // syntax errors so far

	commands, replies, answered int64 // counted in Stats
}

// start readies the session. whole says that its connection was seen from the
// beginning, so that the first reply answers the first command.
func (s *session) start(whole bool) {
	s.from.Init(resp.Client)
	s.to.Init(resp.Server)
	s.synced, s.certain = whole, whole
	s.queue.slots = &s.t.slots
}

// close reports the end of the connection. At the end of the capture nothing
// has ended, and nothing is reported.
func (s *session) close(m Mark, final bool) {
	s.final = final
	s.from.Gap(stream.Unknown, (*clientSide)(s))
	s.to.Gap(stream.Unknown, (*serverSide)(s))
	if s.clientSeen && s.serverSeen && !s.replica {
		s.t.stats.BothDirections++
	}
	s.drop(m)
	s.queue.free()
	if !final {
		s.event(Closed, m)
	}
}

// client feeds a run of bytes that the client sent.
func (s *session) client(ch *stream.Chunk) {
	if s.replica || s.broken {
		return
	}
	s.at, s.seq, s.ack = ch.Mark, ch.Seq, ch.Ack
	if ch.Gap != 0 {
		s.from.Gap(ch.Gap, (*clientSide)(s))
		if s.from.Lost() {
			s.lose(ch)
			// Whether MULTI, EXEC or ASKING was lost is anybody's guess.
			s.asking, s.tx.open = false, false
		} else if ch.Gap > 0 {
			s.t.stats.Spared += ch.Gap
		}
	}
	if !s.synced && len(ch.Data) > 0 && s.quiet(ch) {
		s.resync()
	}
	if ch.First {
		s.from.Boundary()
	}
	s.clientSeen = s.clientSeen || len(ch.Data) > 0
	s.feed(&s.from, (*clientSide)(s), ch)
}

// server feeds a run of bytes that the server sent.
func (s *session) server(ch *stream.Chunk) {
	if s.link != nil && s.link.waits {
		s.readAnswer(ch)
	}
	if s.broken || s.replica && !s.psync {
		return
	}
	s.at, s.seq, s.ack = ch.Mark, ch.Seq, ch.Ack
	if s.replica && s.synchronise(ch) {
		return
	}
	if ch.Gap != 0 {
		s.to.Gap(ch.Gap, (*serverSide)(s))
		// The first bytes after joining answer the first command, if they are
		// what its sender waited for next.
		if s.to.Lost() && !(ch.Gap == stream.Unknown && s.synced && ch.Seq == s.resyncAck) {
			s.lose(ch)
		}
		if ch.Gap > 0 && !s.to.Lost() {
			s.t.stats.Spared += ch.Gap
		}
	}
	if ch.First {
		s.to.Boundary()
	}
	s.feed(&s.to, (*serverSide)(s), ch)
	if len(ch.Data) > 0 {
		s.serverSeen = true
		s.serverEnd, s.serverAck = ch.Seq+uint32(len(ch.Data)), ch.Ack
	}
}

// feed parses a run of bytes. A stream that stops being RESP where none of its
// bytes are missing is given up: what follows would be guesswork. One that was
// joined or lost resynchronises.
func (s *session) feed(p *resp.Parser, v resp.Visitor, ch *stream.Chunk) {
	data := ch.Data
	for len(data) > 0 && !s.broken {
		before := p.Skipped()
		err := p.Feed(data, v)
		if n := p.Skipped() - before; n > 0 {
			s.t.stats.Blind.Add(CauseSkipped, 1, n, ch.Mark.Time)
		}
		if err == nil {
			return
		}
		e, ok := err.(*resp.SyntaxError)
		if !ok {
			return
		}
		data = data[e.Offset:]
		if e.Fault == resp.BadQuotes && s.synced {
			data = s.badInline(data)
			continue
		}
		s.t.stats.Blind.Add(CauseSyntax, 1, 0, ch.Mark.Time)
		s.unsync(ch.Mark)
		if s.replica {
			return
		}
		if s.errors++; s.errors >= maxErrors {
			s.broken = true
			s.t.stats.Blind.Add(CauseSkipped, 1, int64(len(data)), ch.Mark.Time)
			s.drop(ch.Mark)
		}
	}
}

// badInline takes an inline command whose quotes do not balance. It is a command
// all the same: the server answers it with an error, and closes the connection
// (networking.c, processInlineBuffer). What follows it in data is returned.
func (s *session) badInline(data []byte) []byte {
	s.cmdMark = s.at
	s.cmd.begin(0)
	s.cmd.fold = 0 // not known
	s.command()
	s.from.Init(resp.Client)
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return data[i+1:]
	}
	return nil
}

// quiet reports whether nothing is outstanding just before a run of bytes that
// the client sent: the client has everything that the server sent, and the
// server had everything that the client sent when it last answered. That is so
// between two commands of a client that waits for its replies, and of any other
// that pauses. Before the server was heard of, the first command after joining
// is taken for one; paired refutes that if the reply acknowledges less.
func (s *session) quiet(ch *stream.Chunk) bool {
	if !s.from.Idle() && !s.from.Lost() {
		return false
	}
	if !s.serverSeen {
		return !s.clientSeen
	}
	return int32(ch.Ack-s.serverEnd) >= 0 && s.serverAck == ch.Seq && (s.to.Idle() || s.to.Lost())
}

func (s *session) resync() {
	s.synced = true
	if s.unsynced {
		s.event(Lost, s.at)
		s.unsynced = false
	}
	s.queue.clear()
	s.since = 0
	s.resyncAck = s.ack
}

// unsync gives up what is outstanding: replies can no longer be told apart.
func (s *session) unsync(m Mark) {
	s.synced, s.certain = false, false
	if n := s.queue.len(); n > 0 {
		s.t.stats.Blind.Add(CauseUnanswered, int64(n), 0, m.Time)
		s.queue.clear()
	}
	s.idle(m.Time)
	if !s.final {
		s.event(Lost, m) // a capture that ends within a message has lost nothing
	}
}

// lose takes note of bytes that are missing before a chunk. What lies before the
// capture joined the connection is no loss, unless a reply to a command that was
// seen may be part of it.
func (s *session) lose(ch *stream.Chunk) {
	if ch.Gap == stream.Unknown && s.queue.len() == 0 {
		s.synced, s.certain = false, false
		s.idle(ch.Mark.Time)
		return
	}
	s.unsync(ch.Mark)
}

// drop forgets what is outstanding when the connection ends.
func (s *session) drop(m Mark) {
	if n := s.queue.len(); n > 0 {
		s.t.stats.Blind.Add(CauseUnanswered, int64(n), 0, m.Time)
		s.queue.clear()
	}
}

func (s *session) event(e Event, m Mark) { s.t.h.Event(s.facts, e, m) }

// idle notes that nothing is outstanding from now on.
func (s *session) idle(at int64) {
	if s.since != 0 {
		s.busy[1] = s.busy[0]
		s.busy[0] = Span{s.since, at}
		s.since = 0
	}
}
