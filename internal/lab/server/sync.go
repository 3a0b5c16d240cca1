package server

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/world"
)

// The replica's side of replication: connectWithPrimary, syncWithPrimary,
// replicaTryPartialResync and replicationSendAck of src/replication.c.

// step is what a link waits for.
type step int

const (
	_ step = iota
	awaitPong
	awaitOK // to REPLCONF
	awaitSync
	awaitTransfer
	streaming
)

// link is the connection to the primary.
type link struct {
	node    *Node
	conn    *world.Conn
	step    step
	oks     int // answers to REPLCONF still to come
	answers protocol.Replies
	mark    []byte  // that ends the transfer; nil: its length is known
	size    int     // of the transfer
	data    []byte  // the transfer so far
	stream  []byte  // received and not yet applied
	client  *client // who runs what the primary sends
	heard   time.Time
}

// connect asks for a connection to the primary.
func (n *Node) connect() {
	r := &n.repl
	r.retried = n.now()
	ip, err := netip.ParseAddr(r.primaryHost)
	if err != nil && r.primaryHost == "localhost" {
		ip, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if err != nil {
		return // a name that nobody has: it stays at trying
	}
	r.state = linkConnecting
	l := &link{node: n, heard: n.now()}
	r.link = l
	n.host.Dial(netip.AddrPortFrom(ip, uint16(r.primaryPort)), func(conn *world.Conn, err error) {
		if r.link != l {
			if err == nil {
				conn.Close()
			}
			return
		}
		if err != nil {
			l.retry()
			return
		}
		l.conn = conn
		conn.Handle(l)
		r.state = linkHandshake
		l.step = awaitPong
		l.send("PING")
	})
}

// dropLink forgets the connection to the primary.
func (n *Node) dropLink() {
	l := n.repl.link
	n.repl.link = nil
	if n.repl.state == linkConnected {
		n.repl.lost = n.now()
	}
	if l != nil && l.conn != nil {
		l.conn.Close()
	}
}

// retry gives the connection up, for the cron to try again.
func (l *link) retry() {
	if l.node.repl.link == l {
		l.node.dropLink()
		l.node.repl.state = linkConnect
	}
}

// Closed hears that the primary is gone. If it was asked to take over and goes without
// a word, it did not.
func (l *link) Closed(error) {
	n := l.node
	if n.repl.link != l {
		return
	}
	l.retry()
	if l.step == awaitSync && n.failover.state == failoverInProgress {
		n.abortFailover()
	}
	n.settle()
}

func (l *link) send(args ...string) {
	l.conn.Send(protocol.AppendCommand(nil, args...))
}

// Data takes what the primary sent.
func (l *link) Data(data []byte) {
	n := l.node
	l.heard = n.now()
	if l.step == streaming {
		l.take(data)
	} else {
		l.answers.Feed(data)
		for n.repl.link == l && l.advance() {
		}
	}
	n.settle()
}

// advance takes one step of the handshake, and tells whether it could.
func (l *link) advance() bool {
	switch l.step {
	case awaitTransfer:
		return l.transfer()
	case streaming:
		l.take(l.answers.Rest())
		return false
	}
	line, ok := l.answers.Line()
	if !ok || line == "" {
		return ok // an empty line says only that the primary lives
	}
	switch l.step {
	case awaitPong:
		if !strings.HasPrefix(line, "+") {
			l.retry()
			return false
		}
		l.introduce()
	case awaitOK:
		if l.oks--; l.oks == 0 {
			l.ask()
		}
	case awaitSync:
		l.answered(line)
	}
	return true
}

// introduce says who is calling.
func (l *link) introduce() {
	l.send("REPLCONF", "listening-port", strconv.Itoa(int(l.node.addr.Port())))
	l.send("REPLCONF", "capa", "eof", "capa", "psync2")
	l.send("REPLCONF", "version", l.node.version())
	l.oks = 3
	l.step = awaitOK
}

// ask asks for the rest of the stream; while this server hands its role over, also for
// the other to take it.
func (l *link) ask() {
	r := &l.node.repl
	words := []string{"PSYNC", r.id, strconv.FormatInt(r.offset+1, 10)}
	if l.node.failover.state == failoverInProgress {
		words = append(words, "FAILOVER")
	}
	l.send(words...)
	l.step = awaitSync
}

// answered takes the answer to PSYNC.
func (l *link) answered(line string) {
	n := l.node
	words := strings.Fields(strings.TrimPrefix(line, "+"))
	agreed := strings.HasPrefix(line, "+FULLRESYNC ") && len(words) == 3 || strings.HasPrefix(line, "+CONTINUE")
	if n.failover.state == failoverInProgress {
		if !agreed {
			n.abortFailover()
			return
		}
		defer n.handedOver() // when the lineage is known
	}
	if !agreed {
		l.retry()
		return
	}
	r := &n.repl
	if words[0] == "FULLRESYNC" {
		offset, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil {
			l.retry()
			return
		}
		r.state, l.step = linkSync, awaitTransfer
		r.id, r.id2, r.offset2 = words[1], noID, -1
		r.offset = offset
		return
	}
	if len(words) > 1 && words[1] != r.id {
		// Who follows this server has to know: its stream has another name now.
		r.id2, r.offset2 = r.id, r.offset+1
		r.id = words[1]
		n.disconnectReplicas()
	}
	l.connected()
}

// transfer takes the data of a full synchronisation, and tells whether all is there.
func (l *link) transfer() bool {
	if l.mark == nil && l.size == 0 {
		line, ok := l.answers.Line()
		if !ok || line == "" {
			return ok
		}
		if mark, ok := strings.CutPrefix(line, "$EOF:"); ok {
			l.mark = []byte(mark)
			return true
		}
		size, err := strconv.Atoi(strings.TrimPrefix(line, "$"))
		if err != nil || size <= 0 || size > maxTransfer {
			l.retry()
			return false
		}
		l.size = size
		return true
	}
	l.data = append(l.data, l.answers.Rest()...)
	size, behind := l.size, 0
	if l.mark != nil {
		if size = bytes.Index(l.data, l.mark); size < 0 {
			if len(l.data) > maxTransfer {
				l.retry()
			}
			return false
		}
		behind = len(l.mark)
	}
	if len(l.data) < size {
		return false
	}
	entries, err := load(l.data[:size])
	if err != nil {
		l.retry()
		return false
	}
	l.node.empty()
	l.node.keys.entries = entries
	rest := l.data[size+behind:]
	l.data, l.mark, l.size = nil, nil, 0
	n := l.node
	n.repl.backlog = []byte{}
	n.disconnectReplicas()
	l.connected()
	l.acknowledge()
	l.take(rest)
	return false
}

// maxTransfer bounds what is held of a full synchronisation.
const maxTransfer = 256 << 20

// connected is the end of the handshake.
func (l *link) connected() {
	n := l.node
	if n.repl.backlog == nil {
		n.repl.backlog = []byte{}
	}
	n.repl.state, l.step = linkConnected, streaming
	n.repl.acked = n.now()
	n.lastID++
	l.client = newClient(n, nil, n.lastID)
}

// acknowledge says how much of the stream this server has.
func (l *link) acknowledge() {
	l.node.repl.acked = l.node.now()
	l.send("REPLCONF", "ACK", strconv.FormatInt(l.node.repl.offset, 10))
}

// take runs what the primary sends, and passes it on as it is.
func (l *link) take(data []byte) {
	n := l.node
	l.stream = append(l.stream, data...)
	in := &l.client.in
	in.Feed(data)
	for n.repl.link == l {
		args, ok, err := in.Next()
		if err != nil {
			l.retry()
			return
		}
		if !ok {
			return
		}
		n.process(&request{client: l.client, args: args})
		l.client.out.Reset()
		used := len(l.stream) - in.Buffered()
		n.relay(l.stream[:used])
		l.stream = l.stream[used:]
	}
}
