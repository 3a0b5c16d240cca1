package decode

import "ricochet/decode/resp"

// clientSide takes the commands of a session.
type clientSide session

// Begin implements resp.Visitor.
func (v *clientSide) Begin(resp.Kind) int {
	v.cmdMark = v.chunk.Mark
	return keep
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
	if s.linkUp(c) {
		return
	}
	s.ordinal++
	s.t.stats.Commands++
	s.commands++
	asked := s.asking
	s.asking = c.special == asking
	fold := c.fold
	if c.special == exec {
		fold = mix(fold, s.multi)
	}
	if s.inMulti && c.special != exec && c.special != discard && c.special != reset {
		s.multi = mix(s.multi, fold)
		if len(s.queued) < maxQueued {
			s.queued = append(s.queued, queuedCommand{fold: fold, ordinal: s.ordinal, mark: s.cmdMark, write: c.write, text: string(c.appendText(nil))})
		}
	}
	x := &s.x
	*x = Exchange{
		Conn: s.facts, Ordinal: s.ordinal, Sent: s.cmdMark, Name: c.name, Fingerprint: fold,
		Asking: asked, InMulti: s.inMulti || c.special == exec, Write: c.write, Slot: -1,
	}
	if s.since != 0 {
		x.Busy = [2]Span{{s.since, s.cmdMark.Time}, s.busy[0]}
	} else {
		x.Busy = s.busy
	}
	answered := s.willAnswer(c)
	switch {
	case !s.synced:
		s.unsynced = true
	case answered:
		s.enqueue(c, x)
	}
	if s.inMulti = c.special == multi || s.inMulti && c.special != exec && c.special != discard && c.special != reset; c.special == multi {
		s.multi, s.queued = mixA, s.queued[:0]
		s.transaction++
	}
	s.t.h.Command(x)
}

// linkUp recognises a replication link and the REPLCONF that precedes or keeps
// it. Nothing on such a link is a command of a client.
func (s *session) linkUp(c *command) bool {
	switch {
	case c.special == replconf && (c.is(0, "ACK") || c.is(0, "GETACK")):
		// Found in being: only replicas acknowledge.
		s.becomeLink()
		return true
	case c.special == replconf:
		if c.is(0, "LISTENING-PORT") {
			s.announce(c)
		}
		s.ordinal++
		if s.synced {
			s.enqueue(c, &Exchange{Ordinal: s.ordinal, Sent: s.cmdMark})
			s.queue.items[len(s.queue.items)-1].special = replconf
		}
		return true
	case c.special == psync:
		s.becomeLink()
		s.psync = true
		s.event(Replicates, s.cmdMark)
		return true
	}
	return false
}

// becomeLink sets the connection apart: what its client side did so far was a
// replica's handshake.
func (s *session) becomeLink() {
	s.replica = true
	s.t.stats.Commands -= s.commands
	s.t.stats.Replies -= s.replies
	s.t.stats.Paired -= s.answered
	s.commands, s.replies, s.answered = 0, 0, 0
	s.t.stats.Replication++
	s.change(func(c *Conn) { c.Replica = true })
	s.queue.clear()
}

// announce notes the port at which the client side says that it serves.
func (s *session) announce(c *command) {
	if c.args < 2 {
		return
	}
	port := 0
	for _, b := range c.arglist[1] {
		if b < '0' || b > '9' || port > 65535 {
			return
		}
		port = port*10 + int(b-'0')
	}
	if port > 0 && port <= 65535 {
		s.change(func(f *Conn) { f.ListeningPort = uint16(port) })
	}
}

// willAnswer reports whether the server answers this command. The modes are
// those of CLIENT REPLY (valkey.io/commands/client-reply): SKIP silences itself
// and the next command, OFF everything until ON, which is answered.
func (s *session) willAnswer(c *command) bool {
	if c.special == client && c.is(0, "REPLY") && !s.inMulti {
		switch {
		case c.is(1, "ON"):
			s.silent, s.skip = false, false
			return true
		case c.is(1, "OFF"):
			s.silent = true
			return false
		case c.is(1, "SKIP"):
			if !s.silent {
				s.skip = true
			}
			return false
		}
	}
	if s.silent {
		return false
	}
	if s.skip {
		s.skip = false
		return false
	}
	return c.special != shutdown
}

func (s *session) enqueue(c *command, x *Exchange) {
	limit := MaxPending
	if !s.serverSeen {
		limit = maxOneSided
	}
	if s.queue.len() >= limit {
		s.t.stats.Blind.Add(CausePipeline, int64(s.queue.len()), 0, s.cmdMark.Time)
		s.unsync(s.cmdMark)
		return
	}
	if s.since == 0 {
		s.since = s.cmdMark.Time
	}
	w := s.queue.push()
	from := len(s.queue.arena)
	s.queue.arena = c.appendText(s.queue.arena)
	*w = waiting{
		mark: s.cmdMark, ordinal: x.Ordinal, fold: x.Fingerprint, seq: s.chunk.Seq, special: c.special,
		write: c.write, asking: x.Asking, inMulti: x.InMulti, name: c.name,
		text: int32(from), textLen: int32(len(s.queue.arena) - from),
		arg: int32(len(s.queue.arena)),
	}
	w.transaction = s.transaction
	switch c.special {
	case subscribe:
		w.want = int32(min(c.argc-1, 1<<20))
	case unsubscribe:
		w.want = int32(min(c.argc-1, 1<<20))
		if w.want == 0 {
			w.want = -1
		}
	case hello:
		s.helloFacts(c, w)
	case auth:
		if c.args > 0 {
			s.stage(w, factUser, c.arglist[0])
		}
	case client:
		s.clientFacts(c, w)
	}
}

// stage keeps what a command changes until the reply confirms it.
func (s *session) stage(w *waiting, what fact, value []byte) {
	s.queue.arena = appendEscaped(s.queue.arena, value, maxFact)
	w.argLen = int32(len(s.queue.arena)) - w.arg
	w.what = what
}

func (s *session) helloFacts(c *command, w *waiting) {
	if c.args > 0 && len(c.arglist[0]) == 1 && c.arglist[0][0] >= '2' && c.arglist[0][0] <= '3' {
		w.proto = c.arglist[0][0] - '0'
	}
	for i := 1; i+1 < c.args; i++ {
		switch {
		case c.is(i, "SETNAME"):
			s.stage(w, factName, c.arglist[i+1])
			i++
		case c.is(i, "AUTH"):
			i += 2
		}
	}
}

func (s *session) clientFacts(c *command, w *waiting) {
	switch {
	case c.is(0, "SETNAME") && c.args > 1:
		s.stage(w, factName, c.arglist[1])
	case c.is(0, "SETINFO") && c.args > 2 && c.is(1, "LIB-NAME"):
		s.stage(w, factLibName, c.arglist[2])
	case c.is(0, "SETINFO") && c.args > 2 && c.is(1, "LIB-VER"):
		s.stage(w, factLibVer, c.arglist[2])
	case c.is(0, "CAPA"):
		for i := 1; i < c.args; i++ {
			if c.is(i, "REDIRECT") {
				w.what = factCapa
			}
		}
	}
}
