package keep

import (
	"bytes"
	"strconv"

	"ricochet/decode/view"
)

// answer decides what is seen of a message from the server, element by element.
type answer struct {
	open      bool // the message has begun
	paired    bool // class is that of its command
	class     class
	verdict   action // show or hide; 0 until the first string of the reply tells
	kind      byte   // of the reply proper, behind an attribute
	n         int64  // elements of an aggregate
	attribute bool   // inside an attribute of the whole message
	word      pushWord
	sentinel  bool // a message on a channel that may be one of sentinels
	command   bool // it is a command of a primary to its replica
}

// pushWord says what an array is that starts with a word of its own.
type pushWord uint8

const (
	_           pushWord = iota
	wordMessage          // channel, payload
	wordPattern          // pattern, channel, payload
	wordConfirm          // channel, number of subscriptions
	wordOther            // a push whose arguments are not seen
	wordAck              // REPLCONF ACK offset, of a replica that was taken for the server
)

// reply takes the kind of the next element at depth 0.
func (s *session) reply(kind byte) {
	a := &s.rep
	if a.open {
		a.kind, a.attribute = kind, false
		return
	}
	*a = answer{open: true, kind: kind, attribute: kind == '|'}
	if w := s.queue.front(); kind == '*' && w != nil && w.want > 0 {
		s.confirmed(kind)
	}
	if kind != '>' {
		a.class = s.pair()
		if s.refusal && kind == '-' {
			a.class = classOrder
		}
		a.paired = a.class != 0
	}
	s.refusal = false
	switch {
	case !a.paired, a.class == classSecret, a.attribute:
		a.verdict = hide
	case a.class == classData, a.class == classOrder:
		a.verdict = hide
		if s.m.keepValues && s.trusted() {
			a.verdict = show
		}
	}
}

// replied ends a message.
func (s *session) replied() { s.rep.open = false }

// aggregate takes the number of elements of an aggregate.
func (a *answer) aggregate(p *scanner, n int64) {
	if len(p.stack) > 0 {
		return
	}
	a.n = n
	if a.class == classAddress && n != 2 {
		a.verdict = hide
	}
}

// withheld reports whether the element at hand is part of what a reply says beside
// what is seen of it: HELLO lists modules with their arguments (networking.c,
// helloCommand).
func (a *answer) withheld(p *scanner) bool { return a.class == classHello && len(p.stack) > 1 }

// wordAction returns what becomes of a number, a boolean or a null.
func (a *answer) wordAction(p *scanner) action {
	switch {
	case a.withheld(p):
		return hide
	case a.verdict == show:
		return show
	case a.word == wordConfirm && len(p.stack) == 1 && p.index() == 2:
		return show
	case a.verdict == 0 && a.class == classTree && p.kind == ':' && len(p.stack) > 0:
		a.verdict = show // the first slot of CLUSTER SLOTS
		return show
	}
	return hide
}

// early returns what becomes of a string, or how many bytes of it tell.
func (a *answer) early(p *scanner) (action, int) {
	i, top := p.index(), len(p.stack) == 1 && !a.attribute
	switch {
	case a.command && top && p.kind == '$':
		if act := p.req.early(i); act != 0 {
			return act, 0
		}
		return 0, headLen
	case p.kind == '!':
		return 0, maxLine
	case a.withheld(p):
		return hide, 0
	case a.class == classAddress && a.verdict != hide:
		return 0, headLen
	case a.verdict == show && a.word == 0:
		return show, 0
	case top && i == 0 && (a.kind == '*' || a.kind == '>') && p.kind == '$':
		return 0, headLen
	case top && a.word != 0:
		return a.earlyPush(i)
	case a.verdict == 0:
		return 0, headLen
	case p.kind == '=':
		return 0, len("txt:")
	}
	return hide, 0
}

