package metrics

import (
	"net"
	"sync"
)

// limited is a listener that accepts no connection while so many are open. The
// system keeps further clients waiting.
type limited struct {
	net.Listener
	slots chan struct{} // one for each open connection
	end   chan struct{} // closed by Close
	once  sync.Once
}

func limit(l net.Listener, most int) *limited {
	return &limited{Listener: l, slots: make(chan struct{}, most), end: make(chan struct{})}
}

// Accept waits for a slot and then for a connection, which keeps the slot until
// it is closed.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.end:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotted{Conn: c, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close unblocks Accept. It may be called more than once.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.end) })
	return l.Listener.Close()
}

// slotted is a connection that gives its slot back when it is closed.
type slotted struct {
	net.Conn
	release func()
}

func (c *slotted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
