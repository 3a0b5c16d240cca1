package detect

// Rule names what a finding is an instance of. The names are part of the output
// contract.
type Rule string

// Rules over chains. A bounced chain belongs to exactly one of the first three:
// SelfRedirect if it never left the node, else UnreachableTarget if a target
// was seen to refuse or not to answer, else Bounce.
const (
	Bounce            Rule = "bounce"
	SelfRedirect      Rule = "self-redirect"
	UnreachableTarget Rule = "unreachable-target"
	LongChain         Rule = "long-chain"
	ReadonlyLoop      Rule = "readonly-loop"
)

// Rules over nodes. DualPrimary: two nodes of one group take writes.
// FailoverViolation: servers did not keep what they promise for a failover.
const (
	DualPrimary       Rule = "dual-primary"
	FailoverViolation Rule = "failover-violation"
)

// Rules returns all rules, in the order of the documentation.
func Rules() []Rule {
	return []Rule{Bounce, SelfRedirect, UnreachableTarget, LongChain, DualPrimary, FailoverViolation, ReadonlyLoop}
}

// Severity says how much a finding matters to the clients.
type Severity string

// Severities, least first: nothing was felt, commands were late, commands were
// not served.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)