// earlyPush is early for the arguments of a push.
func (a *answer) earlyPush(i int64) (action, int) {
	payload := int64(2)
	if a.word == wordPattern {
		payload = 3
	}
	switch {
	case a.word == wordOther:
	case a.word == wordAck, i == payload-1:
		return 0, headLen
	case a.sentinel && i == payload:
		return 0, view.MaxPayload
	}
	if a.verdict == show {
		return show, 0
	}
	return hide, 0
}

// bulk returns what becomes of a string of which head are the first bytes. With
// cut set some of those early asked for are missing.
func (a *answer) bulk(p *scanner, head []byte, cut bool) action {
	i, top := p.index(), len(p.stack) == 1 && !a.attribute
	switch {
	case a.command && top && p.kind == '$':
		return p.argument(head, cut)
	case p.kind == '!':
		if p.s.m.out = a.errorText(p, head, !cut && p.n <= maxLine); len(p.s.m.out) > 0 {
			return edit
		}
		return hide
	case cut && (top || !a.class.isText()):
		return hide
	case top && i == 0:
		if act := a.firstWord(p, head); act != 0 {
			return act
		}
	case top && a.word == wordAck:
		if i == 1 && isOneOf(head, "ACK") || i == 2 && isNumber(head) {
			return show
		}
		return hide
	case top && a.word != 0 && a.sentinel:
		return a.message(p, head)
	case top && a.word != 0: // a channel
		if a.sentinel = view.Listens(head); a.sentinel {
			p.s.channel = append(p.s.channel[:0], head...)
		}
		if a.sentinel || a.verdict == show {
			return show
		}
		return hide
	case a.class == classAddress && a.verdict != hide:
		if !a.address(p, i, head) {
			a.verdict = hide
		}
	}
	if a.verdict == 0 {
		a.verdict = hide
		if a.class.fits(head) {
			a.verdict = show
		}
	}
	if a.verdict == show {
		return show
	}
	if p.kind == '=' && isOneOf(head, "txt:", "mkd:") {
		p.s.m.out = append(p.s.m.scratch[:0], head...)
		return edit
	}
	return hide
}

// firstWord takes the first string of an array, which may say that it is no
// reply.
func (a *answer) firstWord(p *scanner, head []byte) action {
	if a.kind != '*' && a.kind != '>' {
		return 0
	}
	if w := pushWordOf(head, a.n, a.kind == '>'); w != 0 {
		if w == wordConfirm && a.kind == '>' {
			p.s.confirmed('>')
		}
		if !a.paired {
			if a.word = w; p.s.m.keepValues && p.s.subscribed {
				a.verdict = show
			}
		}
		return show
	}
	if a.kind == '*' && p.s.mayBeWrites(a) && isWrite(head, a.n) {
		a.command = true
		p.req.begin(a.n)
		return p.argument(head, false)
	}
	if a.kind == '*' && a.n == 3 && !p.s.certain && string(head) == "REPLCONF" {
		a.word = wordAck
		return show
	}
	return 0
}

// mayBeWrites reports whether the connection may be a replication link that was
// joined: its client sent no command yet, but for what replicas send.
func (s *session) mayBeWrites(a *answer) bool {
	return !a.paired && !s.certain && s.commands == 0
}

// isWrite reports whether an array of n strings that starts with a word may be a
// command that a primary sends to its replica.
func isWrite(head []byte, n int64) bool {
	var upper [headLen]byte
	k := copy(upper[:], head)
	for i := range upper[:k] {
		upper[i] = capital(upper[i])
	}
	return n > 0 && lookup(upper[:k]).known
}

func pushWordOf(head []byte, n int64, push bool) pushWord {
	switch string(head) {
	case "message", "smessage":
		if n == 3 {
			return wordMessage
		}
	case "pmessage":
		if n == 4 {
			return wordPattern
		}
	case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe":
		if n == 3 {
			return wordConfirm
		}
	case "invalidate", "tracking-redir-broken":
		if push {
			return wordOther
		}
	}
	return 0
}

