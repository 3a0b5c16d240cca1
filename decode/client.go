package decode

import (
	"ricochet/decode/resp"
	"ricochet/decode/view"
)

// clientSide takes the commands of a session.
type clientSide session

// Begin implements resp.Visitor.
func (v *clientSide) Begin(resp.Kind) int {
	v.cmdMark = v.at
	return view.MaxPayload
}

// Token implements resp.Visitor.
func (v *clientSide) Token(t *resp.Token) {
	if t.Depth == 0 {
		v.cmd.begin(t.N)
		return
	}
	v.cmd.arg(t.Index, t)
}

// End implements resp.Visitor.
func (v *clientSide) End(complete bool) {
	s := (*session)(v)
	if !complete {
		if s.synced {
			s.unsync(s.cmdMark)
		}
		return
	}
	s.command()
}

// command takes a whole command: counts it, queues it for its reply, follows
// what it does to the connection, and reports it.
func (s *session) command() {
	c := &s.cmd
	if s.replica || s.linkUp(c) {
		return
	}
	s.ordinal++
	s.commands++
	s.t.stats.Commands++
	x := &s.x
	*x = Exchange{
		Conn: s.facts, Ordinal: s.ordinal, Sent: s.cmdMark, Name: c.name, Fingerprint: c.fold, Write: c.write, Slot: -1,
	}
	if s.since != 0 {
		x.Busy = [2]Span{{s.since, s.cmdMark.Time}, s.busy[0]}
	} else {
		x.Busy = s.busy
	}
	s.transact(c, x)
	answered := s.willAnswer(c)
	switch {
	case !s.synced:
		s.unsynced = true
	case answered:
		s.enqueue(c, x)
	}
	s.t.h.Command(x)
	if c.special == publish && c.args > 0 {
		s.greet(c)
	}
}

// willAnswer reports whether the server answers this command. The modes are
// those of CLIENT REPLY (valkey.io/commands/client-reply): SKIP silences itself
// and the next command, OFF everything until ON, which is answered. RESET ends
// them (networking.c, clearClientConnectionState).
func (s *session) willAnswer(c *command) bool {
	switch {
	case c.special == client && c.is(0, "REPLY") && !s.tx.open:
		switch {
		case c.is(1, "ON"):
			s.silent, s.skip = false, false
			return true
		case c.is(1, "OFF"):
			s.silent = true
			return false
		case c.is(1, "SKIP"):
			s.skip = !s.silent
			return false
		}
	case c.special == reset:
		s.silent, s.skip = false, false
	}
	if s.silent {
		return false
	}
	if s.skip {
		s.skip = false
		return false
	}
	return true
}

// enqueue lets a command wait for its reply, with what is to be known of it then.
func (s *session) enqueue(c *command, x *Exchange) {
	limit := MaxPending
	if !s.serverSeen {
		limit = maxOneSided
	}
	if s.queue.full(limit) {
		s.t.stats.Blind.Add(CausePipeline, int64(s.queue.len()), 0, s.cmdMark.Time)
		s.unsync(s.cmdMark)
		s.queue.free()
		return
	}
	if s.since == 0 {
		s.since = s.cmdMark.Time
	}
	w := s.queue.push()
	from := len(s.queue.arena)
	s.queue.arena = c.appendText(s.queue.arena)
	w.mark, w.ordinal, w.fold, w.name, w.seq = x.Sent, x.Ordinal, x.Fingerprint, c.name, s.seq
	w.special, w.write, w.asking, w.inMulti = c.special, c.write, x.Asking, x.InMulti
	w.keyed = c.first != 0 || c.numkeys != 0
	w.transaction = s.tx.number
	w.text = since(s.queue.arena, from)
	switch c.special {
	case plain:
	case subscribe, unsubscribe:
		if w.want = int32(c.argc - 1); w.want == 0 {
			w.want = allChannels
		}
	case exec, discard:
		// One of which MULTI was not seen has none.
		w.first, w.queued = s.tx.first, s.tx.next()-s.tx.first
		s.tx.first = s.tx.next()
	case hello, auth, client:
		s.stageFacts(c, w)
		s.mark(c, w)
	case roles, sentinel:
		s.mark(c, w)
	}
}
