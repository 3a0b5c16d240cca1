package chain

import (
	"slices"

	"ricochet/detect"
)

// Weights of the evidence that a command continues a chain. They are added up;
// what reaches accept is taken, and of several chains the one with most. The
// five kinds of client of the design set their proportions: see the scripts in
// testdata, which have each kind and its opposite.
const (
	// unique: no other sending of these bytes is known of this host.
	weightUnique = 8
	// tied: earlier chains tied the connection to the same client.
	weightTied = 4
	// apart: earlier chains tied it to another client. That weighs the more the
	// more often they did, up to maxApart.
	weightApart = -2
	maxApart    = 6
	// elsewhere: the client has another connection to that node.
	weightElsewhere = -1
	// stranger: the connection says of itself, by name, library, user or protocol, or
	// by not knowing redirects, that it is not the client's. Clients that give each
	// of their connections a name of its own exist, so this is no proof.
	weightStranger = -6
	// fresh: the connection was opened after the redirect.
	weightFresh = 4
	// idle: nothing was outstanding on the connection while the redirected
	// command was, as when one caller uses the two in turn.
	weightIdle = 2
	// busy: something was. One caller that waits for each reply cannot do that.
	weightBusy = -4
	// aimed: the command goes where the redirect pointed.
	weightAimed = 2
	// lost: where the redirect pointed is not known.
	weightLost = 1
	// asked, unasked: ASKING comes after an ASK and only after one. A client
	// that forgets it exists (missing-asking), so this is no proof.
	weightAsked   = 2
	weightUnasked = -4

	accept = 1
	// sure is the score from which a later candidate is not considered.
	sure = 8
)

// maxWeighed bounds the chains that a command is compared with, those that wait
// and those whose command is on its way each.
const maxWeighed = 512

// match picks the chain that a sent command continues, nil if it is a fresh
// command. sole reports that the choice was between chains of one client only.
func (t *Tracker) match(f *family, e *detect.Evidence) (best *Chain, score int, sole bool) {
	if f.waits.n > maxWeighed || f.flies.n > maxWeighed {
		t.Bounds.Alike++
	}
	score, sole = accept-1, true
	l := t.links.young[e.Conn.ID]
	weighed := 0
	for c := f.waits.front; c != nil && weighed < maxWeighed; c = f.waits.next(c) {
		weighed++
		s, ok := t.weigh(c, e, l)
		if !ok || s < accept {
			continue
		}
		switch {
		case s > score:
			sole = best == nil || t.alike(best, c) || s-score >= 2
			best, score = c, s
		case score-s < 2 && !t.alike(best, c):
			sole = false
		}
		if s == score && best != c && c.since < best.since {
			best = c
		}
	}
	if best != nil {
		return best, score, sole
	}
	// A chain may have been continued by a command that only looked like it.
	weighed = 0
	for c := f.flies.front; c != nil && weighed < maxWeighed; c = f.flies.next(c) {
		weighed++
		if c.score >= sure || c.flight.conn == e.Conn.ID {
			continue
		}
		if s, ok := t.weigh(c, e, l); ok && s > max(c.score, score) {
			best, score = c, s
		}
	}
	if best != nil {
		return best, score, false
	}
	if best, score = t.trade(f, e, l); best != nil || !t.occupied(f, e, l) {
		return best, score, false
	}
	return t.anyAimed(f, e, l)
}

// alike reports whether two chains were last on connections of one client.
func (t *Tracker) alike(a, b *Chain) bool {
	if a.last.conn == b.last.conn {
		return true
	}
	own := t.links.get(a.last.conn).owner()
	return own != nil && own == t.links.get(b.last.conn).owner()
}

