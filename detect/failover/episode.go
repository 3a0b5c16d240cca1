package failover

import (
	"net/netip"
	"slices"

	"ricochet/detect/topology"
)

// Kind says by what means the primary role is handed over.
type Kind uint8

// Kinds of episodes.
const (
	_         Kind = iota
	Failover       // the command FAILOVER
	ReplicaOf      // REPLICAOF by hand
	Sentinel       // by Sentinels
	Cluster        // CLUSTER FAILOVER, or by the votes of a cluster's primaries
)

// String returns the word used in reports.
func (k Kind) String() string {
	switch k {
	case Failover:
		return "failover"
	case ReplicaOf:
		return "replicaof"
	case Sentinel:
		return "sentinel"
	case Cluster:
		return "cluster"
	}
	return "invalid"
}

// Outcome says how an episode ended, as far as was seen.
type Outcome uint8

// Outcomes.
const (
	Unfinished Outcome = iota + 1
	Done
	Aborted
)

// String returns the word used in reports.
func (o Outcome) String() string {
	switch o {
	case Done:
		return "done"
	case Aborted:
		return "aborted"
	case Unfinished:
		return "unfinished"
	}
	return "invalid"
}

// Confidence says how sure a statement is.
type Confidence uint8

// Confidences, least first.
const (
	Possible Confidence = iota + 1
	Likely
	Certain // the wire shows it
)

// String returns the word used in reports.
func (c Confidence) String() string {
	switch c {
	case Possible:
		return "possible"
	case Likely:
		return "likely"
	case Certain:
		return "certain"
	}
	return "invalid"
}

// Stage is a part of an episode.
type Stage uint8

// Stages, in the order in which they come. Requested to InProgress are those of
// FAILOVER (replication.c, updateFailoverStatus): the command until its answer, the
// wait for a replica to have everything, and the time from the old primary's link to
// the new one until that one's answer to PSYNC. Sentinels and clusters have Down,
// from the first that says so to the promotion, and Sentinels Reconfigure, from there
// until the old primary is a replica.
const (
	_ Stage = iota
	Down
	Requested
	WaitingForSync
	InProgress
	Reconfigure
	stages
)

// String returns the word used in reports.
func (s Stage) String() string {
	switch s {
	case Requested:
		return "requested"
	case WaitingForSync:
		return "waiting-for-sync"
	case InProgress:
		return "in-progress"
	case Down:
		return "down"
	case Reconfigure:
		return "reconfigure"
	}
	return "invalid"
}

// Phase is a stage of an episode in time. One that was not seen has neither start
// nor end, and its Note says why.
type Phase struct {
	Stage      Stage
	Start, End int64 // ns since the Unix epoch, 0 if not seen or not over
	Note       string
	Parked     int64 // commands that were held back during it
	MaxPark    int64 // the longest of them, in nanoseconds
	Proof      Proof // what began it
}

// Seen reports whether the phase was seen to begin.
func (p *Phase) Seen() bool { return p.Start != 0 }

// maxProofs bounds the evidence kept of an episode, and of a check.
const maxProofs = 8

// Proof is a piece of evidence.
type Proof = topology.Proof

// Episode is a handover of the primary role, or the attempt.
type Episode struct {
	Serial       int // numbers the episodes of a Tracker in the order in which they came to light
	Kind         Kind
	From, To     netip.AddrPort // the old primary and the new one; zero if not known
	Outcome      Outcome
	Confidence   Confidence
	Alternatives []string // what it could be instead
	Proofs       []Proof
	Start, End   int64 // ns since the Unix epoch; End is that of the last sign of it while it is unfinished
	Checks       [Checks]Check

	phases  [stages]Phase
	timeout int64 // of FAILOVER, in nanoseconds; 0 if none or not seen
	force   bool
	ordered bool  // the command that began it was seen
	said    bool  // the old primary said so in INFO
	linked  bool  // the link from the old primary to the new one was seen
	over    int64 // when it was decided, 0 if it was not
	overIn  int32 // the capture in which that was seen
	byLink  bool  // and that by the end of the link
	assumed bool  // that it is done is assumed, as nothing more was seen
	guessed bool  // that it was given up is inferred, and may be taken back
	blind   bool  // something of the link was lost
	done    Proof // what shows that To is the primary, while the answer to PSYNC is awaited
	account account
	told    int64 // when the last change was told
	size    int64 // what was told
}

// inView reports whether the link from the old primary to the new one is seen, so
// that its answer will show when it is over.
func (ep *Episode) inView() bool { return ep.linked && !ep.blind }

// Phases returns the phases that were seen, or should have been, in their order. Signs
// of them may come late or contradict each other: each begins where the one before it
// ended at the earliest, and none lies outside of the episode.
func (ep *Episode) Phases() []Phase {
	var out []Phase
	from := ep.Start
	for i := range ep.phases {
		p := ep.phases[i]
		if !p.Seen() {
			if p.Note != "" && !(ep.Outcome == Aborted && p.Stage == InProgress) {
				out = append(out, p)
			}
			continue
		}
		to := max(ep.End, from)
		if ep.over != 0 && p.Stage != Reconfigure {
			to = max(ep.over, from)
		}
		p.Start = min(max(p.Start, from), to)
		if p.End != 0 {
			p.End = min(max(p.End, p.Start), to)
			from = p.End
		} else {
			from = p.Start
		}
		out = append(out, p)
	}
	return out
}

// Phase returns one phase.
func (ep *Episode) Phase(s Stage) *Phase { return &ep.phases[s] }

// Linked reports whether the old primary's link to the new one was seen.
func (ep *Episode) Linked() bool { return ep.linked }

// Ordered reports whether the command that began the episode was seen.
func (ep *Episode) Ordered() bool { return ep.ordered }

// Over returns when the episode was decided, 0 if it was not.
func (ep *Episode) Over() int64 { return ep.over }

func (ep *Episode) prove(p Proof) {
	if ep.over == 0 {
		ep.End = max(ep.End, p.At)
	}
	if len(ep.Proofs) < maxProofs && !slices.Contains(ep.Proofs, p) {
		ep.Proofs = append(ep.Proofs, p)
	}
}

// begin begins a phase if it has not begun.
func (ep *Episode) begin(s Stage, at int64, why Proof) {
	if p := &ep.phases[s]; !p.Seen() {
		p.Stage, p.Start, p.Proof, p.Note = s, at, why, ""
		if s == InProgress {
			ep.finish(WaitingForSync, at)
		}
	}
}

// finish ends a phase that has begun.
func (ep *Episode) finish(s Stage, at int64) {
	if p := &ep.phases[s]; p.Seen() && p.End == 0 {
		p.End = max(at, p.Start)
	}
}

// missing notes that a phase was not seen.
func (ep *Episode) missing(s Stage, note string) {
	if p := &ep.phases[s]; !p.Seen() {
		p.Stage, p.Note = s, note
	}
}

// alternative names what the episode could be instead.
func (ep *Episode) alternative(text string) {
	for _, a := range ep.Alternatives {
		if a == text {
			return
		}
	}
	ep.Alternatives = append(ep.Alternatives, text)
}
