package topology

import (
	"net/netip"

	"ricochet/detect"
)

// Role is what a node is.
type Role uint8

// Roles.
const (
	_ Role = iota
	Primary
	Replica
)

// String returns the word used in reports.
func (r Role) String() string {
	switch r {
	case Primary:
		return "primary"
	case Replica:
		return "replica"
	}
	return "unknown"
}

// Mode is how a server runs, as far as its replies show.
type Mode uint8

// Modes.
const (
	ModeUnknown Mode = iota
	Standalone
	Cluster
	Sentinel
)

// String returns the word used in reports.
func (m Mode) String() string {
	switch m {
	case Standalone:
		return "standalone"
	case Cluster:
		return "cluster"
	case Sentinel:
		return "sentinel"
	}
	return "unknown"
}

func modeOf(word string) Mode {
	for m := Standalone; m <= Sentinel; m++ {
		if m.String() == word {
			return m
		}
	}
	return ModeUnknown
}

// Proof is one piece of evidence for a statement.
type Proof struct {
	detect.Place
	Kind string // one of the Kind constants
	Text string // what was said, escaped
	// Hearsay says that it is what another node says, or would have it be.
	Hearsay bool
}

// Interval is a stretch in which a node had one role, as far as is known.
type Interval struct {
	Role  Role
	Of    netip.AddrPort // the node it replicates, if Replica and known; canonical
	Since int64          // when it was first seen to have the role, ns since the Unix epoch
	Until int64          // when it was last seen to have it, not after the next interval's Since
	// Proofs speak for it: one of each kind and text, the first; those of the node
	// itself first, the strongest of them before the others, then by time.
	Proofs []Proof
	// Against is what was said to the contrary in this stretch and did not
	// prevail: a conflict that stays visible.
	Against []Proof
}

// At returns the interval in force at a time, nil if nothing was known then. It
// is valid until the next Add.
func (n *Node) At(at int64) *Interval {
	for i := len(n.Roles) - 1; i >= 0; i-- {
		if n.Roles[i].Since <= at {
			return &n.Roles[i]
		}
	}
	return nil
}
