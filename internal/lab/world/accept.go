package world

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// acceptRest is how long a listener rests when the system has no file for another
// connection.
const acceptRest = 50 * time.Millisecond

// listen accepts connections, from hosts of the world and from strangers alike.
func (v *live) listen(l *Listener) {
	v.tasks.Go(func() {
		for {
			s, err := l.socket.AcceptTCP()
			switch {
			case err == nil:
				v.accept(l, s)
			case errors.Is(err, net.ErrClosed):
				return
			default:
				v.rest()
			}
		}
	})
}

// rest waits a little, or until the world is closed.
func (v *live) rest() {
	t := time.NewTimer(acceptRest)
	defer t.Stop()
	select {
	case <-t.C:
	case <-v.ctx.Done():
	}
}

// accept enters the world with a connection.
func (v *live) accept(l *Listener, s *net.TCPConn) {
	w := v.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if !v.enter(nil) || l.closed {
		s.SetLinger(0) // as the kernel resets what nobody has accepted
		s.Close()
		return
	}
	if len(v.links) >= maxLinks {
		v.stats.TurnedAway++
		s.Close()
		return
	}
	w.flows++
	flow := Flow{ID: w.flows, Client: addrPort(s.RemoteAddr()), Server: l.addr}
	c := &Conn{host: l.host, local: flow.Server, remote: flow.Client, flow: flow, server: true}
	v.link(c, s)
	c.witness(Segment{SYN: true})
	c.record(Segment{SYN: true})
	c.witness(Segment{})
	v.play(0, l.host, func() { l.take(c) })
}

// play has something happen to a host: at once if it can be, else as an event.
func (v *live) play(d time.Duration, h *Host, f func()) {
	w := v.world
	if d > 0 || h.deaf {
		w.at(w.now+d, h, f)
		return
	}
	f()
	w.flush()
}

// dial connects a host to a listener, whose ever it is.
func (v *live) dial(h *Host, to netip.AddrPort, done func(*Conn, error)) {
	life := h.life
	v.tasks.Go(func() {
		dialer := net.Dialer{
			Timeout:   socketTimeout,
			LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(h.ip, 0)),
		}
		s, err := dialer.DialContext(v.ctx, "tcp", to.String())
		w := v.world
		w.mu.Lock()
		defer w.mu.Unlock()
		entered := v.enter(nil)
		if err != nil {
			if entered && h.life == life {
				v.refused(h, to, err, done)
			}
			return
		}
		if !entered || h.life != life {
			s.Close()
			return
		}
		v.connected(h, to, s.(*net.TCPConn), done)
	})
}

// connected enters the world with the near end of a connection.
func (v *live) connected(h *Host, to netip.AddrPort, s *net.TCPConn, done func(*Conn, error)) {
	w := v.world
	c := &Conn{host: h, local: addrPort(s.LocalAddr()), remote: to}
	k := v.link(c, s)
	k.peer = w.homes[to]
	v.dialled[c.local] = h
	d := v.roundTrip(h, k.peer)
	k.last = w.now + d // what comes after it is not to overtake it
	v.play(d, h, func() {
		if !c.closed {
			c.open = true
			done(c, nil)
		}
	})
}

// refused enters the world with the news that there is no connection.
func (v *live) refused(h *Host, to netip.AddrPort, err error, done func(*Conn, error)) {
	w := v.world
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = ErrRefused
		w.flows++
		flow := Flow{ID: w.flows, Client: netip.AddrPortFrom(h.ip, w.nextPort(h.ip)), Server: to}
		(&Conn{host: h, flow: flow}).record(Segment{SYN: true})
		(&Conn{host: h, flow: flow, server: true}).record(Segment{RST: true})
	}
	v.play(v.roundTrip(h, w.homes[to]), h, func() { done(nil, err) })
}

// roundTrip is how long it takes until a host hears of a connection to another.
func (v *live) roundTrip(h, home *Host) time.Duration {
	if home == nil {
		return 0
	}
	return v.world.latency(h, home) + v.world.latency(home, h)
}
