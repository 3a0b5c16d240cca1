package keep

import "bytes"

// class says what the reply to a command is, and so what may be seen of it.
type class uint8

const (
	_            class = iota
	classData          // values
	classSecret        // credentials, perhaps
	classInfo          // INFO: a text in sections
	classRole          // ROLE
	classHello         // HELLO
	classText          // CLUSTER NODES, INFO, ...
	classTree          // CLUSTER SLOTS, SHARDS, ...
	classNodes         // SENTINEL MASTERS, ...
	classAddress       // SENTINEL GET-MASTER-ADDR-BY-NAME
	classOrder         // a line that says whether an order was taken
)

// answer returns the class of the reply to the command.
func (r *request) answer() class {
	switch r.op {
	case opInfo:
		return classInfo
	case opRole:
		return classRole
	case opHello:
		return classHello
	case opOrder:
		return classOrder
	case opClient:
		if r.sub == subOrder {
			return classOrder
		}
	case opCluster:
		switch r.sub {
		case subText:
			return classText
		case subTree:
			return classTree
		case subOrder:
			return classOrder
		}
	case opSentinel:
		switch r.sub {
		case subMasters:
			return classNodes
		case subAddress:
			return classAddress
		case subTree:
			return classTree
		case subOrder:
			return classOrder
		}
		return classSecret
	case opSecret, opAuth, opMigrate:
		return classSecret
	}
	if r.hidden || !r.known {
		return classSecret
	}
	return classData
}

// fits reports whether a reply whose first string starts with head is one of its
// class. A reply that was paired wrongly, or a command that was renamed to a name
// of another, thus shows nothing.
func (c class) fits(head []byte) bool {
	switch c {
	case classInfo:
		return isSection(bytes.TrimPrefix(head, []byte("txt:")))
	case classRole:
		return isOneOf(head, "master", "slave", "primary", "replica", "sentinel")
	case classHello:
		return isOneOf(head, "server")
	case classText:
		head = bytes.TrimPrefix(head, []byte("txt:"))
		return isID(head) || bytes.HasPrefix(head, []byte("cluster_"))
	case classTree:
		return isID(head) || isOneOf(head, "slots", "direction")
	case classNodes:
		return isOneOf(head, "name")
	case classAddress:
		return isHost(head)
	}
	return false
}

// isText reports whether the reply is one text, which tells by its first bytes what
// it is.
func (c class) isText() bool { return c == classInfo || c == classText }

func isOneOf(b []byte, words ...string) bool {
	for _, w := range words {
		if string(b) == w {
			return true
		}
	}
	return false
}

// isSection reports whether b starts like the text of INFO: "# Server", CRLF.
func isSection(b []byte) bool {
	if !bytes.HasPrefix(b, []byte("# ")) {
		return false
	}
	n := 2
	for n < len(b) && (isLetter(b[n]) || b[n] == '_') {
		n++
	}
	return n > 2 && bytes.HasPrefix(b[n:], []byte("\r\n"))
}

// idLen is the length of the ID of a node (CLUSTER_NAMELEN in cluster.h).
const idLen = 40

// isID reports whether b starts with the ID of a node: 40 hexadecimal digits.
func isID(b []byte) bool {
	if len(b) < idLen {
		return false
	}
	for _, c := range b[:idLen] {
		if !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(b) == idLen || b[idLen] == ' '
}

func isHost(b []byte) bool {
	for _, c := range b {
		if !isLetter(c) && !isDigit(c) && c != '.' && c != ':' && c != '-' {
			return false
		}
	}
	return len(b) > 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
