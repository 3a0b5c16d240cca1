package client

import (
	"net/netip"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// Operator is somebody who administers a node. It has a connection and keeps it. What it
// sends is counted in the log as sent and answered; its commands are not listed there.
// Its methods are for events.
type Operator struct {
	host   *world.Host
	ledger *ledger
	node   netip.AddrPort
	name   string
	link   *link // nil: none at present
}

// NewOperator makes an operator of a node. It connects when it has something to do, and
// then says its name, unless that is empty.
func NewOperator(h *world.Host, log *Log, node netip.AddrPort, name string) *Operator {
	return &Operator{host: h, ledger: log.ledger(name, h.World().Now), node: node, name: name}
}

// Do sends a command and calls then, unless that is nil, with the reply, which may be
// an error reply; or with what went wrong with the connection. The next call after that
// makes a new connection. Commands are sent without waiting for those before.
func (o *Operator) Do(args []string, then func(protocol.Value, error)) {
	if len(args) == 0 {
		panic("internal error: a command without a name")
	}
	if o.link == nil {
		o.link = &link{host: o.host, ledger: o.ledger, node: o.node, ended: func(*link) { o.link = nil }}
		g := Options{Name: o.name}
		o.link.connect(g.greeting())
	}
	o.link.use(&question{args, then})
}

// Close ends the connection when the last command is answered. What the server keeps
// waiting at will is cut.
func (o *Operator) Close() {
	if o.link != nil {
		o.link.retire(true)
	}
}

// question is a command of an operator.
type question struct {
	args []string
	then func(protocol.Value, error)
}

func (q *question) send(l *link) { l.write(q.args, q, 0) }

func (q *question) refused(_ *link, err error) { q.answer(protocol.Value{}, err) }

func (q *question) reply(_ int, v protocol.Value) { q.answer(v, nil) }

func (q *question) lost(_ int, err error) { q.answer(protocol.Value{}, err) }

func (q *question) answer(v protocol.Value, err error) {
	if q.then != nil {
		q.then(v, err)
	}
}
