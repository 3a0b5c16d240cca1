package keep

import (
	"bytes"
	"strconv"

	"ricochet/decode/view"
)

// action says what becomes of a stretch of bytes.
type action uint8

const (
	_    action = iota
	show        // they are written as they are
	mask        // a value: filler that tells it from others takes their place
	hide        // a credential, or part of a reply: blanks take their place
	edit        // what was prepared takes their place
)

// maxName is the longest name of a command in bytes, as in package decode.
const maxName = 64

// request decides what is seen of a command, argument by argument.
type request struct {
	spec
	argc     int64
	sub      subcommand
	hidden   bool  // whatever follows may be a credential
	keysLeft int64 // keys still expected after numkeys or STREAMS
	streams  bool  // the word STREAMS was seen
	hello    helloPart
	greeting bool // of a sentinel, published
	ack      bool // REPLCONF ACK or GETACK
	off      bool // CLIENT REPLY

	keepValues bool
}

// helloPart is what the next argument of HELLO is.
type helloPart uint8

const (
	helloWord helloPart = iota
	helloUser
	helloPassword
	helloName
)

// begin starts a command of so many arguments, its name among them.
func (r *request) begin(argc int64) { *r = request{argc: argc, keepValues: r.keepValues} }

// early returns what becomes of the argument at position i, the name being 0, if
// that is known before the argument is; else 0.
func (r *request) early(i int64) action {
	switch {
	case r.hidden:
		return hide
	case i == 0:
		return 0
	case r.isKey(i):
		return show
	}
	switch r.op {
	case opAuth: // [user] password
		if i == 1 && r.argc == 3 {
			return show
		}
		return hide
	case opMigrate:
		// host port key db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key ...]
		if i > 5 {
			return hide
		}
	case opControl, opOrder, opSync, opRole, opInfo, opMulti, opExec, opDiscard, opReset, opMonitor:
		return show
	case opReplconf:
		if i > 1 {
			return show
		}
	case opHello:
		if r.hello == helloPassword {
			r.hello = helloWord
			return hide
		}
	}
	return 0
}

// decide returns what becomes of the argument at position i, which has n bytes.
// head are its first ones, up to headLen; with cut set some of those are missing.
func (r *request) decide(i int64, head []byte, n int64, cut bool) action {
	if i == 0 {
		return r.name(head, n, cut)
	}
	a := r.argument(i, head, cut)
	if a == mask && r.keepValues && r.known {
		return show // what ricochet does not know may be AUTH by another name
	}
	return a
}

func (r *request) name(head []byte, n int64, cut bool) action {
	if cut {
		r.hidden = true // it may be the name of anything, AUTH among others
		return mask
	}
	if n > maxName {
		return mask
	}
	var upper [maxName]byte
	for i, b := range head {
		upper[i] = capital(b)
	}
	if r.spec = lookup(upper[:len(head)]); !r.known {
		return mask
	}
	return show
}

func (r *request) argument(i int64, head []byte, cut bool) action {
	switch {
	case i == 1 && r.contains():
		return r.subcommand(head, cut)
	case r.numkeys > 0:
		return r.numbered(i, head)
	}
	switch r.op {
	case opStreams, opGroupStreams:
		return r.afterStreams(i, head)
	case opHello:
		return r.helloArgument(i, head, cut)
	case opSubscribe:
		if view.Listens(head) && !cut {
			return show
		}
	case opPublish:
		if i == 1 && !cut {
			r.greeting = string(head) == view.Greeting
		}
		if r.greeting {
			return show
		}
	case opReplconf:
		r.ack = bytes.EqualFold(head, []byte("ACK")) || bytes.EqualFold(head, []byte("GETACK"))
		return show
	case opSecret:
		return hide
	case opSentinel:
		if r.sub.credentials() {
			return hide
		}
		return show
	case opCluster:
		if r.sub != 0 {
			return show
		}
	case opClient:
		switch r.sub {
		case subSetName, subSetInfo, subCapa, subReply, subOrder:
			return show
		}
	}
	return mask
}

// isKey reports whether the position i is one that always holds a key.
func (r *request) isKey(i int64) bool {
	if r.first == 0 {
		return false
	}
	last := int64(r.last)
	if last < 0 {
		last += r.argc
	}
	return i >= int64(r.first) && i <= last && (i-int64(r.first))%int64(r.step) == 0
}

// contains reports whether the first argument is a subcommand.
func (r *request) contains() bool {
	switch r.op {
	case opContainer, opSecret, opSentinel, opClient, opCluster:
		return true
	}
	return false
}

// subcommand takes the subcommand, which is shown if it is known.
func (r *request) subcommand(head []byte, cut bool) action {
	var upper [headLen]byte
	n := copy(upper[:], head)
	for i := range upper[:n] {
		upper[i] = capital(upper[i])
	}
	if !cut {
		r.sub = subcommandOf(r.op, upper[:n])
	}
	switch {
	case r.sub != 0:
		r.off = r.sub == subReply
		return show
	case r.op == opSecret || r.op == opSentinel:
		r.hidden = true
		return hide
	}
	return mask
}

// numbered takes an argument of a command that tells the number of its keys.
func (r *request) numbered(i int64, head []byte) action {
	switch {
	case i == int64(r.numkeys):
		n, err := strconv.ParseInt(string(head), 10, 32)
		if r.keysLeft = n; err == nil {
			return show
		}
	case i > int64(r.numkeys) && r.keysLeft > 0:
		r.keysLeft--
		return show
	}
	return mask
}

// afterStreams takes an argument of XREAD or XREADGROUP. After the word STREAMS
// come keys, then as many IDs. The names of a group and of a consumer may be
// that word, too; they come first, after GROUP.
func (r *request) afterStreams(i int64, head []byte) action {
	switch {
	case r.keysLeft > 0:
		r.keysLeft--
		return show
	case !r.streams && !(r.op == opGroupStreams && i <= 3) && bytes.EqualFold(head, []byte("STREAMS")):
		r.streams, r.keysLeft = true, (r.argc-i-1)/2
		return show
	}
	return mask
}

// helloArgument takes an argument of HELLO [version [AUTH user password]
// [SETNAME name]], other than the password.
func (r *request) helloArgument(i int64, head []byte, cut bool) action {
	if i == 1 && len(head) == 1 {
		return show
	}
	part := r.hello
	r.hello = helloWord
	switch {
	case part == helloUser:
		r.hello = helloPassword
		return show
	case part == helloName:
		return show
	case cut:
		r.hidden = true
		return hide
	case bytes.EqualFold(head, []byte("AUTH")):
		r.hello = helloUser
		return show
	case bytes.EqualFold(head, []byte("SETNAME")):
		r.hello = helloName
		return show
	}
	return mask
}
