package server

import (
	"slices"
	"time"
)

// What a node knows of its lineage: whom it follows, who follows it, and which part of
// the stream of changes it has. feed.go is the side of the primary, sync.go that of the
// replica.

const (
	// maxBacklog is how much of the stream is kept for replicas that were away:
	// repl-backlog-size of Valkey 8.0.
	maxBacklog = 10 << 20
	// pingPeriod is repl-ping-replica-period.
	pingPeriod = 10 * time.Second
	// ackPeriod is how often a replica says what it has (replicationCron).
	ackPeriod = time.Second
	// linkTimeout is repl-timeout: of a link that says nothing.
	linkTimeout = 60 * time.Second
)

// linkState is how far a replica has come with its primary.
type linkState int

const (
	linkNone linkState = iota
	linkConnect
	linkConnecting
	linkHandshake
	linkSync
	linkConnected
)

// String is how ROLE calls a state.
func (s linkState) String() string {
	switch s {
	case linkConnect:
		return "connect"
	case linkConnecting:
		return "connecting"
	case linkHandshake:
		return "handshake"
	case linkSync:
		return "sync"
	case linkConnected:
		return "connected"
	default:
		return "none"
	}
}

type replication struct {
	// As a replica.
	primaryHost string // as it was named; empty: this is a primary
	primaryPort int
	state       linkState
	link        *link
	retried     time.Time // when the latest connection was tried
	acked       time.Time // when the latest acknowledgement was sent
	lost        time.Time // when the link that was connected went down; zero: none was

	// The stream of changes: id names it, offset is how much of it there has been. A
	// server that was promoted goes on with an id of its own, and remembers that up to
	// offset2 its stream was that of id2.
	id, id2  string
	offset   int64
	offset2  int64
	backlog  []byte // the stream's end; nil: there has been no replica
	selected bool   // the stream says which database it is about

	// As a primary, or in a chain of replicas.
	replicas []*replica
	pinged   time.Time
	wanted   bool // WAIT wants acknowledgements
}

func newReplication(id string) replication {
	return replication{id: id, id2: noID, offset2: -1}
}

// noID is what INFO shows where there is no ID.
const noID = "0000000000000000000000000000000000000000"

// follows tells whether the server is a replica, be it only by name.
func (r *replication) follows() bool { return r.primaryHost != "" }

// find returns the replica of a name; nil: there is none.
func (r *replication) find(host string, port int) *replica {
	for _, p := range r.replicas {
		if h, q := p.name(); h == host && q == port {
			return p
		}
	}
	return nil
}

func (r *replication) remove(p *replica) {
	if i := slices.Index(r.replicas, p); i >= 0 {
		r.replicas = slices.Delete(r.replicas, i, i+1)
	}
}

// begin is the offset of the first byte of the backlog. Offsets count from 1.
func (r *replication) begin() int64 { return r.offset - int64(len(r.backlog)) + 1 }

// since returns the stream from an offset on, if it is the stream of id and still known.
func (r *replication) since(id string, offset int64) ([]byte, bool) {
	if id != r.id && (id != r.id2 || offset > r.offset2) {
		return nil, false
	}
	if r.backlog == nil || offset < r.begin() || offset > r.offset+1 {
		return nil, false
	}
	return r.backlog[offset-r.begin():], true
}

// keep adds to the backlog.
func (r *replication) keep(stream []byte) {
	r.offset += int64(len(stream))
	if r.backlog = append(r.backlog, stream...); len(r.backlog) > 2*maxBacklog {
		r.backlog = append([]byte{}, r.backlog[len(r.backlog)-maxBacklog:]...)
	}
}

// follow makes the server a replica (replicationSetPrimary). It has what its own stream
// had, and goes on from there if the primary lets it.
func (n *Node) follow(host string, port int) {
	r := &n.repl
	n.dropLink()
	r.primaryHost, r.primaryPort, r.lost = host, port, time.Time{}
	if n.failover.state == noFailover || n.options.Blocked == Disconnect {
		n.releaseBlocked()
	}
	r.state = linkConnect
	n.connect()
}

// promote makes the server a primary (replicationUnsetPrimary). Its stream gets a new
// ID, which its replicas have to learn: they are disconnected.
func (n *Node) promote() {
	r := &n.repl
	if !r.follows() {
		return
	}
	n.dropLink()
	r.primaryHost, r.primaryPort = "", 0
	r.state = linkNone
	r.id2, r.offset2 = r.id, r.offset+1
	r.id = n.hex40()
	n.disconnectReplicas()
	r.selected = false
}

// disconnectReplicas has the replicas come again, to hear what has changed.
func (n *Node) disconnectReplicas() {
	for _, p := range slices.Clone(n.repl.replicas) {
		p.client.close()
	}
}

// replicationCron is what replication does by time. While a handover is in progress
// the server retries at each tick, else once a second (serverCron).
func (n *Node) replicationCron() {
	r := &n.repl
	now := n.now()
	if r.follows() {
		switch {
		case r.link != nil && now.Sub(r.link.heard) > linkTimeout:
			n.dropLink()
			r.state = linkConnect
		case r.state == linkConnected && now.Sub(r.acked) >= ackPeriod:
			r.link.acknowledge()
		}
		if r.state == linkConnect && (n.failover.state == failoverInProgress || now.Sub(r.retried) >= time.Second) {
			n.connect()
		}
		return
	}
	// The offset must stand still while a failover with a limit waits for it to be
	// acknowledged.
	waiting := n.failover.state == failoverWaitForSync && !n.failover.end.IsZero()
	if len(r.replicas) > 0 && !waiting && now.Sub(r.pinged) >= pingPeriod {
		r.pinged = now
		n.propagate([][][]byte{{[]byte("ping")}})
	}
}
