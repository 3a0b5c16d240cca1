//go:build linux

package e2e

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// replyTimeout is how long a reply may take. It is longer than any failover of
// these tests parks a command.
const replyTimeout = 20 * time.Second

// reply is a reply: kind is its first byte in RESP2, whatever the protocol.
type reply struct {
	kind  byte
	text  string // of + - : and $
	null  bool
	items []reply
}

// String is the reply in short.
func (r reply) String() string {
	switch {
	case r.null:
		return "nil"
	case r.kind == '*':
		return fmt.Sprintf("%d items", len(r.items))
	case r.kind == '$':
		return fmt.Sprintf("%d bytes", len(r.text))
	}
	return string(r.kind) + r.text
}

// conn is a connection to a server that counts in a ledger what passes.
type conn struct {
	net.Conn
	in     *bufio.Reader
	out    []byte
	ledger *ledger
	// patience is how long a reply may take; 0: replyTimeout.
	patience time.Duration
}

func newConn(c net.Conn, l *ledger) *conn {
	return &conn{Conn: c, in: bufio.NewReader(c), ledger: l}
}

// do sends a command and waits for its reply.
func (c *conn) do(args ...string) (reply, error) {
	if err := c.send(args); err != nil {
		return reply{}, err
	}
	return c.receive(args[0])
}

// send sends commands at once. What comes back has to be received within the
// connection's patience.
func (c *conn) send(commands ...[]string) error {
	c.out = c.out[:0]
	for _, args := range commands {
		c.out = appendCommand(c.out, args)
	}
	if err := c.SetDeadline(time.Now().Add(cmp.Or(c.patience, replyTimeout))); err != nil {
		return err
	}
	c.ledger.sent(int64(len(commands)))
	if _, err := c.Write(c.out); err != nil {
		return fmt.Errorf("send %s: %w", commands[0][0], err)
	}
	return nil
}

// receive waits for the reply to a command that was sent.
func (c *conn) receive(command string) (reply, error) {
	r, err := readReply(c.in)
	if err != nil {
		return reply{}, fmt.Errorf("read reply to %s: %w", command, err)
	}
	c.ledger.received(r)
	return r, nil
}

// must is do for a command that the server accepts.
func (c *conn) must(args ...string) (reply, error) {
	r, err := c.do(args...)
	if err == nil && r.kind == '-' {
		err = fmt.Errorf("%s: %s", strings.Join(args, " "), r.text)
	}
	return r, err
}

func appendCommand(b []byte, args []string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(args)), 10)
	b = append(b, "\r\n"...)
	for _, a := range args {
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(a)), 10)
		b = append(b, "\r\n"...)
		b = append(b, a...)
		b = append(b, "\r\n"...)
	}
	return b
}

func readReply(in *bufio.Reader) (reply, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return reply{}, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return reply{}, fmt.Errorf("empty line")
	}
	r := reply{kind: line[0], text: line[1:]}
	switch r.kind {
	case '+', '-', ':':
		return r, nil
	case '_':
		return reply{kind: '$', null: true}, nil
	case '$', '*', '%':
	default:
		return reply{}, fmt.Errorf("unknown reply %q", line)
	}
	n, err := strconv.Atoi(r.text)
	if err != nil {
		return reply{}, fmt.Errorf("length of reply: %w", err)
	}
	if n < 0 {
		return reply{kind: r.kind, null: true}, nil
	}
	if r.kind == '$' {
		b := make([]byte, n+len("\r\n"))
		if _, err := io.ReadFull(in, b); err != nil {
			return reply{}, err
		}
		r.text = string(b[:n])
		return r, nil
	}
	r.text = ""
	if r.kind == '%' {
		r.kind = '*'
		n *= 2
	}
	for range n {
		item, err := readReply(in)
		if err != nil {
			return reply{}, err
		}
		r.items = append(r.items, item)
	}
	return r, nil
}