// text returns what is seen of a simple string or error; whole says that line is
// all of it. The result is line itself if that is.
func (a *answer) text(p *scanner, line []byte, whole bool) []byte {
	if p.kind == '-' {
		return a.errorText(p, line, whole)
	}
	if a.verdict == show && !a.withheld(p) || whole && (isOneOf(line, "OK", "QUEUED", "PONG", "RESET") || a.answersOrder(p, line)) {
		return line
	}
	out := blanks(p.s.m.scratch[:0], len(line))
	switch {
	case !a.paired && isMonitorLine(line):
		copy(out, line[:monitorTime])
	case len(line) == idLen:
		out[0] = notInID
	}
	return out
}

// monitorTime is how many bytes at the start of a line of MONITOR are the time
// it shows, cut where package decode stops looking: ten digits, a point, five
// digits (replication.c, replicationFeedMonitors).
const monitorTime = 16

func isMonitorLine(line []byte) bool {
	if len(line) < monitorTime {
		return false
	}
	for i, b := range line[:monitorTime] {
		if i == 10 && b != '.' || i != 10 && !isDigit(b) {
			return false
		}
	}
	return true
}

// maxErrorWord is the longest first word of an error that is one of the codes
// that servers put there; decode.maxErrorWord.
const maxErrorWord = 32

// errorText returns what is seen of an error: all of a redirect, else the code at
// its start.
func (a *answer) errorText(p *scanner, line []byte, whole bool) []byte {
	if a.verdict == show && !a.withheld(p) || whole && (isRedirect(line) || a.answersOrder(p, line)) {
		return line
	}
	out := blanks(p.s.m.scratch[:0], len(line))
	word, _, more := bytes.Cut(line, []byte(" "))
	if !more && !whole || !isErrorWord(word) || !p.s.certain && !isErrorCode(word) {
		return out
	}
	n := copy(out, word)
	if more {
		out[n] = ' '
	}
	return out
}

// isErrorWord reports whether a word looks like the code that servers put in
// front of an error, or scripts.
func isErrorWord(word []byte) bool {
	for _, b := range word {
		if (b < 'A' || b > 'Z') && !isDigit(b) && b != '_' {
			return false
		}
	}
	return len(word) > 0 && len(word) <= maxErrorWord
}

// isErrorCode reports whether a word is a code that servers are known to put in
// front of an error. Where the start of a reply had to be guessed, another word
// may be a part of a value.
func isErrorCode(word []byte) bool {
	switch string(word) {
	case "ASK", "BUSY", "BUSYGROUP", "BUSYKEY", "CLUSTERDOWN", "CROSSSLOT", "DENIED", "ERR", "EXECABORT", "FAILOVER",
		"INPROG", "INVALIDOBJ", "IOERR", "LOADING", "MASTERDOWN", "MISCONF", "MOVED", "NOADDR", "NOAUTH", "NOGOODSLAVE",
		"NOGROUP", "NOMASTERLINK", "NOPERM", "NOPROTO", "NOQUORUM", "NOREPLICAS", "NOSCRIPT", "NOTBUSY", "NOTREADY", "OOM",
		"READONLY", "REDIRECT", "SYNTAX", "TRYAGAIN", "UNBLOCKED", "UNKILLABLE", "WRONGPASS", "WRONGTYPE":
		return true
	}
	return false
}

// isRedirect reports whether an error has the form of a redirect: REDIRECT and an
// address, or MOVED or ASK, a slot and an address.
func isRedirect(line []byte) bool {
	word, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(word) {
	case "REDIRECT":
	case "MOVED", "ASK":
		slot, address, ok := bytes.Cut(rest, []byte(" "))
		if _, err := strconv.ParseUint(string(slot), 10, 14); !ok || err != nil { // 16384 slots
			return false
		}
		rest = address
	default:
		return false
	}
	colon := bytes.LastIndexByte(rest, ':')
	if colon < 0 || bytes.IndexByte(rest, ' ') >= 0 {
		return false
	}
	_, err := strconv.ParseUint(string(rest[colon+1:]), 10, 16)
	return err == nil
}
