//go:build linux

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// client sends commands one after the other, or some at once, each with a key of
// its own, and follows redirects as libraries do: it keeps a connection to each
// node that it met, remembers where a redirect sent it, and asks before an ASK is
// followed.
type client struct {
	name   string
	from   *namespace
	start  netip.AddrPort
	ledger *ledger
	secret string        // password, if the servers want one
	capa   bool          // announce CLIENT CAPA redirect
	resp3  bool          // speak RESP3
	most   int           // give up after so many redirects; 0: never
	pause  time.Duration // after each reply
	tag    string        // hash tag of the keys in a cluster; else empty
	value  string        // that every other command writes; empty: the client reads only
	shared int           // take one of so many keys that other clients take too; 0: keys of its own
	batch  int           // send so many commands at once; 0: one

	blocks   bool // wait for lists that nobody fills, a second each
	faithful bool // begin each command where the client began
	fresh    bool // open a connection for each hop
	careless bool // follow ASK without ASKING

	reach    time.Duration // how long a connection may take; 0: long
	patience time.Duration // how long a reply may take; 0: long
	// refuge is where to go on when a node cannot be reached or a connection
	// breaks. Without it that is an error.
	refuge func(lost netip.AddrPort) (netip.AddrPort, error)

	n     int
	home  netip.AddrPort // where the next command goes
	conns map[netip.AddrPort]*conn
}

// task is a command that is underway.
type task struct {
	args []string
	at   visit // where it goes next
	*story
}

// once sends one batch of commands and follows each to its end. The error is that
// of a connection, or of the context while a command is underway; the ledger then
// lacks that command's end.
func (c *client) once(ctx context.Context) error {
	if !c.home.IsValid() || c.faithful {
		c.home = c.start
	}
	var todo []*task
	for range max(1, c.batch) {
		todo = append(todo, c.next())
	}
	for len(todo) > 0 {
		// What goes to the same place goes at once.
		at := todo[0].at
		var now, later []*task
		for _, k := range todo {
			if k.at == at {
				now = append(now, k)
			} else {
				later = append(later, k)
			}
		}
		left, err := c.visit(at, now)
		if err == nil || c.refuge != nil {
			err = c.rest(ctx, err, left)
		}
		if err != nil {
			return err
		}
		todo = append(later, left...)
	}
	return nil
}

// next is the client's next command.
func (c *client) next() *task {
	c.n++
	key := fmt.Sprintf("%s:%d", c.name, c.n)
	if c.shared > 0 {
		key = fmt.Sprintf("hot:%d", c.n*7%c.shared)
	}
	if c.tag != "" {
		key = "{" + c.tag + "}" + key
	}
	args := []string{"GET", key}
	switch {
	case c.blocks:
		args = []string{"BLPOP", key, "1"}
	case c.n%2 == 0 && c.value != "":
		args = []string{"SET", key, c.value}
	}
	s := &story{client: c.name, command: args[0] + " " + key, sent: time.Now()}
	return &task{args: args, at: visit{node: c.home}, story: s}
}

// visit sends commands to a node and returns those that are not at their end.
func (c *client) visit(at visit, now []*task) (left []*task, err error) {
	to, err := c.open(at)
	if err != nil {
		return now, err
	}
	if c.fresh {
		defer c.drop(at.node)
	}
	var commands [][]string
	for _, k := range now {
		commands = append(commands, k.args)
	}
	if err := to.send(commands...); err != nil {
		return now, c.lost(at.node, err)
	}
	for i, k := range now {
		r, err := to.receive(k.args[0])
		if err != nil {
			return append(left, now[i:]...), c.lost(at.node, err)
		}
		if err := c.answered(to, k, r); err != nil {
			return left, err
		}
		if k.end == 0 {
			left = append(left, k)
		}
	}
	return left, nil
}

// answered notes the reply to a command and where that sends it.
func (c *client) answered(to *conn, k *task, r reply) error {
	at := k.at
	next, redirect, err := target(at, r)
	if err != nil {
		return err
	}
	k.got = time.Now()
	switch {
	case !redirect && r.kind == '-':
		k.end, k.final, k.answer = failed, at, "-"+r.text
		if strings.HasPrefix(r.text, "UNBLOCKED ") {
			c.drop(at.node) // as the server does
		}
	case !redirect:
		k.end, k.final, k.answer = served, at, r.String()
	default:
		c.ledger.redirected(k.story, at, hop{k.got, to.LocalAddr().String(), at.node, "-" + r.text})
		if c.most > 0 && len(k.hops) == c.most {
			k.end = givenUp
		}
		if k.at = next; !next.asked {
			c.home = next.node
		}
		if c.careless {
			k.at.asked = false
		}
	}
	if k.end != 0 {
		c.ledger.ended(k.story)
	}
	return nil
}

// rest is the client's pause. Then those of its commands that a connection lost
// go on elsewhere.
func (c *client) rest(ctx context.Context, lost error, left []*task) error {
	if c.pause > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(c.pause):
		}
	}
	if len(left) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("follow %s, redirected %d times: %w", left[0].command, len(left[0].hops), err)
	}
	if lost == nil {
		return nil
	}
	from := left[len(left)-1].at.node
	to, err := c.refuge(from)
	if err != nil {
		return err
	}
	c.home = to
	for _, k := range left {
		if k.at.node == from {
			k.at = visit{node: to}
		}
	}
	return nil
}

// open is a connection for a visit: ASKING was sent if the visit says so.
func (c *client) open(v visit) (*conn, error) {
	to, err := c.to(v.node)
	if err == nil && v.asked {
		_, err = to.must("ASKING")
	}
	if err != nil {
		return nil, c.lost(v.node, err)
	}
	return to, nil
}

// to is the client's connection to a node.
func (c *client) to(node netip.AddrPort) (*conn, error) {
	if to := c.conns[node]; to != nil {
		return to, nil
	}
	raw, err := c.from.dialFor(node, cmp.Or(c.reach, dialTimeout))
	if err != nil {
		return nil, err
	}
	to := newConn(raw, c.ledger)
	to.patience = c.patience
	if c.conns == nil {
		c.conns = map[netip.AddrPort]*conn{}
	}
	c.conns[node] = to
	var greeting [][]string
	if c.resp3 {
		greeting = append(greeting, []string{"HELLO", "3"})
	}
	if c.secret != "" {
		greeting = append(greeting, []string{"AUTH", c.secret})
	}
	if c.capa {
		greeting = append(greeting, []string{"CLIENT", "CAPA", "redirect"})
	}
	for _, args := range greeting {
		if _, err := to.must(args...); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// lost gives up the connection to a node, and returns why.
func (c *client) lost(node netip.AddrPort, err error) error {
	c.ledger.failed(err)
	c.drop(node)
	return err
}

// drop closes the connection to a node.
func (c *client) drop(node netip.AddrPort) {
	if to := c.conns[node]; to != nil {
		to.Close()
		delete(c.conns, node)
	}
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
