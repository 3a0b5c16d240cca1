package client

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// errTimeout is why a link ends that has not answered in time, errDone why one ends
// that is not needed any more.
var (
	errTimeout = errors.New("no answer in time")
	errDone    = errors.New("closed")
)

// receiver gets the reply to what it sent, or is told that there will be none.
type receiver interface {
	reply(part int, v protocol.Value)
	lost(part int, err error)
}

// user uses a link: once it is ready, or it is told that it was refused.
type user interface {
	send(*link)
	refused(*link, error)
}

// link is a connection to a node. Replies come in the order of commands.
type link struct {
	host    *world.Host
	ledger  *ledger
	node    netip.AddrPort
	timeout time.Duration
	ended   func(*link) // the owner's; called once, before anybody else is told

	conn    *world.Conn // nil until there is one
	in      protocol.Replies
	buf     []byte
	pending fifo
	waiting []user // until it is ready
	ready   bool   // what it begins with is answered
	over    bool
	aside   bool // not for what is begun now
	retired bool // ends when nothing is pending
	cut     bool // but for what the server keeps waiting at will
	alarm   *world.Timer
}

// connect begins a link.
func (l *link) connect(greeting []hello) *link {
	l.host.Dial(l.node, func(conn *world.Conn, err error) {
		switch {
		case err != nil:
			l.end(fmt.Errorf("connect to %v: %w", l.node, err))
		case l.over:
			conn.Close()
		default:
			l.conn = conn
			conn.Handle(l)
			l.greet(greeting)
		}
	})
	return l
}

// use has somebody send, now or when the link is ready.
func (l *link) use(u user) {
	if l.ready {
		u.send(l)
		return
	}
	l.waiting = append(l.waiting, u)
}

// opened says that the link is ready.
func (l *link) opened() {
	l.ready = true
	waiting := l.waiting
	l.waiting = nil
	for _, u := range waiting {
		if l.over {
			u.refused(l, errDone)
			continue
		}
		u.send(l)
	}
}

// write sends a command, of which to gets the reply.
func (l *link) write(words []string, to receiver, part int) {
	l.buf = protocol.AppendCommand(l.buf[:0], words...)
	l.conn.Send(l.buf)
	l.ledger.count.Sent++
	l.pending.push(pending{to: to, part: part, sent: l.host.World().Elapsed(), patient: waits(words)})
	l.watch()
}

// Data takes replies.
func (l *link) Data(data []byte) {
	l.in.Feed(data)
	for !l.over {
		v, ok, err := l.in.Next()
		if err != nil {
			l.end(fmt.Errorf("read reply of %v: %w", l.node, err))
			return
		}
		if !ok {
			return
		}
		if v.Kind != protocol.Push {
			l.take(v)
		}
	}
}

// take hands a reply to who waits for it.
func (l *link) take(v protocol.Value) {
	l.ledger.count.Replies++
	if v.IsError() {
		l.ledger.count.fault(v.Str)
	}
	// The server may say why it closes without having been asked.
	if p, ok := l.pending.pop(); ok {
		p.to.reply(p.part, v)
	}
	if l.retired {
		l.retire(l.cut)
	}
}

// Closed says that the other end has ended the connection.
func (l *link) Closed(err error) { l.end(fmt.Errorf("%v ended the connection: %w", l.node, err)) }

// retire ends the link when nothing is pending on it. With cut that is also when only
// that is pending which the server keeps waiting at will.
func (l *link) retire(cut bool) {
	l.retired, l.cut = true, cut
	if l.pending.empty() || !l.ready || cut && l.pending.patient() {
		l.end(errDone)
	}
}

// end ends the link, and tells all who wait.
func (l *link) end(err error) {
	if l.over {
		return
	}
	l.over = true
	l.alarm.Stop()
	if l.conn != nil {
		l.conn.Close()
	}
	l.ended(l)
	due := l.host.World().Elapsed() - l.timeout
	for {
		p, ok := l.pending.pop()
		if !ok {
			break
		}
		why := err
		if err == errTimeout && p.sent > due {
			why = errDone // it had time left
		}
		p.to.lost(p.part, why)
	}
	for _, u := range l.waiting {
		u.refused(l, err)
	}
	l.waiting = nil
}

// watch has the link end if what is pending takes too long.
func (l *link) watch() {
	if l.timeout > 0 && l.alarm == nil {
		l.alarm = l.host.After(l.timeout, l.look)
	}
}

// look looks whether what is pending takes too long.
func (l *link) look() {
	l.alarm = nil
	p, ok := l.pending.first()
	if !ok || l.over {
		return
	}
	left := p.sent + l.timeout - l.host.World().Elapsed()
	if p.patient {
		left = l.timeout
	}
	if left <= 0 {
		l.end(errTimeout)
		return
	}
	l.alarm = l.host.After(left, l.look)
}
