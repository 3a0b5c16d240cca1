package chain

import "ricochet/detect"

// maxTrade bounds the chains among which trade and occupied look: the former
// looks at pairs.
const maxTrade = 64

// trade looks for a chain that could as well be continued by this command, and
// whose present continuation could be that of another chain. Among clients that
// send the same command at the same time the first choice between equals is
// arbitrary, and this is where that shows.
func (t *Tracker) trade(f *family, e *detect.Evidence, l *link) (best *Chain, score int) {
	if f.waits.n == 0 || f.waits.n+f.flies.n > maxTrade {
		return nil, 0
	}
	for b := f.flies.front; b != nil; b = f.flies.next(b) {
		if b.flight.conn == e.Conn.ID || e.At < b.last.span.To {
			continue
		}
		s, ok := t.weigh(b, e, l)
		if !ok || s < accept {
			continue
		}
		sent := b.sent
		for a := f.waits.front; a != nil; a = f.waits.next(a) {
			if sent.At < a.last.span.To {
				continue
			}
			if other, ok := t.weigh(a, &sent, t.links.young[sent.Conn.ID]); ok && other >= accept {
				t.enter(b, waiting)
				b.sends--
				t.assign(a, &sent, other, false)
				return b, s
			}
		}
	}
	return nil, 0
}

// occupied reports whether a chain of these bytes is known to belong to the
// client of the connection, and its command is not on its way there. A client
// that does one thing after the other is then not sending them afresh.
func (t *Tracker) occupied(f *family, e *detect.Evidence, l *link) bool {
	own := l.owner()
	if own == nil || f.waits.n+f.flies.n > maxTrade {
		return false
	}
	for _, all := range []*list{&f.waits, &f.flies} {
		for c := all.front; c != nil; c = all.next(c) {
			if t.links.get(c.last.conn).owner() == own && !(c.state == flying && c.flight.conn == e.Conn.ID) {
				return true
			}
		}
	}
	return false
}

// anyAimed picks the best of the chains that wait for their command where this
// one goes, however little speaks for it. It keeps the count right where the
// clients cannot be told apart.
func (t *Tracker) anyAimed(f *family, e *detect.Evidence, l *link) (best *Chain, score int, sole bool) {
	for c := f.waits.front; c != nil; c = f.waits.next(c) {
		if c.target != e.Conn.Server || e.Asking != (c.lastReply == detect.Ask) && !c.Client.Root().forgets && (c.who == 0 || c.who != e.Conn.Who) {
			continue // unless this client forgets ASKING, or says by its name that it does
		}
		if s, ok := t.weigh(c, e, l); ok && (best == nil || s > score) {
			best, score = c, s
		}
	}
	return best, score, false
}
