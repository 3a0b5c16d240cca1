package world

import (
	"fmt"
	"net"
	"net/netip"
)

// firstFree is where the ports begin that Listen chooses from in memory: where those
// that systems hand out usually begin.
const firstFree = 49152

// Listener is where a host accepts connections. Its methods are for events.
type Listener struct {
	host   *Host
	addr   netip.AddrPort
	accept func(*Conn)
	socket *net.TCPListener // nil in memory
	closed bool
}

// Listen accepts connections to a port of the host: accept is called with each, and
// has to give it a handler. Port 0 is any that is free.
func (h *Host) Listen(port uint16, accept func(*Conn)) (*Listener, error) {
	w := h.world
	l := &Listener{host: h, addr: netip.AddrPortFrom(h.ip, port), accept: accept}
	if w.closed {
		return nil, fmt.Errorf("listen on %v: %w", l.addr, ErrClosed)
	}
	if w.options.Wire == Memory && port == 0 {
		l.addr = w.freePort(h.ip)
	}
	if w.listeners[l.addr] != nil {
		return nil, fmt.Errorf("listen on %v: another listener of the world does", l.addr)
	}
	if w.options.Wire != Memory {
		s, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(l.addr))
		if err != nil {
			return nil, err
		}
		l.socket = s
		l.addr = addrPort(s.Addr())
	}
	w.listeners[l.addr] = l
	w.homes[l.addr] = h
	if w.live != nil {
		w.live.listen(l)
	}
	return l, nil
}

// freePort is an address where nobody listens.
func (w *World) freePort(ip netip.Addr) netip.AddrPort {
	for port := uint16(firstFree); ; port++ {
		if at := netip.AddrPortFrom(ip, port); w.listeners[at] == nil {
			return at
		}
	}
}

// Addr is the address that the listener accepts connections to.
func (l *Listener) Addr() netip.AddrPort { return l.addr }

// Close ends the listener. Its connections stay; those that were not accepted yet are
// reset.
func (l *Listener) Close() {
	if l.closed {
		return
	}
	l.stop()
	delete(l.host.world.listeners, l.addr)
}

func (l *Listener) stop() {
	l.closed = true
	if l.socket != nil {
		l.socket.Close()
	}
}

// take is the process accepting a connection that its kernel has accepted.
func (l *Listener) take(c *Conn) {
	switch {
	case c.closed:
	case l.closed:
		c.Reset()
	default:
		c.open = true
		l.accept(c)
	}
}

// addrPort is the address of a TCP socket, an IPv4 one as such.
func addrPort(a net.Addr) netip.AddrPort {
	at := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
