package report

// Activity says how traffic was spread over time, for charts. It is worked out only
// when asked for. Time is cut into bins of equal length, counted from 0.
type Activity struct {
	Start string  `json:"start"`  // of the first bin; empty if nothing was seen
	BinMS float64 `json:"bin_ms"` // how long a bin is, in milliseconds
	// Commands, Redirects, Bounces and Errors have an entry a bin: replies to commands,
	// redirect replies, those of commands that bounced, and errors that are no
	// redirects.
	Commands  []int64 `json:"commands"`
	Redirects []int64 `json:"redirects"`
	Bounces   []int64 `json:"bounces"`
	Errors    []int64 `json:"errors"`
	// Lanes are the clients, those that bounced first, and then by their commands.
	Lanes []Lane `json:"lanes"`
	// LanesOmitted counts the clients beyond the bound on lanes. What they did is in
	// the sums by bin alone.
	LanesOmitted int64 `json:"lanes_omitted,omitempty"`
}

// Lane is what became of the commands of one client: of the connections of a host that
// say the same name and library, or that say none.
type Lane struct {
	Host        string `json:"host"`
	Name        string `json:"name,omitempty"`
	Library     string `json:"library,omitempty"`
	Connections int64  `json:"connections"`
	Commands    int64  `json:"commands"`
	Redirects   int64  `json:"redirects"`
	Bounced     int64  `json:"bounced"` // commands that bounced
	Runs        []Run  `json:"runs"`    // in the order of time; where there is none, nothing happened
}

// Run is a number of bins in a row in which a lane has one state: the first of them,
// how many they are, and the state.
type Run [3]int64

// States of a lane in a bin. Of several, the highest counts.
const (
	LaneServed     = 1 // commands were served
	LaneRedirected = 2 // commands were redirected, and none of them bounced
	LaneParked     = 3 // a command that waits for nobody waited longer than 100 ms for its reply
	LaneBouncing   = 4 // a command was on its way from node to node and back
	LaneUnserved   = 5 // a command that had been redirected was given up or failed
)
