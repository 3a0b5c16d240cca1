package decode

import (
	"ricochet/decode/resp"
	"ricochet/decode/view"
)

// serverSide takes the replies of a session.
type serverSide session

// Begin implements resp.Visitor.
func (v *serverSide) Begin(k resp.Kind) int {
	v.repMark, v.repAck = v.at, v.ack
	v.rep.begin()
	if v.lastAsk != 0 || k == resp.Array || k == resp.Push {
		return (*session)(v).listen(k)
	}
	return MaxLine
}

// Token implements resp.Visitor.
func (v *serverSide) Token(t *resp.Token) {
	r := &v.rep
	if v.hears != deaf {
		(*session)(v).hear(t)
	}
	switch t.Depth {
	case 0:
		if r.inAttribute = t.Kind == resp.Attribute; r.inAttribute {
			return
		}
		r.kind, r.n = t.Kind, t.N
		switch t.Kind {
		case resp.Error, resp.BulkError:
			r.status = r.readError(t)
		case resp.String:
			r.firstN = copy(r.first[:], t.Head)
		}
	case 1:
		if r.inAttribute {
			return
		}
		switch t.Kind {
		case resp.Bulk, resp.String:
			if t.Index == 0 {
				r.firstN = copy(r.first[:], t.Head)
			} else if t.Index == 1 {
				r.acks = string(t.Head) == "ACK" // of interest behind REPLCONF
			}
		case resp.Integer:
			if t.Index == 2 {
				r.count = t.N
			}
		case resp.Error, resp.BulkError:
			var e reply
			e.begin()
			(*session)(v).insideExec(e.readError(t), &e, t.Index)
		}
	}
}

// End implements resp.Visitor.
func (v *serverSide) End(complete bool) {
	s := (*session)(v)
	switch {
	case !complete:
		if s.synced {
			s.unsync(s.repMark)
		}
	case s.replica || s.linkStream():
	case s.isPush():
		s.t.stats.Pushes++
		if s.hears != deaf {
			s.overhear()
		}
	default:
		s.reply()
	}
	if s.hears != deaf {
		s.hearNoMore(complete)
	}
}

// reply takes a whole reply that is no push.
func (s *session) reply() {
	w := s.paired()
	if w != nil && (w.special == replconf || w.special == psync) {
		// A replica's handshake is no business of a client's.
		if s.rep.status == Error && w.special == psync {
			s.t.stats.countError(s.t.word(s.rep.errorWord()))
		}
		s.pop()
		return
	}
	s.replies++
	s.t.stats.Replies++
	s.answer(w)
}

// answer counts a reply and reports it with its command, which is nil if it is
// not known, and follows what the command does to the connection.
func (s *session) answer(w *waiting) {
	st, r, x := s.t.stats, &s.rep, &s.x
	if w == nil {
		*x = Exchange{Conn: s.facts, Got: s.repMark, Status: r.status, Slot: -1}
		st.Blind.Add(CauseUnpaired, 1, 0, s.repMark.Time)
		s.unpaired++
	} else {
		st.Paired++
		s.answered++
		*x = Exchange{
			Conn: s.facts, Ordinal: w.ordinal, Sent: w.mark, Got: s.repMark, Name: w.name, Fingerprint: w.fold,
			Asking: w.asking, InMulti: w.inMulti, Write: w.write, Keyed: w.keyed, Status: r.status, Slot: -1,
		}
	}
	if r.status != OK {
		s.describe(x, w)
	}
	if w != nil {
		x.Control = w.special.control()
		if w.inMulti {
			x.Transaction = w.transaction
		}
		// That the command was queued shows even if its MULTI was not captured.
		x.InMulti = x.InMulti || r.kind == resp.String && r.firstIs("QUEUED")
		s.apply(w)
		x.Conn = s.facts
		told := w.ask != view.None && s.understand(w)
		s.pop()
		if told {
			s.t.h.Reply(x)
			s.t.h.Told(&s.t.views.told)
			return
		}
	}
	s.t.h.Reply(x)
}

// describe counts an error and says what it is.
func (s *session) describe(x *Exchange, w *waiting) {
	r, st := &s.rep, s.t.stats
	if w != nil {
		x.Text = s.queue.text(w)
	}
	x.Word = s.t.word(r.errorWord())
	if !r.status.IsRedirect() {
		s.failed(x.Word)
		return
	}
	st.Redirects[r.status-Redirect]++
	x.Slot, x.Target, x.Line = r.slot, r.target, r.line
	if r.status == Redirect {
		// Servers send it to none but clients that announced that they follow it.
		s.capable()
		x.Conn = s.facts
	}
}

// paired returns the command that the reply answers, or nil. A reply that
// acknowledges nothing of the segment in which the command ended cannot answer
// it: the server had not received it. That is asked only where pairing began in
// the middle of a stream; from its beginning on positions are certain.
func (s *session) paired() *waiting {
	if !s.synced {
		return nil
	}
	if s.queue.len() > 0 && s.queue.front().want == moreChannels && s.rep.kind != resp.Push {
		if _, command := s.rep.confirmation(); command != unsubscribe {
			// It cannot be told how many confirmations an UNSUBSCRIBE gets if what
			// was subscribed is not known. Another reply says that it had them all.
			s.pop()
		}
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

// pop takes the first command off the queue.
func (s *session) pop() {
	s.queue.pop()
	if s.queue.len() == 0 {
		s.idle(s.repMark.Time)
	}
}
