package conform

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runner plays one script to a target.
type runner struct {
	t      testing.TB
	target target
	names  *normaliser
	nodes  map[string]netip.AddrPort
	conns  map[string]*conn // by the names of the script; an observer by that of its node
}

func newRunner(t testing.TB, to target) *runner {
	r := &runner{t: t, target: to, names: newNormaliser(), nodes: map[string]netip.AddrPort{}, conns: map[string]*conn{}}
	t.Cleanup(func() {
		for _, c := range r.conns {
			c.shut()
		}
	})
	return r
}

// step does what a line of a script says and returns what came of it.
func (r *runner) step(text string) ([]string, error) {
	verb, rest, _ := strings.Cut(text, " ")
	words, err := splitWords(rest)
	if err != nil {
		return nil, err
	}
	switch last := verb[len(verb)-1]; {
	case last == ':' || last == '>' || last == '<' || last == '|':
		return r.talk(verb[:len(verb)-1], last, words)
	case len(words) == 0:
		return nil, fmt.Errorf("no such step: %s", text)
	}
	if _, ok := r.nodes[nodeOf(verb)]; ok && len(words) == 1 {
		return r.watch(verb, words[0])
	}
	switch verb {
	case "node", "start":
		r.nodes[words[0]] = r.target.start(words[0])
		r.names.know(words[0], r.nodes[words[0]])
		return nil, nil
	case "stop":
		r.target.stop(words[0])
		return nil, nil
	case "cont":
		r.target.cont(words[0])
		return nil, nil
	case "kill":
		r.target.kill(words[0])
		r.hangUp(words[0])
		return nil, nil
	case "refuse", "accept":
		return nil, r.tell(words[0], r.target.refusal(verb == "refuse")...)
	case "follow":
		return nil, r.follow(words[0], words[1])
	case "wait":
		return nil, r.wait(words[0], strings.Join(words[1:], " "))
	}
	return nil, fmt.Errorf("no such step: %s", text)
}

// nodeOf is the node that a connection leads to, by its name: a1 leads to a.
func nodeOf(conn string) string { return strings.TrimRight(conn, "0123456789") }

// conn is the connection of a name, opened if need be.
func (r *runner) conn(name string) (*conn, error) {
	if c := r.conns[name]; c != nil {
		return c, nil
	}
	node := nodeOf(name)
	addr, ok := r.nodes[node]
	if !ok {
		return nil, fmt.Errorf("connection %s: no node %q", name, node)
	}
	c, err := dialNode(node, addr)
	if err != nil {
		return nil, err
	}
	r.conns[name] = c
	return c, nil
}

// hangUp closes the connections to a node that is gone.
func (r *runner) hangUp(node string) {
	for name, c := range r.conns {
		if c.node == node {
			c.shut()
			delete(r.conns, name)
		}
	}
}

// talk sends words as a command or as bytes, and waits for a reply if the way asks
// for that.
func (r *runner) talk(name string, way byte, words []string) ([]string, error) {
	c, err := r.conn(name)
	if err != nil {
		return nil, err
	}
	words = r.addresses(words)
	switch way {
	case '<':
		return r.receive(c, nil), nil
	case '>':
		return nil, c.send(words)
	case '|':
		return nil, c.raw([]byte(strings.Join(words, "")))
	}
	// A reply that nobody waits for would be taken for this command's.
	if len(c.replies) > 0 {
		return append([]string{"(unread before)"}, r.receive(c, nil)...), nil
	}
	if words[0] == "scan" {
		return r.scan(c, words[1:])
	}
	if err := c.send(words); err != nil {
		return []string{"(closed)"}, nil
	}
	return r.receive(c, words), nil
}

// addresses puts in the addresses of nodes.
func (r *runner) addresses(words []string) []string {
	var out []string
	for _, w := range words {
		for node, addr := range r.nodes {
			port := strconv.Itoa(int(addr.Port()))
			if w == "{"+node+"}" {
				out = append(out, addr.Addr().String())
				w = port
			}
			w = strings.ReplaceAll(w, "{"+node+":}", addr.String())
			w = strings.ReplaceAll(w, "{"+node+".port}", port)
		}
		out = append(out, w)
	}
	return out
}

// receive waits for the next message of a connection.
func (r *runner) receive(c *conn, words []string) []string {
	got, err := c.receive(patience)
	return r.outcome(words, got, err)
}

// timedOut stands in a transcript for a reply that did not come.
const timedOut = "(nothing)"

