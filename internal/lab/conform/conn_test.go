package conform

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// patience is how long anything may take that is bound to happen. The slowest is a
// replica's acknowledgement, which comes once a second.
const patience = 15 * time.Second

// moment is how long nothing has to come for a connection to be silent.
const moment = 60 * time.Millisecond

// errTimeout is what receive returns if nothing came.
var errTimeout = errors.New("nothing came in time")

// conn is a connection to a node.
type conn struct {
	net.Conn
	node    string
	replies chan reply
	err     error         // why replies ended, once that is closed
	done    chan struct{} // closed when the reader has ended
	out     []byte
	named   bool // an observer that has its name
}

// dialNode connects to a node and starts to read what it sends.
func dialNode(node string, to netip.AddrPort) (*conn, error) {
	c, err := net.DialTimeout("tcp", to.String(), patience)
	if err != nil {
		return nil, fmt.Errorf("connect to node %s: %w", node, err)
	}
	// No script lets so many replies wait.
	n := &conn{Conn: c, node: node, replies: make(chan reply, 1024), done: make(chan struct{})}
	go n.read()
	return n, nil
}

func (c *conn) read() {
	defer close(c.done)
	defer close(c.replies)
	in := bufio.NewReader(c.Conn)
	for {
		r, err := readReply(in)
		if err != nil {
			c.err = err
			return
		}
		c.replies <- r
	}
}

// shut closes the connection and waits for the end of its reader.
func (c *conn) shut() {
	c.Close()
	for range c.replies { // the reader may be waiting for room
	}
	<-c.done
}

// send sends a command.
func (c *conn) send(words []string) error {
	c.out = append(c.out[:0], '*')
	c.out = strconv.AppendInt(c.out, int64(len(words)), 10)
	c.out = append(c.out, "\r\n"...)
	for _, w := range words {
		c.out = append(c.out, '$')
		c.out = strconv.AppendInt(c.out, int64(len(w)), 10)
		c.out = append(append(append(c.out, "\r\n"...), w...), "\r\n"...)
	}
	return c.raw(c.out)
}

// raw sends bytes.
func (c *conn) raw(b []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.Write(b)
	return err
}

// receive waits for the next message.
func (c *conn) receive(wait time.Duration) (reply, error) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case r, ok := <-c.replies:
		if !ok {
			return reply{}, c.err
		}
		return r, nil
	case <-t.C:
		return reply{}, errTimeout
	}
}

// ended tells whether an error of receive says that the server closed the connection.
func ended(err error) bool {
	var network net.Error
	return err == io.EOF || errors.As(err, &network) && !network.Timeout()
}

// ask sends a command and waits for its reply.
func (c *conn) ask(words ...string) (reply, error) {
	if err := c.send(words); err != nil {
		return reply{}, err
	}
	return c.receive(patience)
}
