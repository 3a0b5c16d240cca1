//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// client sends commands one after the other, each with a key of its own, and
// follows redirects as libraries do: it keeps a connection to each node that it
// met, remembers where a redirect sent it, and asks before an ASK is followed.
type client struct {
	name   string
	from   *namespace
	start  netip.AddrPort
	ledger *ledger
	secret string        // password, if the servers want one
	capa   bool          // announce CLIENT CAPA redirect
	most   int           // give up after so many redirects; 0: never
	pause  time.Duration // after each reply
	tag    string        // hash tag of the keys in a cluster; else empty
	value  string        // that every other command writes; empty: the client reads only

	n     int
	home  netip.AddrPort // where the next command goes
	conns map[netip.AddrPort]*conn
}

// once sends one command and follows it to its end. The error is that of a connection, or of the context while the command is
// underway; the ledger then lacks that command's end.
func (c *client) once(ctx context.Context) error {
	c.n++
	key := fmt.Sprintf("%s:%d", c.name, c.n)
	if c.tag != "" {
		key = "{" + c.tag + "}" + key
	}
	args := []string{"GET", key}
	if c.n%2 == 0 && c.value != "" {
		args = []string{"SET", key, c.value}
	}
	if !c.home.IsValid() {
		c.home = c.start
	}
	s := &story{}
	at := visit{node: c.home}
	for {
		r, err := c.send(at, args)
		if err != nil {
			return err
		}
		next, redirect, err := target(at, r)
		if err != nil {
			return err
		}
		switch {
		case !redirect && r.kind == '-':
			s.end, s.final = failed, at
		case !redirect:
			s.end, s.final = served, at
		default:
			c.ledger.redirected(s, at)
			if c.most > 0 && len(s.hops) == c.most {
				s.end = givenUp
			}
			if at = next; !at.asked {
				c.home = at.node
			}
		}
		if s.end != 0 {
			c.ledger.ended(s)
		}
		if err := c.rest(ctx); err != nil && s.end == 0 {
			return fmt.Errorf("follow %s, redirected %d times: %w", key, len(s.hops), err)
		}
		if s.end != 0 {
			return nil
		}
	}
}

// rest is the client's pause.
func (c *client) rest(ctx context.Context) error {
	if c.pause == 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(c.pause):
		return nil
	}
}

// send sends a command to a node, after ASKING if the visit says so.
func (c *client) send(v visit, args []string) (reply, error) {
	to, err := c.to(v.node)
	if err != nil {
		return reply{}, err
	}
	if v.asked {
		if _, err := to.must("ASKING"); err != nil {
			return reply{}, err
		}
	}
	return to.do(args...)
}

// to is the client's connection to a node.
func (c *client) to(node netip.AddrPort) (*conn, error) {
	if to := c.conns[node]; to != nil {
		return to, nil
	}
	raw, err := c.from.dial(node)
	if err != nil {
		return nil, err
	}
	to := newConn(raw, c.ledger)
	if c.conns == nil {
		c.conns = map[netip.AddrPort]*conn{}
	}
	c.conns[node] = to
	if c.secret != "" {
		if _, err := to.must("AUTH", c.secret); err != nil {
			return nil, err
		}
	}
	if c.capa {
		_, err = to.must("CLIENT", "CAPA", "redirect")
	}
	return to, err
}

// close closes the client's connections.
func (c *client) close() {
	for _, to := range c.conns {
		to.Close()
	}
}

// target is where a reply sends its command. An IPv6 address comes without
// brackets; an empty host is the one that answered.
func target(from visit, r reply) (to visit, redirect bool, err error) {
	if r.kind != '-' {
		return visit{}, false, nil
	}
	words := strings.Fields(r.text)
	switch {
	case len(words) == 2 && words[0] == "REDIRECT":
	case len(words) == 3 && (words[0] == "MOVED" || words[0] == "ASK"):
	default:
		return visit{}, false, nil
	}
	named := words[len(words)-1]
	i := strings.LastIndexByte(named, ':')
	if i < 0 {
		return visit{}, true, fmt.Errorf("redirect to %q", named)
	}
	addr := from.node.Addr()
	if i > 0 {
		if addr, err = netip.ParseAddr(named[:i]); err != nil {
			return visit{}, true, fmt.Errorf("redirect to %q: %w", named, err)
		}
	}
	port, err := strconv.ParseUint(named[i+1:], 10, 16)
	if err != nil {
		return visit{}, true, fmt.Errorf("redirect to %q: %w", named, err)
	}
	return visit{netip.AddrPortFrom(addr, uint16(port)), words[0] == "ASK"}, true, nil
}
