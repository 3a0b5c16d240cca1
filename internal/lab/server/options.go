package server

import "ricochet/internal/lab/world"

// Order says which comes first for a client that wants redirects, while its server
// hands over its role: the redirect or the pause.
type Order int

const (
	_ Order = iota
	// PauseFirst is the order since Valkey 8.0.0-rc2 (#871).
	PauseFirst
	// RedirectFirst is the order of Valkey 8.0.0-rc1, under which clients bounce (#821).
	RedirectFirst
)

// Blocked says what becomes of clients in blocking commands when their server turns
// into a replica.
type Blocked int

const (
	_ Blocked = iota
	// Disconnect answers -UNBLOCKED and closes, as Valkey 8 does, when the handover
	// begins.
	Disconnect
	// Redirect sends clients that want redirects to the new primary when the handover
	// is over, as Valkey 9.0 does (#2329), and disconnects the others then.
	Redirect
)

// Fault says what a replica does with the request to take over, PSYNC ... FAILOVER.
type Fault int

const (
	// NoFault answers it.
	NoFault Fault = iota
	// LoseAnswer takes over and does not answer.
	LoseAnswer
	// RejectSync answers with an error and stays a replica.
	RejectSync
	// DropLink takes over and closes the connection without an answer.
	DropLink
)

// Options says what a node is like. CONFIG SET changes all but the port and Cluster
// while it runs (config.go).
type Options struct {
	Port    uint16
	Order   Order
	Blocked Blocked
	Fault   Fault
	// RefuseStale is replica-serve-stale-data no.
	RefuseStale bool
	// Cluster has the node own slots and name owners, rather than a primary.
	Cluster bool
	// Notice is told what the node does about its role, as a log would be; nil: nobody is.
	Notice func(string)
	// Observe is told what happens to clients (observe.go); nil: nobody is.
	Observe func(Seen)
}

// Start has a node listen on a host. It is for events, or for before the first one.
func Start(h *world.Host, o Options) (*Node, error) {
	if o.Order == 0 {
		o.Order = PauseFirst
	}
	if o.Blocked == 0 {
		o.Blocked = Disconnect
	}
	n := newNode(h, o)
	l, err := h.Listen(o.Port, n.accept)
	if err != nil {
		return nil, err
	}
	n.addr = l.Addr()
	n.start()
	return n, nil
}
