//go:build linux

package e2e

import (
	"bufio"
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

// reply is a reply of RESP2: kind is its first byte.
type reply struct {
	kind  byte
	text  string // of + - : and $
	null  bool
	items []reply
}

// conn is a connection to a server that counts in a ledger what passes.
type conn struct {
	net.Conn
	in     *bufio.Reader
	out    []byte
	ledger *ledger
}

func newConn(c net.Conn, l *ledger) *conn {
	return &conn{Conn: c, in: bufio.NewReader(c), ledger: l}
}

// do sends a command and waits for its reply.
func (c *conn) do(args ...string) (reply, error) {
	c.out = appendCommand(c.out[:0], args)
	if err := c.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return reply{}, err
	}
	c.ledger.sent(1)
	if _, err := c.Write(c.out); err != nil {
		return reply{}, fmt.Errorf("send %s: %w", args[0], err)
	}
	r, err := readReply(c.in)
	if err != nil {
		return reply{}, fmt.Errorf("read reply to %s: %w", args[0], err)
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
	case '$', '*':
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
	for range n {
		item, err := readReply(in)
		if err != nil {
			return reply{}, err
		}
		r.items = append(r.items, item)
	}
	return r, nil
}
