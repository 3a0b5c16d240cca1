package decode

// maxQueued bounds the commands that are kept of the transactions of one
// connection whose EXEC was not answered yet.
const maxQueued = 1 << 10

// transaction is what the client did since MULTI.
type transaction struct {
	open   bool
	number uint32 // counts the transactions of the connection
	fold   uint64 // of the commands queued in the present one

	// queued holds the commands of the present transaction, and before them those
	// of earlier ones that may still wait for their reply. Their texts are in
	// arena. The commands are numbered from the connection's first on, modulo
	// 2^32: gone is the number of the first one held, first that of the first one
	// of the present transaction, done that of the first one whose EXEC was not
	// answered.
	queued            []queuedCommand
	arena             []byte
	gone, first, done uint32
}

// queuedCommand is a command inside a transaction. A redirect inside the array
// that answers EXEC belongs to the one with the same position.
type queuedCommand struct {
	fold    uint64
	ordinal uint64
	mark    Mark
	name    string
	text    span32
	write   bool
	asking  bool
}

// begin starts a transaction. Earlier ones are forgotten if none of them waits.
func (t *transaction) begin(waits bool) {
	if !waits {
		t.done = t.next()
		t.queued, t.arena, t.gone = t.queued[:0], t.arena[:0], t.done
	}
	t.open, t.fold, t.first = true, 0, t.next()
	t.number++
}

// next returns the number of the command that is queued next.
func (t *transaction) next() uint32 { return t.gone + uint32(len(t.queued)) }

// add takes the next command of the transaction and reports whether there was
// room to keep it.
func (t *transaction) add(c *command, x *Exchange) bool {
	t.fold = mix(t.fold, x.Fingerprint)
	if len(t.queued) >= maxQueued {
		if t.compact(); len(t.queued) >= maxQueued {
			return false
		}
	}
	from := len(t.arena)
	t.arena = c.appendText(t.arena)
	t.queued = append(t.queued, queuedCommand{
		fold: x.Fingerprint, ordinal: x.Ordinal, mark: x.Sent, name: x.Name,
		text: since(t.arena, from), write: x.Write, asking: x.Asking,
	})
	return true
}

// compact lets go of the commands whose EXEC was answered.
func (t *transaction) compact() {
	n := int(t.done - t.gone)
	if n == 0 {
		return
	}
	base := int32(len(t.arena))
	if n < len(t.queued) {
		base = t.queued[n].text.from
	}
	t.queued = t.queued[:copy(t.queued, t.queued[n:])]
	t.arena = t.arena[:copy(t.arena, t.arena[base:])]
	for i := range t.queued {
		t.queued[i].text = t.queued[i].text.shift(base)
	}
	t.gone = t.done
}

// at returns the command with a position in the transaction that an EXEC ends,
// or nil if it was not kept.
func (t *transaction) at(w *waiting, position int) *queuedCommand {
	if position >= int(w.queued) {
		return nil
	}
	return &t.queued[int(w.first-t.gone)+position]
}

// transact follows what a command does to the transaction that it is part of,
// and notes that part in x. Servers queue every command but those that are
// named here (server.c, processCommand).
func (s *session) transact(c *command, x *Exchange) {
	t := &s.tx
	if x.InMulti = t.open || c.special == exec; x.InMulti {
		x.Transaction = t.number
	}
	switch c.special {
	case multi:
		if !t.open { // inside another one it is an error that changes nothing
			t.begin(s.queue.len() > 0)
		}
	case exec:
		// Two transactions are the same if their commands are. One of which the
		// beginning was not seen is like no other.
		if x.Fingerprint = mix(x.Fingerprint, t.fold); !t.open {
			x.Fingerprint = 0
		}
		t.open = false
	case discard, reset:
		t.open = false
	case watch, quit:
	default:
		if t.open && !t.add(c, x) {
			s.t.stats.Blind.Add(CausePipeline, 1, 0, x.Sent.Time)
		}
	}
	// ASKING holds for one command; within a transaction, for all of it
	// (networking.c, resetClient).
	x.Asking = s.asking
	s.asking = c.special == asking || s.asking && t.open
}

// insideExec takes an error inside an array. In the array that answers an EXEC a
// redirect belongs to a command of the transaction; anywhere else it is a value,
// what a script returned.
func (s *session) insideExec(kind Status, r *reply, index int) {
	if !kind.IsRedirect() || !s.synced || s.queue.len() == 0 || s.queue.front().special != exec {
		return
	}
	s.t.stats.Redirects[kind-Redirect]++
	w := s.queue.front()
	x := Exchange{
		Conn: s.facts, Ordinal: w.ordinal, Sent: w.mark, Got: s.repMark, Name: w.name, Fingerprint: w.fold,
		Asking: w.asking, InMulti: true, Status: kind,
		Slot: r.slot, Target: r.target, Line: r.line, Word: s.t.word(r.errorWord()),
	}
	if q := s.tx.at(w, index); q != nil {
		x.Ordinal, x.Sent, x.Fingerprint, x.Name, x.Write, x.Asking = q.ordinal, q.mark, q.fold, q.name, q.write, q.asking
		x.Text = string(q.text.of(s.tx.arena))
	} else {
		x.Text = s.queue.text(w)
	}
	s.t.h.Reply(&x)
}
