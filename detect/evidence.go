// Package detect holds the words that the detectors share: the evidence that
// goes in and the findings that come out. The detectors themselves, in the
// packages below this one, are deterministic state machines: the same evidence
// in the same order always gives the same findings. They know no packets, no
// files, no clock and no goroutine; time is the time of the packets.
package detect

import "net/netip"

// Kind says what a piece of evidence is about.
type Kind uint8

// Kinds of evidence. The zero value is invalid.
const (
	_ Kind = iota
	// Sent: a client sent a command. Ordinal, Command, Asking and Busy are set.
	Sent
	// Replied: the reply to the command with the same Conn and Ordinal came.
	// Ordinal 0 means that the reply could not be paired with a command.
	Replied
	// Opening: a client asked for a connection (SYN).
	Opening
	// Accepted: the server accepted a connection (SYN-ACK).
	Accepted
	// Refused: the server answered a connection request with a reset.
	Refused
	// Closed: the connection ended, in order or by a reset. Commands without a
	// reply will not get one.
	Closed
	// Blind: on this connection commands or replies were lost, so that what was
	// outstanding can no longer be paired.
	Blind
	// Behind: something on this connection is late or lost, and what follows it
	// is not seen before Caught.
	Behind
	// Caught: all that is going to be seen of the connection up to here was.
	Caught
	// Speaks: the connection was found to speak RESP; its server is a node.
	Speaks
	// Claimed: the server of this connection, or its client if Detail.FromClient,
	// said who is what: Detail.Claims.
	Claimed
	// Ordered: a command that changes roles was answered: Detail.Order. Since is
	// when it was sent.
	Ordered
	// Synced: the client side of this connection took a step towards replicating
	// from the server, or the server answered one: Detail.Sync.
	Synced
)

// Reply says what a reply means for the command it answers.
type Reply uint8

// Replies. Redirects are replies that name another node.
const (
	_        Reply = iota
	Served         // the command was carried out, or queued in a transaction
	Failed         // any error that is not a redirect
	Redirect       // -REDIRECT host:port
	Moved          // -MOVED slot host:port
	Ask            // -ASK slot host:port
)

// IsRedirect reports whether the reply names another node.
func (r Reply) IsRedirect() bool { return r >= Redirect }

// String returns the word that servers use on the wire.
func (r Reply) String() string {
	switch r {
	case Served:
		return "OK"
	case Failed:
		return "ERR"
	case Redirect:
		return "REDIRECT"
	case Moved:
		return "MOVED"
	case Ask:
		return "ASK"
	}
	return "invalid"
}

// Capability says whether a client announced that it follows -REDIRECT.
type Capability uint8

// A connection that was joined after its start leaves the question open.
const (
	CapaUnknown Capability = iota
	CapaNo
	CapaYes
)

// Conn describes one connection. It is never changed once evidence carries it:
// when a fact changes, later evidence carries a new Conn with the same ID.
type Conn struct {
	// ID is the same for all evidence of one connection, and grows in the order
	// in which connections were first seen.
	ID uint64
	// Client and Server are the two ends; the server is who answers commands.
	Client, Server netip.AddrPort
	// Opened is the time of the connection's SYN in nanoseconds since the Unix
	// epoch, 0 if the capture began later than the connection.
	Opened  int64
	Name    string // CLIENT SETNAME, escaped
	Who     uint64 // what WhoIs makes of Name
	Library string // CLIENT SETINFO LIB-NAME and LIB-VER, escaped
	User    string // AUTH, HELLO AUTH; never a password
	Capa    Capability
	Proto   uint8 // 2 or 3
	// ReadOnly: READONLY is in force, so that replicas serve reads.
	ReadOnly bool
}

// WhoIs makes a number of a client's name, to be compared: FNV-1a, and 0 of none.
func WhoIs(name string) uint64 {
	if name == "" {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return max(h, 1)
}

// Span is a stretch of time, both ends in nanoseconds since the Unix epoch.
type Span struct{ From, To int64 }

// Meets reports whether the two stretches have an inner point in common.
func (s Span) Meets(o Span) bool { return s.From < o.To && o.From < s.To }

// Place says in which packet something was seen.
type Place struct {
	At      int64 // nanoseconds since the Unix epoch
	Packet  int64 // number of the packet in its capture, from 1
	Capture int32 // index of the capture
}

// Evidence is one thing that was seen on the wire. It holds no pointers into
// packets or buffers.
type Evidence struct {
	Place
	// Rank is the position, among all packets, of the packet that brought the
	// evidence to light; it orders what was found concurrently.
	Rank  uint64
	Kind  Kind
	Reply Reply
	// Asking: the command came after ASKING.
	Asking bool
	// Write: the command changes data.
	Write bool
	// Keyed: the command names keys. Set with replies.
	Keyed bool
	// Blocking: the command may wait for others on purpose (BLPOP, XREAD, WAIT).
	// Set with replies that are redirects or errors, or that took 5 ms or longer.
	Blocking bool
	// Control: the command is about its connection (MULTI, ASKING, HELLO, ...)
	// and says nothing of what the client does next.
	Control bool
	// Slot is the slot named by MOVED and ASK, -1 if none.
	Slot int16
	// SentIn is the capture in which the command of a Replied was seen.
	SentIn int32
	Conn   *Conn
	// Ordinal numbers the commands of a connection from 1.
	Ordinal uint64
	// Command is the fingerprint of the command: equal fingerprints mean same
	// name, same number and lengths of arguments, same first bytes of each. 0
	// is unknown.
	Command uint64
	// Transaction numbers the MULTI that the command is part of on its
	// connection, 0 if it is part of none.
	Transaction uint32
	// Since is when the command of a Replied was sent, 0 if unknown.
	Since int64
	// Busy holds the last stretches before a Sent in which something was
	// outstanding on the connection, the latest first; zero where there was none.
	Busy [2]Span
	// Detail holds what only redirects, errors and the kinds from Claimed on
	// have. It is not nil for these.
	Detail *Detail
}

// Detail is what is known of a reply that is a redirect or an error, or of a
// replica that announced itself. It is not changed once evidence carries it.
type Detail struct {
	// Text is the command as it may be shown: name and keys, escaped. Set for
	// redirects and errors only.
	Text string
	// Target is the address named by a redirect, as sent, escaped.
	Target string
	// Word is the first word of an error.
	Word string
	// Line is the reply line without its '-', escaped. Set with redirects only.
	Line string
	// Peer is the service address announced by a replica. Set with
	// Synced, if it announced a port.
	Peer netip.AddrPort
	// Claims, Order and Sync are set with Claimed, Ordered and Synced.
	Claims []Claim
	Order  *Order
	Sync   *Sync
	// Bus is the type of the cluster bus message that made the claims, if any.
	Bus string
	// FromClient says that the client side of the connection made the claims.
	FromClient bool
}
