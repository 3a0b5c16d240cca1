// Package report turns the outcome of an analysis into what people and programs
// read: text, JSON and NDJSON. It decides nothing: verdicts and findings come in
// ready, and everything that came from the wire comes in escaped.
package report

// Schema names the output contract that this package writes. Fields may be
// added to it; none is removed or changes its meaning without a new number.
const Schema = "ricochet/1"

// Report is the outcome of one analysis. Its JSON form is the output contract;
// times are RFC 3339 with nanoseconds, addresses ip:port with IPv6 in brackets.
type Report struct {
	Schema    string     `json:"schema"`
	Verdict   string     `json:"verdict"` // bounced, clean or inconclusive
	Reasons   []string   `json:"reasons"`
	Coverage  Coverage   `json:"coverage"`
	Captures  []Capture  `json:"captures"`
	Totals    Totals     `json:"totals"`
	Nodes     []Node     `json:"nodes"`
	Failovers []Failover `json:"failovers"`
	Findings  []Finding  `json:"findings"`
	Blind     []Blind    `json:"blind"`
	// Timeline is worked out from the rest when a report is written, whatever it
	// holds before: see Moments.
	Timeline        []Moment `json:"timeline"`
	TimelineOmitted int64    `json:"timeline_omitted,omitempty"` // moments beyond the bound on the list
	// Activity is nil unless it was asked for.
	Activity *Activity `json:"activity,omitempty"`
}

// Coverage says how much of the traffic could be seen and understood.
type Coverage struct {
	Connections    int64 `json:"connections"`
	BothDirections int64 `json:"both_directions"`
	// ReplicationLinks are connections on which a replica follows its primary: they
	// have two directions, but not of commands and replies.
	ReplicationLinks    int64    `json:"replication_links"`
	TLS                 int64    `json:"tls"`
	Unparsed            int64    `json:"unparsed"`
	CommandsPaired      int64    `json:"commands_paired"`
	CapaClients         int64    `json:"capa_clients"` // connections that announced CLIENT CAPA redirect
	FailoversSeen       int64    `json:"failovers_seen"`
	NodesNamedButUnseen []string `json:"nodes_named_but_unseen"`
	LostBytes           int64    `json:"lost_bytes"`
	// SparedBytes are the bytes missing within values, of which nothing else
	// depends: lengths say where a value ends.
	SparedBytes int64 `json:"spared_bytes"`
	// Next is a shell command that takes the capture that would settle what
	// this one could not; empty when nothing is missing.
	Next string `json:"next"`
}

// Capture is one input: a file or an interface.
type Capture struct {
	File string `json:"file"`
	// Vantage names the vantage point, if the file has the packets of several: then
	// each is a capture, and packets are numbered in the file as a whole.
	Vantage   string `json:"vantage,omitempty"`
	Format    string `json:"format"`
	Link      string `json:"link"`
	Packets   int64  `json:"packets"`
	Bytes     int64  `json:"bytes"`
	First     string `json:"first"`
	Last      string `json:"last"`
	Truncated int64  `json:"truncated"`
	Dropped   int64  `json:"dropped"`
	Damage    string `json:"damage,omitempty"`
	// Clock says how the clock of the capture is known, if there are several:
	// reference, aligned, given or unaligned; ClockNote says why it is unaligned.
	Clock     string `json:"clock,omitempty"`
	ClockNote string `json:"clock_note,omitempty"`
	// ClockOffsetMS is how far the clock is ahead of the reference, at the middle
	// of the capture, and ClockDriftPPM by how much more it is later. All times of
	// the report are those of the reference. ClockErrorMS is how far that may be
	// off.
	ClockOffsetMS float64 `json:"clock_offset_ms"`
	ClockErrorMS  float64 `json:"clock_error_ms,omitempty"`
	ClockDriftPPM float64 `json:"clock_drift_ppm,omitempty"`
}

