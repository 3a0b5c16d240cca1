package decode

import (
	"ricochet/decode/resp"
)

// serverSide takes the replies of a session.
type serverSide session

// Begin implements resp.Visitor.
func (v *serverSide) Begin(resp.Kind) int {
	v.repMark, v.repAck = v.chunk.Mark, v.chunk.Ack
	v.rep.begin()
	return MaxLine
}

// Token implements resp.Visitor.
func (v *serverSide) Token(t *resp.Token) {
	r := &v.rep
	switch t.Depth {
	case 0:
		if t.Kind == resp.Attribute {
			r.attr = true
			return
		}
		r.kind, r.n, r.attr = t.Kind, t.N, false
		switch t.Kind {
		case resp.Error, resp.BulkError:
			if t.Cut {
				r.status = Error
				return
			}
			r.status = r.parseError(t.Head)
		case resp.String:
			r.firstN = copy(r.first[:], t.Head)
		}
	case 1:
		if r.attr {
			return
		}
		switch t.Kind {
		case resp.Bulk, resp.String:
			if t.Index == 0 {
				r.firstN = copy(r.first[:], t.Head)
			}
		case resp.Integer:
			r.last = t.N
		case resp.Error, resp.BulkError:
			(*session)(v).insideExec(t)
		}
	}
}

// End implements resp.Visitor.
func (v *serverSide) End(complete bool) {
	s := (*session)(v)
	if !complete {
		if s.synced {
			s.unsync(s.repMark)
		}
		return
	}
	if s.isPush() {
		s.t.stats.Pushes++
		return
	}
	s.t.stats.Replies++
	s.replies++
	s.reply()
}

// isPush reports whether the message is no reply: RESP3 pushes, in RESP2 the
// messages of channels and the confirmations of SUBSCRIBE and its like, lines of
// MONITOR.
func (s *session) isPush() bool {
	r := &s.rep
	switch {
	case r.kind == resp.String:
		return s.monitor && r.firstN > 0 && r.first[0] >= '0' && r.first[0] <= '9'
	case r.kind == resp.Push:
		s.confirm()
		return true
	case r.kind != resp.Array || r.n < 3:
		return false
	case r.firstIs("message", "pmessage", "smessage"):
		return s.subscribed
	}
	return s.confirm()
}

// confirm takes a confirmation of SUBSCRIBE, UNSUBSCRIBE or their like, and
// reports whether the message was one. There is one for each channel; the last
// settles the command. UNSUBSCRIBE without channels is confirmed for each one
// that there was, and once if there was none.
func (s *session) confirm() bool {
	kind := subscribe
	switch {
	case s.rep.firstIs("subscribe", "psubscribe", "ssubscribe"):
		s.subscribed = true
	case s.rep.firstIs("unsubscribe", "punsubscribe", "sunsubscribe"):
		kind = unsubscribe
	default:
		return false
	}
	if !s.synced || s.queue.len() == 0 || s.queue.front().special != kind {
		return s.subscribed
	}
	w := s.queue.front()
	if w.want > 0 {
		w.want--
	}
	if w.want == 0 || w.want < 0 && s.rep.last <= 0 {
		s.reply()
	}
	return true
}

// reply takes a whole reply: pairs it with its command, follows what it does to
// the connection, counts and reports it.
func (s *session) reply() {
	st := s.t.stats
	r := &s.rep
	if r.status.IsRedirect() {
		st.Redirects[r.status-Redirect]++
	} else if r.status == Error {
		st.countError(r.errorWord())
	}
	w := s.paired()
	x := &s.x
	if w == nil {
		*x = Exchange{Conn: s.facts, Got: s.repMark, Status: r.status, Slot: -1}
		st.Blind.Add(CauseUnpaired, 1, 0, s.repMark.Time)
	} else {
		st.Paired++
		s.answered++
		*x = Exchange{
			Conn: s.facts, Ordinal: w.ordinal, Sent: w.mark, Got: s.repMark, Name: w.name, Fingerprint: w.fold,
			Asking: w.asking, InMulti: w.inMulti, Write: w.write, Status: r.status, Slot: -1,
		}
	}
	if r.status != OK {
		s.describe(x, w)
	}
	if w != nil {
		if w.special == replconf {
			st.Replies--
			s.replies--
			s.pop()
			return
		}
		s.apply(w)
		x.Conn = s.facts
		s.pop()
	}
	s.t.h.Reply(x)
}

