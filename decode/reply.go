package decode

import (
	"bytes"
	"strconv"

	"ricochet/decode/resp"
)

// reply is the reply that is being parsed, as far as it matters to pairing.
type reply struct {
	kind   resp.Kind // of the reply proper, behind an attribute
	n      int64
	attr   bool
	status Status
	word   [32]byte // first word of an error
	wordN  int
	line   [MaxLine]byte // of a redirect
	lineN  int
	slot   int16
	target [2]int   // position of the target in line
	first  [16]byte // first element of an array or push
	firstN int
	last   int64 // the last integer among the top elements, of a confirmation
}

func (r *reply) begin() {
	r.kind, r.attr, r.status, r.wordN, r.lineN, r.firstN, r.last = 0, false, OK, 0, 0, 0, -1
}

// parseError reads the text of an error, '-' excluded. Redirects are told by
// their form, not by their first word alone.
func (r *reply) parseError(text []byte) Status {
	word := text
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		word = text[:i]
	}
	r.wordN = copy(r.word[:], word)
	r.slot = -1
	st, slotted := Error, false
	switch string(word) {
	case "REDIRECT":
		st = Redirect
	case "MOVED":
		st, slotted = Moved, true
	case "ASK":
		st, slotted = Ask, true
	default:
		return Error
	}
	if len(text) > MaxLine {
		return Error
	}
	rest := len(word) + 1
	if rest > len(text) {
		return Error
	}
	if slotted {
		i := bytes.IndexByte(text[rest:], ' ')
		if i < 0 {
			return Error
		}
		n, err := strconv.ParseUint(string(text[rest:rest+i]), 10, 14)
		if err != nil {
			return Error
		}
		r.slot = int16(n)
		rest += i + 1
	}
	target := text[rest:]
	if !bytes.Contains(target, []byte{':'}) || bytes.IndexByte(target, ' ') >= 0 {
		return Error
	}
	r.lineN = copy(r.line[:], text)
	r.target = [2]int{rest, len(text)}
	return st
}

func (r *reply) errorWord() []byte { return r.word[:r.wordN] }

func (r *reply) lineText() string   { return escape(r.line[:r.lineN], MaxLine) }
func (r *reply) targetText() string { return escape(r.line[r.target[0]:r.target[1]], MaxLine) }

// firstIs reports whether the first element of the reply is one of the words.
func (r *reply) firstIs(words ...string) bool {
	for _, w := range words {
		if string(r.first[:r.firstN]) == w {
			return true
		}
	}
	return false
}
