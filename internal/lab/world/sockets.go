package world

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// socketTimeout is how long a system call on the loopback interface may take, which
// takes no time. At least half of it is left when one begins.
const socketTimeout = 10 * time.Second

// maxPiece is how many bytes are under way in the sockets of a connection at a time.
// The smallest default buffers of Linux take that many without waiting for a reader:
// here reader and writer are one goroutine.
const maxPiece = 16 << 10

// pair is a connection of which the world has both ends. What one of them sends is
// read from the other at once; the world's clock says when it arrives.
type pair struct {
	near, far *net.TCPConn
	deadline  time.Time
	finished  [2]bool // near, far
	gone      bool
}

// connect makes a connection to a listener, or finds out that it is refused where
// there is none; then it returns nil.
func (w *World) connect(l *Listener, from netip.Addr, to netip.AddrPort) (*pair, error) {
	dialer := net.Dialer{
		Timeout:   socketTimeout,
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)),
	}
	s, err := dialer.Dial("tcp", to.String())
	switch {
	case l == nil && err == nil:
		s.Close()
		return nil, fmt.Errorf("dial %v: some other program listens there", to)
	case l == nil && errors.Is(err, syscall.ECONNREFUSED):
		return nil, nil
	case err != nil:
		return nil, err
	}
	p := &pair{near: s.(*net.TCPConn)}
	if p.far, err = l.find(addrPort(s.LocalAddr())); err != nil {
		p.near.Close()
		return nil, err
	}
	w.pairs[p] = struct{}{}
	return p, nil
}

// find accepts the connection from an address. The kernel has made it already; what
// other programs connected before it is closed.
func (l *Listener) find(from netip.AddrPort) (*net.TCPConn, error) {
	if err := l.socket.SetDeadline(time.Now().Add(socketTimeout)); err != nil {
		return nil, fmt.Errorf("accept on %v: %w", l.addr, err)
	}
	for {
		s, err := l.socket.AcceptTCP()
		if err != nil {
			return nil, fmt.Errorf("accept on %v: %w", l.addr, err)
		}
		if addrPort(s.RemoteAddr()) == from {
			return s, nil
		}
		s.Close()
	}
}

// settle forgets a pair that is over.
func (w *World) settle(p *pair) {
	if p.gone {
		delete(w.pairs, p)
	}
}

// carry has data pass through the connection and fills arrived, which is as long.
// After a reset nothing passes.
func (p *pair) carry(fromServer bool, data, arrived []byte) error {
	if p.gone {
		return nil
	}
	if err := p.extend(); err != nil {
		return err
	}
	from, to := p.near, p.far
	if fromServer {
		from, to = to, from
	}
	for len(data) > 0 {
		n := min(len(data), maxPiece)
		if _, err := from.Write(data[:n]); err != nil {
			return err
		}
		if _, err := io.ReadFull(to, arrived[:n]); err != nil {
			return fmt.Errorf("read what came from %v: %w", from.LocalAddr(), err)
		}
		data, arrived = data[n:], arrived[n:]
	}
	return nil
}

// extend moves the deadline of the sockets, if it has become near.
func (p *pair) extend() error {
	now := time.Now()
	if p.deadline.Sub(now) > socketTimeout/2 {
		return nil
	}
	p.deadline = now.Add(socketTimeout)
	return errors.Join(p.near.SetDeadline(p.deadline), p.far.SetDeadline(p.deadline))
}

// finish has one end send a FIN. After both have, nothing is left.
func (p *pair) finish(fromServer bool) error {
	if p.gone {
		return nil
	}
	end, i := p.near, 0
	if fromServer {
		end, i = p.far, 1
	}
	if err := end.CloseWrite(); err != nil {
		return err
	}
	if p.finished[i] = true; p.finished[1-i] {
		p.close()
	}
	return nil
}

// reset has one end send a RST.
func (p *pair) reset(fromServer bool) {
	if p.gone {
		return
	}
	end := p.near
	if fromServer {
		end = p.far
	}
	end.SetLinger(0) // only on a closed socket would it fail
	end.Close()
	p.close()
}

func (p *pair) close() {
	p.gone = true
	p.near.Close()
	p.far.Close()
}
