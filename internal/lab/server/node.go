package server

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"ricochet/internal/lab/world"
)

// cronPeriod is how often a node looks at what only time changes: serverCron runs ten
// times a second unless hz says otherwise.
const cronPeriod = 100 * time.Millisecond

// Node is one server.
type Node struct {
	host     *world.Host
	addr     netip.AddrPort
	options  Options
	commands map[string]*command
	checks   []check // what a command has to pass, in the order of options.Order

	id       string // run ID
	started  time.Time
	clients  []*client // by age
	lastID   int64     // of a client
	keys     *keyspace
	woken    []*client  // answered while they waited; see wake
	dirty    int        // changes of the data so far
	instead  [][][]byte // what replicas get in place of the command that runs; see propagate.go
	running  *client    // whose command runs; nil: none does
	settings settings

	repl      replication
	failover  failover
	pauses    pauses
	cluster   *cluster            // nil: standalone
	migrating *migration          // the MIGRATE under way; nil: none
	carriers  map[string]*carrier // its connections, by the names of the other nodes
	errors    map[string]int
	ran       int // commands
}

func newNode(h *world.Host, o Options) *Node {
	n := &Node{
		host:     h,
		options:  o,
		commands: commands(),
		started:  h.World().Now(),
		keys:     newKeyspace(),
		settings: newSettings(),
		errors:   map[string]int{},
	}
	n.checks = order(o.Order)
	n.id = n.hex40()
	n.repl = newReplication(n.hex40())
	return n
}

func (n *Node) start() {
	if n.options.Cluster {
		n.cluster = newCluster(n)
	}
	n.tick()
}

// Addr is where the node listens.
func (n *Node) Addr() netip.AddrPort { return n.addr }

// Host is where the node lives.
func (n *Node) Host() *world.Host { return n.host }

func (n *Node) now() time.Time { return n.host.World().Now() }

// hex40 is 40 random hexadecimal digits: the form of all IDs.
func (n *Node) hex40() string {
	var b [20]byte
	for i := range b {
		b[i] = byte(n.host.World().Rand().Uint32())
	}
	return hex.EncodeToString(b[:])
}

// tick is serverCron.
func (n *Node) tick() {
	n.host.After(cronPeriod, n.tick)
	n.replicationCron()
	if n.cluster != nil {
		n.cluster.releaseBlocked()
	}
	n.settle()
}

// settle is beforeSleep: what is left to do when an event has been handled.
func (n *Node) settle() {
	n.updateFailover()
	n.updatePauses()
	n.serveBlocked()
	n.wake()
	n.askForAcks()
}

// accept takes a new client.
func (n *Node) accept(conn *world.Conn) {
	n.lastID++
	c := newClient(n, conn, n.lastID)
	n.clients = append(n.clients, c)
	conn.Handle(c)
	n.see(Came, c, nil)
}

// notice says what becomes of the node's role.
func (n *Node) notice(format string, args ...any) {
	if n.options.Notice != nil {
		n.options.Notice(fmt.Sprintf(format, args...))
	}
}

// count keeps errorstats: errors by their first word.
func (n *Node) count(code string) { n.errors[code]++ }