// Totals are counts over all captures together.
type Totals struct {
	Packets                int64            `json:"packets"`
	Duplicates             int64            `json:"duplicates"`
	Connections            int64            `json:"connections"`
	Commands               int64            `json:"commands"`
	Replies                int64            `json:"replies"`
	Pushes                 int64            `json:"pushes"` // messages to clients that answer no command
	RedirectReplies        RedirectReplies  `json:"redirect_replies"`
	RedirectedCommands     int64            `json:"redirected_commands"`
	ReturnedCommands       int64            `json:"returned_commands"`
	BouncedCommands        int64            `json:"bounced_commands"`
	BouncedRedirectReplies int64            `json:"bounced_redirect_replies"`
	MaxHops                int64            `json:"max_hops"`
	Errors                 map[string]int64 `json:"errors"` // error replies that are no redirects, by first word
}

// RedirectReplies counts redirect replies by kind.
type RedirectReplies struct {
	Redirect int64 `json:"REDIRECT"`
	Moved    int64 `json:"MOVED"`
	Ask      int64 `json:"ASK"`
}

// Sum is the number of redirect replies of all kinds.
func (r RedirectReplies) Sum() int64 { return r.Redirect + r.Moved + r.Ask }

// Node is a server process as known from the traffic.
type Node struct {
	Addr    string   `json:"addr"`
	Aliases []string `json:"aliases"`
	// AliasEvidence says how the aliases were learnt. One without evidence is in
	// Aliases alone.
	AliasEvidence []Alias `json:"alias_evidence"`
	ID            string  `json:"id"` // in a cluster; empty if unknown
	Version       string  `json:"version"`
	Mode          string  `json:"mode"`
	Roles         []Role  `json:"roles"`
}

// Alias is another name of a node, and how it was learnt.
type Alias struct {
	Alias    string   `json:"alias"`
	Evidence Evidence `json:"evidence"`
}

// Role is a stretch of time in which a node had one role, and how that is known.
type Role struct {
	Role     string     `json:"role"`
	Primary  string     `json:"primary"`
	Since    string     `json:"since"`
	Until    string     `json:"until"`
	Evidence []Evidence `json:"evidence"`
	// Conflicts is what was said to the contrary in this stretch.
	Conflicts []Evidence `json:"conflicts"`
}

// Evidence is a pointer into a capture that supports a statement.
type Evidence struct {
	Kind    string `json:"kind"`
	At      string `json:"at"`
	Capture int    `json:"capture"`
	Packet  int64  `json:"packet"`
	Text    string `json:"text"`
}

// Failover is a failover episode.
type Failover struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"`
	From        string        `json:"from"`
	To          string        `json:"to"`
	Outcome     string        `json:"outcome"`
	Confidence  string        `json:"confidence"`
	Evidence    []Evidence    `json:"evidence"`
	Start       string        `json:"start"`
	End         string        `json:"end"`
	Phases      []Phase       `json:"phases"`
	Conformance []Conformance `json:"conformance"`
	// Alternatives is what else the same packets could mean.
	Alternatives []string `json:"alternatives"`
}

// Phase is a stretch of a failover.
type Phase struct {
	Name  string `json:"name"`  // requested, waiting-for-sync, in-progress, done or aborted
	Start string `json:"start"` // empty if it was not seen
	End   string `json:"end"`   // empty if it was not seen, and of what is a moment
	// Observed says that the phase itself was seen, not worked out from what came
	// before and after it.
	Observed bool `json:"observed"`
	// Note says what could not be seen of it, or what is peculiar.
	Note     string     `json:"note,omitempty"`
	Parked   *Parked    `json:"parked,omitempty"` // nil if no command was seen to wait
	Evidence []Evidence `json:"evidence"`         // what began it first
}

// Parked is how many commands waited for their replies in a phase, and how long
// the longest did.
type Parked struct {
	Commands int64   `json:"commands"`
	MaxMS    float64 `json:"max_ms"`
}

// Conformance says whether a promise was kept during a failover.
type Conformance struct {
	Check    string     `json:"check"`
	Result   string     `json:"result"`
	Count    int64      `json:"count"`
	Note     string     `json:"note,omitempty"` // why it is not promised or could not be seen, if that needs to be said
	Evidence []Evidence `json:"evidence"`
}

