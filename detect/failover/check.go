package failover

// CheckID names a promise of FAILOVER that servers with the fix of valkey #821
// keep. The order is that of reports.
type CheckID uint8

// The checks.
const (
	NoRedirectWhileInProgress CheckID = iota
	WritesParkedWhileWaiting
	ParkedClientsRedirected
	BlockedClientsRedirected
	RedirectTargetIsPrimary
	SinglePrimary
	AbortRestoresRoles
	Checks // how many there are
)

// String returns the name used in reports.
func (c CheckID) String() string {
	switch c {
	case NoRedirectWhileInProgress:
		return "no-redirect-while-in-progress"
	case WritesParkedWhileWaiting:
		return "writes-parked-while-waiting"
	case ParkedClientsRedirected:
		return "parked-clients-redirected"
	case BlockedClientsRedirected:
		return "blocked-clients-redirected"
	case RedirectTargetIsPrimary:
		return "redirect-target-is-primary"
	case SinglePrimary:
		return "single-primary"
	case AbortRestoresRoles:
		return "abort-restores-roles"
	}
	return "invalid"
}

// Result says whether a promise was kept.
type Result uint8

// Results. NotPromised says that the server never promised it, or that it is not
// known whether it did.
const (
	NotObserved Result = iota + 1
	Held
	Violated
	NotPromised
)

// String returns the word used in reports.
func (r Result) String() string {
	switch r {
	case Held:
		return "held"
	case Violated:
		return "violated"
	case NotPromised:
		return "not-promised"
	case NotObserved:
		return "not-observed"
	}
	return "invalid"
}

// Check is what was seen of one promise.
type Check struct {
	Result Result
	Count  int64 // replies that broke it if Violated, else those that kept it
	First  int64 // ns since the Unix epoch: of the first and the last of these replies
	Last   int64
	Note   string // why it was not promised or could not be seen
	Proofs []Proof
}
