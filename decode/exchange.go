// Package decode turns TCP segments into commands with their replies. It owns
// all connection state: reassembly, protocol recognition, pairing. It knows no
// file, no clock and no goroutine: time is the time of the packets.
package decode

import (
	"net/netip"

	"ricochet/decode/stream"
)

// Mark says in which packet something was seen.
type Mark = stream.Mark

// Capability says whether a client announced that it follows -REDIRECT.
type Capability uint8

// A connection that was joined after its start leaves the question open.
const (
	CapaUnknown Capability = iota
	CapaNo
	CapaYes
)

// Conn describes a connection. A Conn is never changed once it was handed out:
// when a fact changes, later events carry a new one with the same ID.
type Conn struct {
	ID             uint64 // rank of the connection's first packet among all packets
	Client, Server netip.AddrPort
	Opened         int64  // time of the SYN, ns since the Unix epoch; 0 if it was not seen
	Name           string // CLIENT SETNAME or HELLO SETNAME, escaped
	Library        string // CLIENT SETINFO, escaped
	User           string // AUTH or HELLO AUTH, escaped; the password is never kept
	Proto          uint8  // RESP version, 2 until HELLO says otherwise
	Capa           Capability
	ReadOnly       bool // READONLY is in force
	Replica        bool // the client side is a replica of the server side
	// ListeningPort is the port at which the client side says that it serves
	// (REPLCONF listening-port), 0 if it does not say.
	ListeningPort uint16
	// Shadow belongs to the Handler: its own form of these facts.
	Shadow any
}

// Status says what a reply means for its command.
type Status uint8

// Statuses of a reply.
const (
	_        Status = iota
	OK              // anything but an error
	Error           // an error that is no redirect
	Redirect        // -REDIRECT host:port
	Moved           // -MOVED slot host:port
	Ask             // -ASK slot host:port
)

// IsRedirect reports whether the reply names another node.
func (s Status) IsRedirect() bool { return s >= Redirect }

// Exchange is one command and, once it came, its reply. It is reused: a Handler
// that keeps one keeps a copy. Its strings stay valid.
type Exchange struct {
	Conn    *Conn
	Ordinal uint64 // of the command on its connection, from 1; 0: the reply could not be paired
	Sent    Mark   // of the command's first byte; Time is 0 if it was not seen
	Got     Mark   // of the reply's first byte
	Name    string // the command's name in capitals, "" if ricochet does not know it; of a container, without its subcommand
	// Fingerprint is equal for commands of the same name, number and lengths of
	// arguments, and first 64 bytes of each; 0 if not known.
	Fingerprint uint64
	Asking      bool   // it came after ASKING
	InMulti     bool   // it is part of a transaction
	Transaction uint32 // which one, numbered on its connection from 1; 0 if InMulti is false
	Control     bool   // it is about the connection: MULTI, EXEC, ASKING, HELLO, CLIENT, ...
	Write       bool   // it changes data
	Keyed       bool   // it names keys; set for Reply
	// Busy are the two latest stretches of time, latest first, in which something
	// was outstanding on the connection before this command. Set for Command.
	Busy   [2]Span
	Status Status // set for Reply, as is what follows
	Slot   int16  // the slot named by MOVED and ASK, else -1
	Text   string // name and keys, escaped; set when the reply is an error
	Target string // the address that a redirect names, escaped
	Line   string // the error line without '-', escaped and cut at MaxLine; set for redirects
	Word   string // first word of an error
}

// Event is what happens to a connection as a whole.
type Event uint8

// Events of a connection.
const (
	_          Event = iota
	Opening          // a connection was asked for, or found in being from its client's side
	Accepted         // the server answered the request, or was found answering
	Refused          // the server refused the request
	Closed           // it ended; what is outstanding stays unanswered
	Lost             // commands or replies were lost: what is outstanding cannot be paired
	Behind           // something is late or lost: what follows it is held
	Caught           // nothing is held any more
	Speaks           // it was found to speak RESP
	Replicates       // the client side asked to be fed as a replica
)

// Handler receives what the decoder finds, in the order in which the packets
// show it. Calls are made from within Table.Segment and Table.Flush.
type Handler interface {
	// Command is called when a whole command was seen.
	Command(x *Exchange)
	// Reply is called when a whole reply was seen.
	Reply(x *Exchange)
	// Event is called when something happens to a connection.
	Event(c *Conn, e Event, m Mark)
	// Told is called when somebody said who is primary and who is replica.
	Told(x *Told)
}

// Span is a stretch of time, both ends in nanoseconds since the Unix epoch.
type Span struct{ From, To int64 }
