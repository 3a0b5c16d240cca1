package decode

import (
	"bytes"

	"ricochet/decode/resp"
)

// helloArgs are the arguments of HELLO [version [AUTH user password] [SETNAME
// name]], without the password. They are taken one by one, as only their order
// tells a password from a word.
type helloArgs struct {
	proto uint8 // 0 if none was named
	named bool  // SETNAME was passed
	user  []byte
	name  []byte
	next  helloPart
}

// helloPart is what the next argument of HELLO is.
type helloPart uint8

const (
	helloWord helloPart = iota
	helloUser
	helloPassword
	helloName
	helloHidden // a word was not captured: whatever follows may be a password
)

// begin forgets the arguments of an earlier HELLO.
func (h *helloArgs) begin() { *h = helloArgs{user: h.user[:0], name: h.name[:0]} }

// take takes the argument at position i and reports whether nothing of it, not
// even a fold, may be kept elsewhere.
func (h *helloArgs) take(i int, t *resp.Token) bool {
	if i == 1 && len(t.Head) == 1 {
		if v := t.Head[0]; v == '2' || v == '3' {
			h.proto = v - '0'
		}
		return false
	}
	part := h.next
	h.next = helloWord
	switch part {
	case helloUser:
		h.user = append(h.user[:0], head(t)...)
		h.next = helloPassword
	case helloPassword:
		return true
	case helloName:
		h.name, h.named = append(h.name[:0], head(t)...), true
	case helloHidden:
		h.next = helloHidden
		return true
	case helloWord:
		switch {
		case t.Cut:
			h.next = helloHidden
		case bytes.EqualFold(t.Head, []byte("AUTH")):
			h.next = helloUser
		case bytes.EqualFold(t.Head, []byte("SETNAME")):
			h.next = helloName
		}
	}
	return false
}
