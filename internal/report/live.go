package report

// The events of a live analysis, in their JSON form: one object a line, each
// with a "type". Times are those of the packets.

// Event is one of the pointers to the types below.
type Event interface{ event() }

func (*Started) event()       {}
func (*RedirectEvent) event() {}
func (*BounceEvent) event()   {}
func (*RoleEvent) event()     {}
func (*FailoverEvent) event() {}
func (*LossEvent) event()     {}
func (*Stats) event()         {}
func (*Stopped) event()       {}

// Started is the first event.
type Started struct {
	Type       string   `json:"type"` // "started"
	Schema     string   `json:"schema"`
	At         string   `json:"at"`
	Version    string   `json:"version"`
	Mechanism  string   `json:"mechanism"`  // ebpf, packet or replay
	Interfaces []string `json:"interfaces"` // as chosen; empty stands for all
	Ports      string   `json:"ports"`      // as chosen, such as 6379,7000-7010; "all"
	Warning    string   `json:"warning,omitempty"`
}

// RedirectEvent tells of redirect replies that one node gave with one target. The
// first is told at once; while they go on, once a second how many there were since.
type RedirectEvent struct {
	Type   string `json:"type"` // "redirect"
	At     string `json:"at"`   // of the last of them
	Node   string `json:"node"`
	Reply  string `json:"reply"`  // REDIRECT, MOVED or ASK
	Target string `json:"target"` // as sent
	Count  int64  `json:"count"`  // since the event before
	Total  int64  `json:"total"`  // since this node first gave this target
}

// BounceEvent tells how a finding comes about.
type BounceEvent struct {
	Type string `json:"type"` // "bounce"
	// State is opened, updated (once a second while it grows), closed, or
	// retracted: later evidence showed that nothing bounced, or not like that.
	State string `json:"state"`
	At    string `json:"at"`
	// Open is how many of the finding's commands are still on their way.
	Open int64 `json:"open"`
	// Rate is how many redirect replies a second there were since the event
	// before.
	Rate    float64 `json:"rate"`
	Finding Finding `json:"finding"`
}

// RoleEvent tells that a node was seen in a role for the first time, or in
// another one than before.
type RoleEvent struct {
	Type     string   `json:"type"` // "role"
	At       string   `json:"at"`
	Node     string   `json:"node"`
	Role     string   `json:"role"`
	Primary  string   `json:"primary"`
	Before   string   `json:"before"` // the role before; empty if none was known
	Evidence Evidence `json:"evidence"`
}

// FailoverEvent tells how a failover goes on. A check that it violates comes as
// part of it, and as a BounceEvent of the rule failover-violation.
type FailoverEvent struct {
	Type string `json:"type"` // "failover"
	// State is opened, updated (a phase began or ended, or a check has another
	// result), closed, or retracted: later evidence showed that it was none.
	State    string   `json:"state"`
	At       string   `json:"at"`
	Failover Failover `json:"failover"`
}

// LossEvent tells that something could not be seen, when that is noticed and then
// at most once a second for each cause. What a snap length cuts out of values is
// not told: it costs nothing, and where it does another cause says so.
type LossEvent struct {
	Type  string `json:"type"` // "loss"
	At    string `json:"at"`
	Cause string `json:"cause"`
	// Count and Bytes are since the event before, the totals since the start.
	Count      int64 `json:"count"`
	Bytes      int64 `json:"bytes"`
	TotalCount int64 `json:"total_count"`
	TotalBytes int64 `json:"total_bytes"`
}

// Stats tells how the analysis stands, every few seconds.
type Stats struct {
	Type    string  `json:"type"` // "stats"
	At      string  `json:"at"`
	Seconds float64 `json:"seconds"` // since the start, in packet time
	Totals  Totals  `json:"totals"`
	// Redirects are the redirect replies by node and kind, in the order of the
	// addresses; of nodes beyond a bound the sum stands under the node "other".
	Redirects []NodeRedirects `json:"redirects"`
	// Roles are the roles in which the nodes were last seen.
	Roles []NodeRole `json:"roles"`
	// BouncesOpen and BouncesTotal count findings by rule.
	BouncesOpen  map[string]int64 `json:"bounces_open"`
	BouncesTotal map[string]int64 `json:"bounces_total"`
	// FailoversOpen counts the failovers that go on, FailoversTotal those that
	// ended, or are followed no longer, by kind and outcome.
	FailoversOpen  int64           `json:"failovers_open"`
	FailoversTotal []FailoverCount `json:"failovers_total"`
	// Violations counts, by check, the failovers that violated it.
	Violations map[string]int64 `json:"failover_violations"`
	// Hops is the distribution of the hops of redirected commands.
	Hops Histogram `json:"hops"`
	// ParkedCommands counts the redirect replies that took longer than a
	// hundredth of a second to come: their commands were parked. ParkedSeconds
	// is the sum of these times.
	ParkedCommands int64   `json:"parked_commands"`
	ParkedSeconds  float64 `json:"parked_seconds"`
	Blind          []Blind `json:"blind"`
	Capture        Health  `json:"capture"`
	Process        Process `json:"process"`
}

// NodeRedirects counts the redirect replies of a node.
type NodeRedirects struct {
	Node string `json:"node"`
	RedirectReplies
}

// FailoverCount counts the failovers of one kind with one outcome.
type FailoverCount struct {
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"`
	Count   int64  `json:"count"`
}

// NodeRole is the role in which a node was last seen.
type NodeRole struct {
	Node    string `json:"node"`
	Role    string `json:"role"`
	Primary string `json:"primary"`
}

// Histogram counts by upper bounds; Counts has one entry more than Bounds, for
// what is beyond the last of them. Counts are not cumulative.
type Histogram struct {
	Bounds []float64 `json:"bounds"`
	Counts []int64   `json:"counts"`
	Sum    float64   `json:"sum"`
}

// Health is how the capture fares; see capture.Health.
type Health struct {
	Mechanism    string `json:"mechanism"`
	Packets      int64  `json:"packets"` // read
	Matched      int64  `json:"matched"`
	Dropped      int64  `json:"dropped"`
	DroppedBytes int64  `json:"dropped_bytes"`
	RingBytes    int64  `json:"ring_bytes"`
	RingUsed     int64  `json:"ring_used"`
}

// Process is what ricochet itself costs.
type Process struct {
	CPUSeconds  float64 `json:"cpu_seconds"`
	MemoryBytes int64   `json:"memory_bytes"` // resident
}

// Stopped is the last event.
type Stopped struct {
	Type   string  `json:"type"` // "stopped"
	At     string  `json:"at"`
	Reason string  `json:"reason"` // signal, duration, end or error
	Report *Report `json:"report"`
}
