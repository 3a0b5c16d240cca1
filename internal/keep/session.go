package keep

import (
	"ricochet/decode/stream"
)

// maxFaults is how often the streams of a connection may stop being RESP before
// nothing of it is seen any more. It is that of package decode.
const maxFaults = 64

// masker is what all connections share.
type masker struct {
	keepValues bool
	filler     *filler
	held       *held
	scratch    []byte // room for what is put in the place of a line
	out        []byte // what is put in the place of the head of a payload
	searching  int    // bytes held by scanners that are lost
	slots      int    // room of all queues of commands that wait
	bus        int    // bytes held of messages of the bus
	spare      []byte // room for the next of them
	judge      judge
	unread     bool // of the packet at hand: some of it speaks neither RESP nor the cluster bus
	budget     stream.Budget
}

// session is a connection that speaks RESP.
//
// A reply shows what its class allows only if its command is known. Commands and
// replies are paired by position, from the first on if the connection was seen
// from its beginning. After a loss, and where it was joined, pairing begins anew
// when nothing is outstanding, as in package decode. Where a reply may lack or
// may come unasked (CLIENT REPLY, subscriptions of RESP2, MONITOR), nothing that is
// sent from then on is paired.
type session struct {
	m    *masker
	from scanner // what the client sends
	to   scanner // what the server sends
	rep  answer

	queue      queue
	synced     bool
	certain    bool // seen from its beginning, and nothing was lost
	clientSeen bool
	serverSeen bool
	serverEnd  uint32 // sequence number after the last byte the server sent
	serverAck  uint32 // what the segment with that byte acknowledged
	resyncAck  uint32 // what the client had acknowledged when pairing began anew
	seq, ack   uint32 // of the bytes at hand

	multi      bool // in a transaction
	secret     bool // a command of it may be answered by credentials
	unpaired   bool // what is sent from now on is not paired
	subscribed bool
	link       bool // a replication link
	broken     bool
	faults     int
	commands   int64
	pairs      int64  // replies paired since pairing began
	credential bool   // a command was seen whose reply may hold credentials
	refusal    bool   // the reply that begins next answers PSYNC
	channel    []byte // of the message at hand, if it may be one of sentinels
}

// settled is how many replies must have been paired on a connection that was not
// seen from its beginning until values are shown there that were asked for: more
// than were outstanding when it was joined. A reply to a command that was not seen
// is long gone then.
const settled = 64

// trusted reports whether a reply is that of its command beyond doubt, so that
// values are not taken for credentials.
func (s *session) trusted() bool {
	return s.certain || s.pairs > settled && !s.credential
}

func newSession(m *masker, from, to *flow, whole bool) *session {
	s := &session{m: m, synced: whole, certain: whole}
	s.queue.slots = &m.slots
	s.from = scanner{s: s, f: from, commands: true}
	s.to = scanner{s: s, f: to}
	s.from.req.keepValues, s.to.req.keepValues = m.keepValues, m.keepValues
	return s
}

// take scans a run of bytes of one direction.
func (s *session) take(p *scanner, ch *stream.Chunk) {
	if s.broken {
		return
	}
	s.seq, s.ack = ch.Seq, ch.Ack
	client := p == &s.from
	if ch.Gap != 0 {
		p.gap(ch.Gap)
		// The first bytes after joining answer the first command, if they are what
		// its sender waited for next.
		awaited := !client && ch.Gap == stream.Unknown && s.synced && ch.Seq == s.resyncAck
		if p.state == stateLost && !awaited {
			s.unsync()
			if client {
				s.multi = false
			}
		}
	}
	if client && !s.synced && len(ch.Data) > 0 && s.quiet(ch) {
		s.synced, s.pairs, s.resyncAck = true, 0, ch.Ack
		s.queue.clear()
	}
	p.feed(ch.Seq, ch.Data, ch.First)
	if len(ch.Data) == 0 {
		return
	}
	if client {
		s.clientSeen = true
	} else {
		s.serverSeen = true
		s.serverEnd, s.serverAck = ch.Seq+uint32(len(ch.Data)), ch.Ack
	}
}

