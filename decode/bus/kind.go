package bus

// Type is what a message is about.
type Type uint8

// Types of messages.
const (
	_ Type = iota
	Ping
	Pong
	Meet
	Fail
	Publish
	AuthRequest // a replica asks for votes
	AuthAck     // a primary votes for it
	Update      // who serves the slots of a node that does not know
	ManualStart // a replica asks its primary to pause, and to hand over
	Module
	PublishShard
	types
)

// String returns the name of the type as reports show it.
func (t Type) String() string {
	switch t {
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	case Meet:
		return "meet"
	case Fail:
		return "fail"
	case Publish:
		return "publish"
	case AuthRequest:
		return "failover-auth-request"
	case AuthAck:
		return "failover-auth-ack"
	case Update:
		return "update"
	case ManualStart:
		return "mfstart"
	case Module:
		return "module"
	case PublishShard:
		return "publishshard"
	}
	return "invalid"
}

// gossips reports whether messages of the type are heartbeats, which carry gossip.
func (t Type) gossips() bool { return t == Ping || t == Pong || t == Meet }

// Flags are what a node is, or is held to be (CLUSTER_NODE_ of cluster_legacy.h).
type Flags uint16

// Flags that say something of a node. The others say what it can do.
const (
	Primary    Flags = 1 << 0
	Replica    Flags = 1 << 1
	PFail      Flags = 1 << 2 // the speaker cannot reach it
	Failed     Flags = 1 << 3 // a majority of the primaries cannot
	Handshake  Flags = 1 << 5
	NoAddress  Flags = 1 << 6
	NoFailover Flags = 1 << 9 // a replica that is not to be promoted

	Known = Primary | Replica | PFail | Failed | Handshake | NoAddress | NoFailover
)

// Words returns the flags as words, but for the role.
func (f Flags) Words() []string {
	var words []string
	for _, w := range [...]struct {
		flag Flags
		word string
	}{
		{PFail, "pfail"}, {Failed, "fail"}, {Handshake, "handshake"}, {NoAddress, "noaddr"}, {NoFailover, "nofailover"},
	} {
		if f&w.flag != 0 {
			words = append(words, w.word)
		}
	}
	return words
}

// Marks are flags of a message rather than of a node (CLUSTERMSG_FLAG0_ of
// cluster_legacy.h).
type Marks uint8

// Marks that say something of a failover.
const (
	Paused Marks = 1 << 0 // the sender holds back writes and is about to hand over
	Forced Marks = 1 << 1 // AuthRequest: vote although the primary is well; a failover by hand
)