// outcome is what conn.receive returned as it stands in a transcript.
func (r *runner) outcome(words []string, got reply, err error) []string {
	switch {
	case err == nil:
		return r.names.lines(words, got)
	case errors.Is(err, errTimeout):
		return []string{timedOut}
	case ended(err):
		return []string{"(closed)"}
	}
	return []string{"(broken: " + err.Error() + ")"}
}

// scan walks through all keys by SCAN.
func (r *runner) scan(c *conn, options []string) ([]string, error) {
	cursor, keys := "0", []string{}
	for {
		got, err := c.ask(append([]string{"SCAN", cursor}, options...)...)
		if err != nil || len(got.items) != 2 {
			return r.outcome(nil, got, err), nil
		}
		for _, k := range got.items[1].items {
			keys = append(keys, k.text)
		}
		if cursor = got.items[0].text; cursor == "0" {
			slices.Sort(keys)
			return []string{strings.Join(slices.Compact(keys), " ")}, nil
		}
	}
}

// watch looks at a connection without sending anything on it.
func (r *runner) watch(name, what string) ([]string, error) {
	c, err := r.conn(name)
	if err != nil {
		return nil, err
	}
	switch what {
	case "silent":
		got, err := c.receive(moment)
		if errors.Is(err, errTimeout) {
			return nil, nil
		}
		return r.outcome(nil, got, err), nil
	case "closed":
		got, err := c.receive(patience)
		if err != nil && ended(err) {
			c.shut()
			delete(r.conns, name)
			return nil, nil
		}
		return r.outcome(nil, got, err), nil
	case "close":
		c.shut()
		delete(r.conns, name)
		return nil, r.poll(c.node, []string{"CLIENT", "LIST"}, func(text string) bool {
			return listed(text, c) == ""
		})
	case "blocked":
		return nil, r.poll(c.node, []string{"CLIENT", "LIST"}, func(text string) bool {
			_, flags, _ := strings.Cut(listed(text, c), " flags=")
			flags, _, _ = strings.Cut(flags, " ")
			return strings.Contains(flags, "b")
		})
	}
	return nil, fmt.Errorf("no such step: %s %s", name, what)
}

// listed is the line of a connection in a text of CLIENT LIST, empty if it has none.
func listed(text string, c *conn) string {
	addr := " addr=" + c.LocalAddr().String() + " "
	for line := range strings.Lines(text) {
		if strings.Contains(line, addr) {
			return line
		}
	}
	return ""
}

// follow makes a node the replica of another and waits until both say so.
func (r *runner) follow(replica, primary string) error {
	if err := r.tell(replica, r.addresses([]string{"REPLICAOF", "{" + primary + "}"})...); err != nil {
		return err
	}
	if err := r.wait(replica, "master_link_status:up"); err != nil {
		return err
	}
	online := "port=" + strconv.Itoa(int(r.nodes[replica].Port())) + ",state=online"
	return r.wait(primary, online)
}

// tell sends a node a command that it has to accept.
func (r *runner) tell(node string, command ...string) error {
	c, err := r.observer(node)
	if err != nil {
		return err
	}
	if got, err := c.ask(command...); err != nil || got.kind != '+' {
		return fmt.Errorf("tell node %s %s: %v, error %v", node, strings.Join(command, " "), got, err)
	}
	return nil
}

// wait waits until INFO replication of a node contains a text.
func (r *runner) wait(node, text string) error {
	return r.poll(node, []string{"INFO", "replication"}, func(info string) bool {
		return strings.Contains(info, text) || strings.Contains(r.names.info(info), text)
	})
}

// poll asks a node until the reply holds what is waited for.
func (r *runner) poll(node string, command []string, holds func(string) bool) error {
	c, err := r.observer(node)
	if err != nil {
		return err
	}
	latest := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		got, err := c.ask(command...)
		if err != nil {
			return fmt.Errorf("ask node %s: %w", node, err)
		}
		if latest = got.text; holds(latest) {
			return nil
		}
	}
	return fmt.Errorf("wait for node %s: not within %v; at last %s was\n%s", node, patience, strings.Join(command, " "), latest)
}

// observer is the connection by which the test itself talks to a node.
func (r *runner) observer(node string) (*conn, error) {
	c, err := r.conn(node)
	if err != nil {
		return nil, err
	}
	if !c.named {
		if _, err := c.ask("CLIENT", "SETNAME", observer); err != nil {
			return nil, err
		}
		c.named = true
	}
	return c, nil
}