// Finding is one thing that ricochet reports.
type Finding struct {
	ID              string   `json:"id"`
	Rule            string   `json:"rule"`
	Severity        string   `json:"severity"`
	First           string   `json:"first"`
	Last            string   `json:"last"`
	DurationMS      float64  `json:"duration_ms"`
	Nodes           []string `json:"nodes"`
	Clients         []Client `json:"clients"`
	ClientsOmitted  int64    `json:"clients_omitted,omitempty"` // commands of clients beyond the bound on the list
	Commands        int64    `json:"commands"`
	RedirectReplies int64    `json:"redirect_replies"`
	MaxHops         int64    `json:"max_hops"`
	Outcomes        Outcomes `json:"outcomes"`
	Cycle           []string `json:"cycle"`
	Unreachable     []string `json:"unreachable"` // targets that refused or did not answer
	Unseen          []string `json:"unseen"`      // targets to which no traffic is in the captures
	Failover        string   `json:"failover"`
	Cause           Cause    `json:"cause"`
	Remedy          string   `json:"remedy"`
	// RemedyCommands carries the remedy out: one shell command each, in this
	// order, with the addresses, slots and ids of this case. What follows a # is a
	// remark. Remedy says in words what they do, and what else there is to do.
	RemedyCommands []string `json:"remedy_commands"`
	// Explain is the command that prints the page about the cause, or about the
	// rule where there is none.
	Explain  string    `json:"explain"`
	Partial  bool      `json:"partial"`
	Examples []Example `json:"examples"`
}

// Outcomes counts how the commands of a finding ended.
type Outcomes struct {
	Served  int64 `json:"served"`
	Failed  int64 `json:"failed"`
	GivenUp int64 `json:"given_up"`
	Cut     int64 `json:"cut"` // the capture ended, or went blind, first
}

// Client is one logical client of a finding.
type Client struct {
	Host            string `json:"host"`
	Address         string `json:"address"` // of the connection on which it was first noticed
	Name            string `json:"name"`
	Library         string `json:"library"`
	Connections     int64  `json:"connections"`
	Commands        int64  `json:"commands"`
	RedirectReplies int64  `json:"redirect_replies"`
}

// Cause says why, how sure that is, and by what evidence.
type Cause struct {
	ID         string     `json:"id"`
	Confidence string     `json:"confidence"`
	Summary    string     `json:"summary"`
	Evidence   []Evidence `json:"evidence"`
	// Alternatives is what else the evidence would fit, the likeliest first.
	Alternatives []string `json:"alternatives"`
	// Settle is what capture, or what else, would make it sure; empty if it is.
	Settle string `json:"settle"`
}

// Example is one command followed from node to node.
type Example struct {
	Client      string `json:"client"`
	Command     string `json:"command"`
	Outcome     string `json:"outcome"` // served, failed, given-up or cut
	HopsOmitted int64  `json:"hops_omitted,omitempty"`
	Hops        []Hop  `json:"hops"`
}

// Hop is one redirect reply.
type Hop struct {
	At      string `json:"at"`
	Node    string `json:"node"`
	Reply   string `json:"reply"`
	Asking  bool   `json:"asking,omitempty"`
	Capture int    `json:"capture"`
	Packet  int64  `json:"packet"`
}

// Blind is a class of things that could not be seen.
type Blind struct {
	Cause string `json:"cause"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"`
	First string `json:"first"`
	Last  string `json:"last"`
}

// Chain is the NDJSON form of one redirected command.
type Chain struct {
	Type        string `json:"type"` // "chain"
	Client      string `json:"client"`
	Name        string `json:"name,omitempty"`
	Command     string `json:"command"`
	Outcome     string `json:"outcome"`
	Bounced     bool   `json:"bounced"`
	Returned    bool   `json:"returned"`
	Partial     bool   `json:"partial,omitempty"`
	Start       string `json:"start"` // when the command was first sent; empty if that was not seen
	End         string `json:"end"`
	Final       string `json:"final,omitempty"` // the node that gave the last reply, if one did
	HopCount    int64  `json:"hop_count"`
	HopsOmitted int64  `json:"hops_omitted,omitempty"` // hops beyond the bound on those kept
	Hops        []Hop  `json:"hops"`
}
