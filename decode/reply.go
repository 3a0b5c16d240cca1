package decode

import (
	"bytes"
	"strconv"

	"ricochet/decode/resp"
)

// reply is the reply that is being parsed, as far as it matters to pairing.
type reply struct {
	kind        resp.Kind // of the reply proper, behind an attribute
	n           int64     // elements of an aggregate
	inAttribute bool
	status      Status
	slot        int16
	line        string                 // of a redirect, escaped
	target      string                 // of a redirect, escaped
	word        [maxErrorWord + 1]byte // first word of an error
	wordN       int
	first       [16]byte // first element of an array or push, or a simple string
	firstN      int
	count       int64 // third element of an array or push if an integer, else -1
	acks        bool  // the second element is the word ACK
}

func (r *reply) begin() {
	r.kind, r.inAttribute, r.status, r.wordN, r.firstN, r.count, r.acks = 0, false, OK, 0, 0, -1, false
}

// readError reads an error and says what it is. One of which the beginning was
// not captured is any error.
func (r *reply) readError(t *resp.Token) Status {
	if t.Cut {
		return Error
	}
	word, rest, _ := bytes.Cut(t.Head, []byte{' '})
	r.wordN = copy(r.word[:], word)
	st := Error
	switch string(word) {
	case "REDIRECT":
		st = Redirect
	case "MOVED":
		st = Moved
	case "ASK":
		st = Ask
	}
	if st == Error || t.N > int64(len(t.Head)) || !r.readRedirect(st, rest) {
		return Error
	}
	r.line, r.target = escape(t.Head, MaxLine), escape(rest[bytes.LastIndexByte(rest, ' ')+1:], MaxLine)
	return st
}

// readRedirect reports whether what follows the first word of an error has the
// form of the redirect that the word announces: an address, before it a slot for
// MOVED and ASK. So an error that merely begins with that word is none.
func (r *reply) readRedirect(st Status, rest []byte) bool {
	r.slot = -1
	if st != Redirect {
		slot, address, ok := bytes.Cut(rest, []byte{' '})
		n, err := strconv.ParseUint(string(slot), 10, 14) // 16384 slots
		if !ok || err != nil {
			return false
		}
		r.slot, rest = int16(n), address
	}
	// The host may be empty, which means the one that answered.
	colon := bytes.LastIndexByte(rest, ':')
	if colon < 0 || bytes.IndexByte(rest, ' ') >= 0 {
		return false
	}
	_, err := strconv.ParseUint(string(rest[colon+1:]), 10, 16)
	return err == nil
}

func (r *reply) errorWord() []byte { return r.word[:r.wordN] }

// firstIs reports whether the first element of the reply is one of the words.
func (r *reply) firstIs(words ...string) bool {
	for _, w := range words {
		if string(r.first[:r.firstN]) == w {
			return true
		}
	}
	return false
}
