package world

import (
	"net/netip"
	"slices"
	"time"
)

// The ports that the world gives to the near ends of connections, from the first up.
// They are below those that systems commonly hand out, so that a reader can tell them
// from those of other programs.
const firstPort, lastPort = 20000, 32767

// Host is a party to connections: a server or a client. Its methods are for events.
type Host struct {
	world  *World
	name   string
	ip     netip.Addr
	deaf   bool
	life   int      // how often the host was killed: events of an earlier life do not happen
	missed []*event // what happened to the kernel while the process was deaf
	conns  []*Conn
}

// Host adds a host. Over Loopback and Live its address has to be one of this machine's.
func (w *World) Host(name string, ip netip.Addr) *Host {
	return &Host{world: w, name: name, ip: ip}
}

// Name is what the host was called when it was added.
func (h *Host) Name() string { return h.name }

// IP is the host's address.
func (h *Host) IP() netip.Addr { return h.ip }

// World is the world that the host is in.
func (h *Host) World() *World { return h.world }

// After calls f when d has passed, later if the host is deaf then, never if it was
// killed.
func (h *Host) After(d time.Duration, f func()) *Timer {
	return &Timer{h.world.at(h.world.now+max(d, 0), h, f)}
}

// Deafen stops the host as SIGSTOP stops a process: its kernel still accepts
// connections and bytes, but nothing happens until Hear. Over Live the kernel stops to
// take bytes of a connection when it has a fair amount; over the other wires it takes
// all there are.
func (h *Host) Deafen() { h.deaf = true }

// Hear ends Deafen. What came in the meantime happens now, in its order, before
// anything that came later.
func (h *Host) Hear() {
	h.deaf = false
	missed := h.missed
	h.missed = nil
	for _, e := range missed {
		if e.conn != nil {
			e.conn.unread--
		}
		h.world.requeue(e) // due long ago
	}
}

// Deaf tells whether the host is deaf.
func (h *Host) Deaf() bool { return h.deaf }

// miss keeps an event for Hear.
func (h *Host) miss(e *event) {
	if e.off {
		return
	}
	if e.conn != nil {
		e.conn.unread++
	}
	h.missed = append(h.missed, e)
}

// Kill ends the host as SIGKILL ends a process: its listeners are gone, its
// connections are closed (reset, if there is something that it has not read), its
// timers never fire. Connections to it are refused. Who lives on it next starts anew,
// hears, and listens again.
func (h *Host) Kill() {
	h.life++
	w := h.world
	for at, l := range w.listeners {
		if l.host == h {
			l.stop()
			delete(w.listeners, at)
		}
	}
	for _, c := range slices.Clone(h.conns) {
		c.kill()
	}
	h.deaf, h.missed = false, nil
}

// nextPort is the port of the next near end at an address. The hosts of an address
// share its ports.
func (w *World) nextPort(ip netip.Addr) uint16 {
	p := w.ports[ip] + 1
	if p < firstPort || p > lastPort {
		p = firstPort
	}
	w.ports[ip] = p
	return p
}

// adopt adds a connection to the host's.
func (h *Host) adopt(c *Conn) {
	c.place = len(h.conns)
	h.conns = append(h.conns, c)
}

// forget takes a connection that has ended from the host's.
func (h *Host) forget(c *Conn) {
	last := len(h.conns) - 1
	h.conns[c.place] = h.conns[last]
	h.conns[c.place].place = c.place
	h.conns[last] = nil
	h.conns = h.conns[:last]
}
