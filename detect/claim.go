package detect

// The types below say the same as those of the same names in decode/view, where
// their fields are described; detect depends on nothing that reads packets.

// Claim is what a message says about one server.
type Claim struct {
	Source               string
	Self                 bool
	Host                 string
	Port                 uint16
	BusPort              uint16
	Hostname             string
	ID                   string
	Shard                string
	Role                 string
	PrimaryHost          string
	PrimaryPort          uint16
	PrimaryID            string
	Link                 string
	Failover             string
	Software             string
	Version              string
	Mode                 string
	ReplID, ReplID2      string
	Offset               int64
	Epoch                uint64
	Slots                [][2]uint16
	Migrating, Importing []uint16
	Flags                []string
	Group                string
}

// Order is a command that changes who is primary or who serves what, with its
// answer.
type Order struct {
	Verb         string
	Host         string
	Port         uint16
	ID           string
	Slot         int16
	State        string
	Timeout      int64 // ms
	NoOne        bool
	Force        bool
	Take         bool
	Abort        bool
	Text         string
	Answer, Line string
}

// Sync is a step of a replica that asks to replicate.
type Sync struct {
	Request      string
	ReplID       string
	Offset       int64
	Failover     bool
	Port         uint16
	Host         string
	Version      string
	Answer, Line string
	NewID        string
	NewOffset    int64
}