// paired returns the command that the reply answers, or nil. A reply that
// acknowledges nothing of the segment in which the command ended cannot answer
// it: the server had not received it. That is asked only where pairing began in
// the middle of a stream; from its beginning on positions are certain.
func (s *session) paired() *waiting {
	if !s.synced {
		return nil
	}
	if s.queue.len() == 0 {
		s.unsync(s.repMark)
		return nil
	}
	w := s.queue.front()
	if !s.certain && s.repAck != 0 && int32(s.repAck-w.seq) <= 0 {
		s.unsync(s.repMark)
		return nil
	}
	return w
}

func (s *session) pop() {
	s.queue.pop()
	if s.queue.len() == 0 {
		s.idle(s.repMark.Time)
	}
}

func (s *session) describe(x *Exchange, w *waiting) {
	r := &s.rep
	if w != nil {
		x.Text = s.queue.text(w)
	}
	x.Word = s.t.word(r.errorWord())
	if r.status.IsRedirect() {
		x.Slot, x.Target, x.Line = r.slot, r.targetText(), r.lineText()
		if r.status == Redirect && s.facts.Capa != CapaYes {
			// Servers send -REDIRECT to none but clients that announced it.
			s.capable()
		}
	}
}

func (s *session) capable() {
	s.t.stats.Capa++
	s.change(func(c *Conn) { c.Capa = CapaYes })
}

// apply follows what a command does to its connection once it was accepted.
func (s *session) apply(w *waiting) {
	if s.rep.status != OK {
		if w.special == multi {
			s.inMulti = false
		}
		return
	}
	switch w.special {
	case hello:
		if w.proto != 0 && w.proto != s.facts.Proto {
			s.change(func(c *Conn) { c.Proto = w.proto })
		}
	case reset:
		s.subscribed, s.monitor = false, false
		s.change(func(c *Conn) { c.Proto, c.ReadOnly, c.Name, c.User = 2, false, "", "" })
	case monitor:
		s.monitor = true
	case readonly:
		s.change(func(c *Conn) { c.ReadOnly = true })
	case readwrite:
		s.change(func(c *Conn) { c.ReadOnly = false })
	}
	switch w.what {
	case factName:
		s.change(func(c *Conn) { c.Name = s.queue.argument(w) })
	case factLibName:
		s.change(func(c *Conn) { c.Library = s.queue.argument(w) })
	case factLibVer:
		s.change(func(c *Conn) { c.Library += " " + s.queue.argument(w) })
	case factUser:
		s.change(func(c *Conn) { c.User = s.queue.argument(w) })
	case factCapa:
		if s.facts.Capa != CapaYes {
			s.capable()
		}
	}
}

// insideExec takes an error inside the array that answers an EXEC. A redirect
// there belongs to the command with the same position in the transaction.
func (s *session) insideExec(t *resp.Token) {
	var r reply
	r.begin()
	if t.Cut {
		return
	}
	if r.status = r.parseError(t.Head); !r.status.IsRedirect() {
		return
	}
	if s.synced && (s.queue.len() == 0 || s.queue.front().special != exec) {
		return // an error that is a value: what a script returned
	}
	if !s.synced {
		return
	}
	s.t.stats.Redirects[r.status-Redirect]++
	w := s.queue.front()
	x := Exchange{
		Conn: s.facts, Ordinal: w.ordinal, Sent: w.mark, Got: s.repMark, Name: w.name, InMulti: true,
		Status: r.status, Slot: r.slot, Target: r.targetText(), Line: r.lineText(), Word: s.t.word(r.errorWord()),
		Fingerprint: w.fold, Text: s.queue.text(w),
	}
	if w.transaction == s.transaction && t.Index < len(s.queued) {
		q := &s.queued[t.Index]
		x.Ordinal, x.Sent, x.Fingerprint, x.Text, x.Write = q.ordinal, q.mark, q.fold, q.text, q.write
	}
	s.t.h.Reply(&x)
}
