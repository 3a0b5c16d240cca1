package decode

import (
	"encoding/binary"

	"ricochet/decode/resp"
	"ricochet/decode/view"
)

// mark notes that the reply to a command is to be heard out. It is to be called
// right after the command was queued.
func (s *session) mark(c *command, w *waiting) {
	ask := view.Ask(c.name, c.kept())
	if ask == view.None {
		return
	}
	if ask.IsOrder() && (c.partial || c.argc-1 != int64(c.args)) {
		s.t.stats.Blind.Add(CauseViews, 1, 0, s.cmdMark.Time)
		return
	}
	w.ask, s.lastAsk = ask, w.ordinal
	if c.special != hello { // of which the arguments do not matter
		w.value = s.queue.keepArgs(c.kept())
	}
}

// keepArgs appends arguments to the arena, each behind its length. All of them
// have at most maxArgBytes.
func (q *pending) keepArgs(args [][]byte) span32 {
	from := len(q.arena)
	for _, a := range args {
		q.arena = binary.BigEndian.AppendUint16(q.arena, uint16(len(a)))
		q.arena = append(q.arena, a...)
	}
	return since(q.arena, from)
}

// argsOf returns what keepArgs kept, in the room that it is given.
func (q *pending) argsOf(w *waiting, room [][]byte) [][]byte {
	if w.special == hello {
		return room
	}
	b := w.value.of(q.arena)
	for len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		room = append(room, b[2:2+n])
		b = b[2+n:]
	}
	return room
}

// understand reads the reply to a command that was marked, and reports whether
// there is something to be told.
func (s *session) understand(w *waiting) bool {
	if w.ordinal == s.lastAsk {
		s.lastAsk = 0
	}
	if s.hears != answers || s.asked != w.ordinal {
		return false
	}
	var room [maxArgs][]byte
	args := s.queue.argsOf(w, room[:0])
	told := &s.t.views.told
	*told = Told{Conn: s.facts, Asked: w.mark, Got: s.repMark}
	if w.ask.IsOrder() {
		if k := s.rep.kind; k != resp.String && k != resp.Error && k != resp.BulkError {
			return false // no answer to an order: something was lost
		}
		if told.Order = w.ask.ReadOrder(w.name, args); told.Order == nil {
			return false
		}
		told.Order.ReadAnswer(s.view.Line())
		return told.Order.Answer != ""
	}
	if s.rep.status != OK {
		return false
	}
	told.Nodes = w.ask.Read(s.view, args)
	if s.view.Short() {
		s.t.stats.Blind.Add(CauseViews, 1, 0, s.repMark.Time)
	}
	return len(told.Nodes) > 0
}

// overhear reads a message that a Sentinel published.
func (s *session) overhear() {
	if s.hears != payload {
		return
	}
	if nodes := s.view.ReadMessage(); len(nodes) > 0 {
		s.tell(Told{Conn: s.facts, Got: s.repMark, Nodes: nodes})
	}
}

// greet reads the greeting that a Sentinel publishes. On a connection that may be
// the stream to a replica, which repeats it, nobody speaks of himself.
func (s *session) greet(c *command) {
	if c.args != 2 || c.argc != 3 || c.partial {
		return
	}
	nodes := view.ReadMessage(c.arglist[0], c.arglist[1])
	if len(nodes) == 0 {
		return
	}
	nodes[0].Self = s.certain || s.answered > 0
	s.tell(Told{Conn: s.facts, Got: s.cmdMark, Nodes: nodes, FromClient: true})
}

// tell hands out what was said.
func (s *session) tell(x Told) {
	s.t.views.told = x
	s.t.h.Told(&s.t.views.told)
}