// quiet reports whether nothing is outstanding just before a run of bytes that
// the client sent; see decode.
func (s *session) quiet(ch *stream.Chunk) bool {
	if !s.from.idle() && s.from.state != stateLost {
		return false
	}
	if !s.serverSeen {
		return !s.clientSeen
	}
	return int32(ch.Ack-s.serverEnd) >= 0 && s.serverAck == ch.Seq && (s.to.idle() || s.to.state == stateLost)
}

// unsync gives up pairing until nothing is outstanding.
func (s *session) unsync() {
	s.synced, s.certain = false, false
	s.queue.clear()
}

// fault counts that a stream stopped being RESP.
func (s *session) fault() {
	s.unsync()
	if s.faults++; s.faults >= maxFaults {
		s.broken = true
	}
}

// end gives out what the scanners hold: nothing follows.
func (s *session) end() {
	if !s.broken {
		s.from.gap(stream.Unknown)
		s.to.gap(stream.Unknown)
	}
	s.m.searching -= s.from.heldForSearch() + s.to.heldForSearch()
	s.from.search, s.to.search = nil, nil
	s.from.state, s.to.state = stateElement, stateElement
	s.broken = true
	s.queue.free()
}

// argument decides what becomes of an argument, of which head are the first
// bytes. What takes their place, if anything does, is in out then.
func (p *scanner) argument(head []byte, cut bool) action {
	i := p.index()
	act := p.req.decide(i, head, p.n, cut)
	if act == mask {
		if i == 0 {
			p.s.m.out = p.s.m.filler.ofName(head)
		} else {
			p.s.m.out = p.s.m.filler.of(head)
		}
	}
	return act
}

// command takes a whole command.
func (s *session) command(p *scanner) {
	r := &p.req
	if p != &s.from {
		return // of a primary to its replica: nobody answers it
	}
	switch r.op {
	case opSync:
		s.link = true
		s.queue.clear()
		s.to.awaitSync()
		return
	case opReplconf:
		s.link = s.link || r.ack
	default:
		s.commands++
	}
	if s.link {
		return
	}
	c := r.answer()
	s.credential = s.credential || c == classSecret
	w, multi := waiting{seq: s.seq}, s.multi
	if multi {
		s.secret = s.secret || c != classData && c != classOrder
		if c != classOrder {
			c = classData // QUEUED
		}
	}
	switch r.op {
	case opMulti:
		s.multi, s.secret = true, false
	case opExec:
		if s.secret {
			c = classSecret
		}
		s.multi = false
	case opDiscard, opReset:
		s.multi = false
	case opSubscribe:
		s.subscribed = true
		if w.want = r.argc - 1; w.want == 0 || multi {
			s.unpaired = true // as many confirmations as there are channels
		}
		c = classSecret // none of which is a reply
	case opMonitor:
		s.unpaired = true
	case opClient:
		s.unpaired = s.unpaired || r.off
	}
	if w.class = c; s.synced && !s.unpaired && !s.queue.push(w) {
		s.unsync()
	}
}

// confirmed takes a confirmation of a subscription.
func (s *session) confirmed(kind byte) {
	w := s.queue.front()
	switch {
	case kind != '>': // of RESP2: what comes next may be a message
		s.unpaired = true
		s.queue.clear()
	case w != nil && w.want > 0:
		if w.want--; w.want == 0 {
			s.queue.pop()
		}
	}
}

// pair returns the class of the reply that begins, or 0 if its command is not
// known. A reply that acknowledges nothing of the segment in which the command
// ended cannot answer it.
func (s *session) pair() class {
	if !s.synced || s.unpaired && s.queue.empty() {
		return 0
	}
	w, ok := s.queue.pop()
	if !ok || !s.certain && s.ack != 0 && int32(s.ack-w.seq) <= 0 {
		s.unsync()
		return 0
	}
	s.pairs++
	return w.class
}

// refused says that the server answers PSYNC with an error, which comes next: the
// connection is an ordinary one again.
func (s *session) refused() {
	s.link, s.refusal = false, true
	if s.synced {
		s.queue.push(waiting{class: classData, seq: s.ack - 1}) // it is acknowledged
	}
}
