package keep

import (
	"bytes"
	"net/netip"

	"ricochet/decode/view"
)

// answersOrder reports whether a line is seen as the answer to an order. Where it is
// not certain which command a reply answers, it is not if it may quote what another
// one said: errors do that, and scripts answer with a status of their own.
func (a *answer) answersOrder(p *scanner, line []byte) bool {
	switch {
	case a.class != classOrder || len(p.stack) > 0:
		return false
	case p.s.certain:
		return true
	case p.kind == '-':
		word, _, _ := bytes.Cut(line, []byte(" "))
		return isErrorCode(word) && !quotes(line)
	}
	return bytes.HasPrefix(line, []byte("OK Already connected to specified ")) // replication.c, replicaofCommand
}

// quotes reports whether a line may quote something: it has a quotation mark other
// than an apostrophe within a word.
func quotes(line []byte) bool {
	for i, c := range line {
		if c == '`' || c == '"' || c == '\'' && (i == 0 || !isLetter(line[i-1])) {
			return true
		}
	}
	return false
}

// address reports whether part i of an address may be seen. Where it is not certain
// that it is one, a host is not unless it is an IP address, and a port not unless it
// is one.
func (a *answer) address(p *scanner, i int64, part []byte) bool {
	switch {
	case p.s.certain:
		return true
	case i == 0:
		_, err := netip.ParseAddr(string(part))
		return err == nil
	}
	return isNumber(part) && len(part) <= len("65535")
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) <= 20 // digits of 64 bits
}

// message returns what becomes of a message on a channel that may be one of
// sentinels: seen is as much as tells the nodes.
func (a *answer) message(p *scanner, b []byte) action {
	const set = "+set" // shows what was configured, passwords among it
	if a.verdict == show && string(p.s.channel) != set {
		return show
	}
	n := 0
	if p.n <= view.MaxPayload {
		n = told(p.s.channel, b)
	}
	p.s.m.out = blanks(append(p.s.m.scratch[:0], b[:n]...), len(b)-n)
	return edit
}

// told returns how much of a message tells the nodes. Behind those an event can
// have any text (sentinel.c, sentinelEvent).
func told(channel, b []byte) int {
	nodes := view.ReadMessage(channel, b)
	if len(nodes) == 0 {
		return 0
	}
	words := 8 // type name ip port @ primary ip port
	switch {
	case nodes[0].Source != view.SourceEvent:
		return len(b)
	case nodes[0].Role == view.Primary:
		words = 4
	}
	for i, c := range b {
		if c == ' ' {
			if words--; words == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}