// weigh adds up the evidence that a command continues a chain; ok is false if it
// cannot. l is what is remembered of the command's connection, if anything.
func (t *Tracker) weigh(c *Chain, e *detect.Evidence, l *link) (score int, ok bool) {
	conn := e.Conn
	if c.state == waiting && e.At-c.since > t.window {
		return 0, false // it is to be given up; see part
	}
	t.resolve(c)
	unique := c.family.sends <= c.sends+1
	if !unique && t.missed(c) {
		return 0, false // its continuation may be what was lost
	}
	if !unique && c.lastReply == detect.Ask && !e.Asking && c.Client.Root().asks {
		return 0, false // this client knows better
	}
	same := conn.ID == c.last.conn
	if same && e.Transaction != 0 && e.Transaction == c.last.transaction {
		return 0, false // the next command of the same MULTI is no retry
	}
	mine, theirs := l.owner(), t.links.get(c.last.conn).owner()
	tied := same || mine != nil && mine == theirs
	var settled uint64
	if same && l != nil {
		settled = l.settled
	}
	fresh := conn.Opened != 0 && conn.Opened >= c.last.span.To
	busy := !same && !fresh && (e.Busy[0].Meets(c.last.span) || e.Busy[1].Meets(c.last.span))
	if busy && l != nil {
		l.clash(c.last.conn)
	}
	busy = busy || l != nil && slices.Contains(l.clashes, c.last.conn)

	switch {
	case !c.target.IsValid():
		// Where it was sent is not known, but hardly back to where it was; who
		// comes there again must be the same client, idle meanwhile, or come on
		// a connection opened since.
		if conn.Server == c.last.server && !unique && !(tied && settled <= c.last.ordinal) && !fresh {
			return 0, false
		}
		score += weightLost
	case c.target == conn.Server:
		score += weightAimed
	case t.dead(c, conn):
		// It has a reason not to go where it was sent; who comes back must be
		// the same client, or one that takes a new connection for each attempt.
		if !tied && !unique && !(fresh && t.links.get(c.last.conn) == nil) {
			return 0, false
		}
	case t.unseen(c):
		// Its visit to the target cannot be seen from here. A fresh command
		// looks the same unless the client did nothing else in between.
		if same && settled > c.last.ordinal {
			return 0, false
		}
		if !same && !(unique && (fresh || tied)) {
			return 0, false
		}
	case unique && !same && !stranger(c.last.facts, conn):
		// A multiplexing client: its connections are replaced by each caller's
		// redirect, and a retry goes wherever they point by then. The first
		// command of a fleet that starts looks alike, so this is a guess.
	case !same && c.who != 0 && c.who == conn.Who && c.replaced(e) && c.alone(1):
		// The same, of a client that has sent these bytes before: its name speaks
		// for it, and a new connection.
		unique = true
	default:
		return 0, false
	}
	if unique {
		score += weightUnique
	}
	if tied {
		score += weightTied
	}
	against := 0
	switch {
	case tied || theirs == nil:
	case mine == nil:
		if !unique && theirs.connected(conn) {
			score += weightElsewhere
		}
	case conflicts(mine, theirs):
		against = max(weightApart-l.ties, -maxApart)
		score += against
	}
	if !same && stranger(c.last.facts, conn) {
		score += weightStranger
	}
	switch asked := c.lastReply == detect.Ask; {
	case asked && e.Asking:
		score += weightAsked
	case asked != e.Asking:
		score += weightUnasked
	}
	if fresh {
		score += weightFresh
	}
	switch {
	case busy:
		score += weightBusy
	default:
		score += weightIdle
	}
	if score < accept && score-against >= accept && l.ties > 0 {
		// Nothing but the tie speaks against it. A tie that rests on a mistake
		// wears off.
		l.ties--
	}
	return score, true
}

// tie records that a chain crossed from its last connection to this one. It ties
// the two connections, not this one to the client that began the chain: among
// clients with the same command a chain may have been handed from one to the
// other.
func (t *Tracker) tie(c *Chain, e *detect.Evidence, n uint32) {
	from, to := t.link(c.last.conn), t.link(e.Conn.ID)
	a, b := from.owner(), to.owner()
	switch {
	case a == nil && b == nil:
		// Both lost their client to a bound or a mistake.
		from.client, to.client = c.Client.Root(), c.Client.Root()
		to.ties = 1
		to.client.add(e.Conn)
	case b == nil:
		to.client, to.ties = a, 1
		a.add(e.Conn)
	case a == nil:
		from.client, from.ties = b, 1
	case a == b:
		to.ties++
	case !conflicts(a, b) || n <= c.sends:
		to.client = merge(a, b)
		to.client.add(e.Conn)
		to.ties++
	default:
		if to.ties--; to.ties <= 0 {
			b.drop(e.Conn.ID)
			to.client, to.ties = a, 1
			a.add(e.Conn)
		}
	}
}
