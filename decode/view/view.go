// Package view reads what servers, Sentinels and operators say about who is
// primary and who is replica: the replies to ROLE, INFO, HELLO, CLUSTER and
// SENTINEL, the messages of Sentinels, the commands that change roles, and what
// goes over a replication link before the data does. It knows no connections and
// no time, and believes nothing: it says who was said to be what.
package view

// The sources of what is said, as reports show them.
const (
	SourceRole     = "role"            // reply to ROLE
	SourceInfo     = "info"            // reply to INFO
	SourceHello    = "hello"           // reply to HELLO
	SourceSlots    = "cluster-slots"   // reply to CLUSTER SLOTS
	SourceShards   = "cluster-shards"  // reply to CLUSTER SHARDS
	SourceNodes    = "cluster-nodes"   // reply to CLUSTER NODES
	SourceMyID     = "cluster-myid"    // reply to CLUSTER MYID
	SourceBus      = "cluster-bus"     // header of a cluster bus message
	SourceGossip   = "cluster-gossip"  // gossip section of a cluster bus message
	SourceSentinel = "sentinel"        // reply to a SENTINEL command
	SourceGreeting = "sentinel-hello"  // message on the channel __sentinel__:hello
	SourceSwitch   = "sentinel-switch" // event +switch-master
	SourceEvent    = "sentinel-event"  // any other event of a Sentinel
	SourceLink     = "replication"     // REPLCONF of a replica, about itself
)

// Roles as they are said, in one spelling: servers say master and slave in some
// places.
const (
	Primary  = "primary"
	Replica  = "replica"
	Sentinel = "sentinel"
)

// Node is what one message says about one server. What was not said is zero.
// Texts are as they were said, escaped, and before that at most MaxText bytes
// long; a longer one counts as not said. They stay valid.
//
// A primary that answers ROLE or INFO lists its replicas. They are Nodes of their
// own: Self is false, Role is Replica, and the primary, which is the server that
// sent the message, is left out: PrimaryHost is empty and PrimaryPort 0.
type Node struct {
	Source string // where it was said: one of the constants
	// Self says that the server that sent the message speaks of itself.
	Self     bool
	Host     string // address or name; empty: that of the server that sent the message; "?": it does not know
	Port     uint16 // at which it serves
	BusPort  uint16
	Hostname string // announced beside Host
	ID       string // node ID in the cluster, else run ID
	Shard    string // ID of its shard, if said
	Role     string // Primary, Replica, Sentinel; empty if not said
	// Of a replica: its primary, by address or in a cluster by ID, and the state
	// of the link to it: up or down, which INFO and Sentinels say; none, connect,
	// connecting, handshake, sync or connected, which ROLE says; online and others
	// that a primary's INFO says of its replicas.
	PrimaryHost string
	PrimaryPort uint16
	PrimaryID   string
	Link        string
	// Failover is the master_failover_state of INFO: no-failover,
	// waiting-for-sync or failover-in-progress.
	Failover string
	Software string // valkey, redis, ...
	Version  string
	Mode     string // standalone, cluster or sentinel
	// ReplID and ReplID2 are the replication IDs of INFO: of the data set, and the
	// one it had before its last promotion. Offset is the replication offset.
	ReplID, ReplID2 string
	Offset          int64
	Epoch           uint64 // configuration epoch, of the cluster or of the Sentinels
	// Slots are the ranges of slots that it serves, both ends included; of a
	// replica those of its primary if the source says so. Migrating and Importing
	// are single slots on the move.
	Slots                [][2]uint16
	Migrating, Importing []uint16
	// Flags are words: fail, pfail, noaddr, handshake, paused, s_down, o_down, ...
	// Of an event, it is the event's name: +sdown, +promoted-slave, ...
	Flags []string
	Group string // the name under which Sentinels watch the primary
}

// Order is a command by which an operator, or a Sentinel, changes who is primary
// or who serves what.
type Order struct {
	// Verb is the command in capitals: FAILOVER, REPLICAOF (SLAVEOF too), CLUSTER
	// FAILOVER, CLUSTER REPLICATE, CLUSTER SETSLOT, CLIENT PAUSE, CLIENT UNPAUSE,
	// SENTINEL FAILOVER.
	Verb string
	Host string // of the node named by REPLICAOF and FAILOVER TO, escaped
	Port uint16
	ID   string // of the node named by CLUSTER REPLICATE and CLUSTER SETSLOT, escaped
	Slot int16  // of CLUSTER SETSLOT, else -1
	// State is the word of CLUSTER SETSLOT: NODE, MIGRATING, IMPORTING or STABLE;
	// of CLIENT PAUSE: ALL or WRITE.
	State   string
	Timeout int64 // in milliseconds, of FAILOVER and CLIENT PAUSE; 0 if none was given
	NoOne   bool  // REPLICAOF NO ONE
	Force   bool  // FORCE of FAILOVER and CLUSTER FAILOVER
	Take    bool  // TAKEOVER of CLUSTER FAILOVER
	Abort   bool  // FAILOVER ABORT
	// Text is the whole command, escaped; these commands carry no secrets.
	Text string
	// Answer is the first word of the reply: OK, QUEUED, or that of an error. Line
	// is the whole reply, escaped.
	Answer, Line string
}

// Sync is a step of a replica that asks to replicate: a request with its answer.
type Sync struct {
	// Request is PSYNC, SYNC, REPLCONF (the handshake's, with what it announces),
	// or ACK: the first acknowledgement on a link that was joined in its middle.
	Request string
	ReplID  string // asked for by PSYNC, "?" if it has none
	Offset  int64  // likewise, -1 if it has none
	// Failover says that the sender is a primary that hands over: PSYNC ... FAILOVER.
	Failover bool
	// What REPLCONF announced so far on this connection.
	Port    uint16 // listening-port
	Host    string // ip-address, escaped
	Version string // escaped
	// Answer is empty while there is none; CONTINUE, FULLRESYNC or
	// DUALCHANNELSYNC; or the first word of an error. SYNC is answered by a
	// snapshot without a word, which is FULLRESYNC here. Line is the whole answer
	// without the + or - before it, escaped.
	Answer, Line string
	NewID        string // the replication ID in the answer
	NewOffset    int64
}
