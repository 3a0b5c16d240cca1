package server

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// clientInfo is CLIENT INFO.
func (n *Node) clientInfo(c *client, _ [][]byte) {
	c.out.Verbatim("txt", c.line())
}

// clientList is CLIENT LIST [TYPE type | ID id ...].
func (n *Node) clientList(c *client, args [][]byte) {
	wanted := func(*client) bool { return true }
	switch {
	case len(args) == 2:
	case len(args) == 4 && upper(args[2]) == "TYPE":
		kind, ok := parseClientType(args[3])
		if !ok {
			c.fail(fmt.Sprintf("ERR Unknown client type '%s'", args[3]))
			return
		}
		wanted = func(o *client) bool { return o.kind() == kind }
	case len(args) > 3 && upper(args[2]) == "ID":
		var ids []int64
		for _, a := range args[3:] {
			id, ok := parseInt(a)
			if !ok {
				c.fail("ERR Invalid client ID")
				return
			}
			ids = append(ids, id)
		}
		wanted = func(o *client) bool { return slices.Contains(ids, o.id) }
	default:
		c.fail(syntaxError)
		return
	}
	var b strings.Builder
	for _, o := range n.everyone() {
		if wanted(o) {
			b.WriteString(o.line())
		}
	}
	c.out.Verbatim("txt", b.String())
}

// everyone is all clients, the primary among them, in the order of their IDs.
func (n *Node) everyone() []*client {
	all := slices.Clone(n.clients)
	if l := n.repl.link; l != nil && l.client != nil {
		all = append(all, l.client)
	}
	slices.SortFunc(all, func(a, b *client) int { return int(a.id - b.id) })
	return all
}

// clientType is the class that CLIENT LIST and CLIENT KILL know a client by.
type clientType int

const (
	_ clientType = iota
	typeNormal
	typeReplica
	typeSubscriber
	typePrimary
)

func parseClientType(word []byte) (clientType, bool) {
	switch upper(word) {
	case "NORMAL":
		return typeNormal, true
	case "SLAVE", "REPLICA":
		return typeReplica, true
	case "PUBSUB":
		return typeSubscriber, true
	case "MASTER", "PRIMARY":
		return typePrimary, true
	}
	return 0, false
}

func (c *client) kind() clientType {
	switch {
	case c.obeyed():
		return typePrimary
	case c.replica != nil:
		return typeReplica
	case c.subscriptions() > 0:
		return typeSubscriber
	}
	return typeNormal
}

// line is what CLIENT LIST says of a client: the fields of 8.0.1 in their order
// (catClientInfoString of src/networking.c). Those that the lab does not keep are 0.
func (c *client) line() string {
	addr, local := c.addrs()
	now := c.node.now()
	user, queued, last := userName, -1, c.last
	if c.obeyed() {
		user = "(superuser)"
	}
	if c.multi != nil {
		queued = len(c.multi.queued)
	}
	if last == "" {
		last = "NULL"
	}
	return fmt.Sprintf("id=%d addr=%v laddr=%v fd=0 name=%s age=%d idle=%d flags=%s db=0 sub=%d psub=%d ssub=0"+
		" multi=%d watch=%d qbuf=%d qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=%d oll=0 omem=0 tot-mem=0"+
		" events=r cmd=%s user=%s redir=%d resp=%d lib-name=%s lib-ver=%s tot-net-in=0 tot-net-out=0 tot-cmds=0\n",
		c.id, addr, local, c.name, seconds(now.Sub(c.created)), seconds(now.Sub(c.active)), c.letters(),
		len(c.channels), len(c.patterns), queued, len(c.watched), c.in.Buffered(), c.out.Len(),
		last, user, c.tracking.redirect(), c.out.Version, c.library, c.libraryVersion)
}

// addrs is both ends of the client's connection, its own first.
func (c *client) addrs() (addr, local netip.AddrPort) {
	conn := c.conn
	if l := c.node.repl.link; c.obeyed() && l != nil {
		conn = l.conn
	}
	if conn == nil {
		return netip.AddrPort{}, netip.AddrPort{}
	}
	return conn.Remote(), conn.Local()
}

// letters is the client's flags.
func (c *client) letters() string {
	var b strings.Builder
	for _, f := range []struct {
		letter byte
		on     bool
	}{
		{'S', c.replica != nil},
		{'M', c.obeyed()},
		{'P', c.subscriptions() > 0},
		{'x', c.multi != nil},
		{'b', c.blocked != nil || c.parked != nil},
		{'t', c.tracking != nil},
		{'d', c.touched},
		{'c', c.closing},
		{'r', c.readOnly},
		{'e', c.noEvict},
		{'T', c.noTouch},
	} {
		if f.on {
			b.WriteByte(f.letter)
		}
	}
	if b.Len() == 0 {
		return "N"
	}
	return b.String()
}

// seconds is a time in whole seconds, as the server shows ages.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }
