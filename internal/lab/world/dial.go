package world

import (
	"io"
	"net/netip"
	"slices"
	"time"
)

// Dial connects the host to an address and calls done with the connection, which has
// to be given a handler there, or with what went wrong: ErrRefused if nobody listens.
func (h *Host) Dial(to netip.AddrPort, done func(*Conn, error)) {
	w := h.world
	switch {
	case w.closed:
		return
	case w.live != nil:
		w.live.dial(h, to, done)
		return
	}
	w.flows++
	flow := Flow{ID: w.flows, Client: netip.AddrPortFrom(h.ip, w.nextPort(h.ip)), Server: to}
	near := &Conn{host: h, local: flow.Client, remote: to, flow: flow}
	h.adopt(near)
	near.record(Segment{SYN: true})
	w.push(w.now+w.latency(h, w.homes[to]), &event{kernel: func() { w.knock(near, done) }})
}

// knock is a SYN that arrives. It is a kernel that answers: the process may be deaf.
func (w *World) knock(near *Conn, done func(*Conn, error)) {
	to := near.remote
	l := w.listeners[to]
	var p *pair
	if w.options.Wire == Loopback {
		var err error
		if p, err = w.connect(l, near.host.ip, to); err != nil {
			w.fail(err)
			return
		}
	}
	if l == nil {
		w.refuse(near, done)
		return
	}
	far := &Conn{host: l.host, local: to, remote: near.local, flow: near.flow, server: true}
	back := &way{world: w, from: far, to: near, pair: p}
	far.wire = back
	l.host.adopt(far)
	far.record(Segment{SYN: true})
	w.at(w.now, l.host, func() { l.take(far) })

	back.last = w.now + w.latency(l.host, near.host)
	w.push(back.last, &event{
		host: near.host,
		kernel: func() {
			near.wire = &way{world: w, from: near, to: far, pair: p}
			if !near.closed {
				near.record(Segment{})
				return
			}
			near.record(Segment{RST: true}) // its process was killed
			near.dead = true
			near.wire.reset()
		},
		call: func() {
			if !near.closed {
				near.open = true
				done(near, nil)
			}
		},
	})
}

// refuse is a kernel that answers for a port where nobody listens.
func (w *World) refuse(near *Conn, done func(*Conn, error)) {
	home := w.homes[near.remote]
	(&Conn{host: near.host, flow: near.flow, server: true}).record(Segment{RST: true})
	w.at(w.now+w.latency(home, near.host), near.host, func() {
		if !near.closed {
			near.end()
			done(nil, ErrRefused)
		}
	})
}

// way is one direction of a connection between two hosts of the world.
type way struct {
	world    *World
	from, to *Conn
	last     time.Duration // when the latest bytes arrive: none overtake others
	pair     *pair         // that the bytes pass through; nil in memory
}

func (y *way) send(data []byte) {
	e := y.world.arrival(y.to, nil)
	e.data = slices.Grow(e.data, len(data))[:len(data)]
	if y.pair == nil {
		copy(e.data, data)
	} else if err := y.pair.carry(y.from.server, data, e.data); err != nil {
		y.world.fail(err)
		return
	}
	y.push(e)
}

func (y *way) finish() {
	if y.pair != nil {
		if err := y.pair.finish(y.from.server); err != nil {
			y.world.fail(err)
		}
		y.world.settle(y.pair)
	}
	y.push(y.world.arrival(y.to, io.EOF))
}

func (y *way) reset() {
	if y.pair != nil {
		y.pair.reset(y.from.server)
		y.world.settle(y.pair)
	}
	y.push(y.world.arrival(y.to, ErrReset))
}

// push has something happen at the far end of the way.
func (y *way) push(e *event) {
	y.last = max(y.last, y.world.now+y.world.latency(y.from.host, y.to.host))
	y.world.push(y.last, e)
}
