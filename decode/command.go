package decode

import (
	"bytes"
	"strconv"

	"ricochet/decode/resp"
)

// maxName bounds a command's name, in bytes; longer ones are no commands.
const maxName = 64

// maxArgs and maxArg bound what is kept of the arguments of the commands that
// change how a connection goes on (HELLO, CLIENT, PSYNC, ...).
const (
	maxArgs = 16
	maxArg  = 64
)

// command is the command that is being parsed. It is reused from one command to
// the next and keeps no values: of an argument only its length and a fold of
// its first bytes remain, unless it is a key or an argument of a command that
// changes how the connection goes on.
type command struct {
	spec
	named   bool
	fold    uint64
	argc    int64
	keys    []byte // keys, escaped, separated by blanks
	nkeys   int64  // keys still expected after numkeys; -1 before the number was seen
	streams bool   // the word STREAMS was passed
	arglist [maxArgs][]byte
	args    int
	argbuf  []byte
	nameBuf [maxName]byte
}

func (c *command) begin(argc int64) {
	c.spec = spec{}
	c.named = false
	c.fold, c.argc = mix(mixA, uint64(argc)), argc
	c.keys, c.nkeys, c.streams = c.keys[:0], -1, false
	c.args, c.argbuf = 0, c.argbuf[:0]
}

// arg takes the argument at position i, the name being 0.
func (c *command) arg(i int, t *resp.Token) {
	if i == 0 {
		c.takeName(t)
		return
	}
	if c.special == auth || c.special == secret {
		// Nothing of a credential is kept, not even a fold of it: AUTH's one or
		// two arguments, CONFIG SET requirepass, ACL SETUSER, SENTINEL SET.
		if c.special == auth && i == 1 && c.argc == 3 {
			c.keepArg(t)
		}
		return
	}
	if c.special == hello && c.afterAuth() {
		if c.args == c.authAt()+1 {
			c.keepArg(t) // the user
		} else {
			c.keepEmpty() // the password
		}
		return
	}
	if c.name == "MIGRATE" && i > 5 {
		return // AUTH password, AUTH2 user password
	}
	c.fold = mixBytes(c.fold, t.N, head(t))
	switch {
	case c.first > 0:
		if c.isKey(i) {
			c.addKey(t)
		}
	case c.numkeys > 0:
		c.numbered(i, t)
	case c.special == streams:
		if c.streams {
			c.addKey(t) // keys, then as many IDs, which are harmless
		} else {
			c.streams = bytes.EqualFold(t.Head, []byte("STREAMS"))
		}
	case c.special != plain && c.special != unknown:
		c.keepArg(t)
	}
}

func head(t *resp.Token) []byte {
	if len(t.Head) > keep {
		return t.Head[:keep]
	}
	return t.Head
}

func (c *command) takeName(t *resp.Token) {
	if t.N > maxName || int64(len(t.Head)) != t.N || t.N <= 0 {
		c.spec = spec{special: unknown}
		c.fold = mixBytes(c.fold, t.N, head(t))
		return
	}
	n := c.nameBuf[:len(t.Head)]
	for i, b := range t.Head {
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		n[i] = b
	}
	c.spec = lookup(n)
	c.named = true
	c.fold = mixBytes(c.fold, t.N, n)
}

func (c *command) isKey(i int) bool {
	last := int64(c.last)
	if last < 0 {
		last += c.argc
	}
	p := int64(i)
	return p >= int64(c.first) && p <= last && (p-int64(c.first))%int64(c.step) == 0
}

func (c *command) numbered(i int, t *resp.Token) {
	switch {
	case i == int(c.numkeys):
		n, err := strconv.ParseInt(string(t.Head), 10, 32)
		if err != nil || n < 0 {
			n = 0
		}
		c.nkeys = n
	case i > int(c.numkeys) && c.nkeys > 0:
		c.nkeys--
		c.addKey(t)
	case i < int(c.numkeys) && i == int(c.numkeys)-1 && c.write && len(c.name) > 5 && c.name[len(c.name)-5:] == "STORE":
		c.addKey(t) // ZUNIONSTORE destination numkeys key ...
	}
}

func (c *command) addKey(t *resp.Token) {
	if len(c.keys) >= MaxText {
		return
	}
	if len(c.keys) > 0 {
		c.keys = append(c.keys, ' ')
	}
	c.keys = appendEscaped(c.keys, head(t), keep)
	if t.N > keep {
		c.keys = append(c.keys, "..."...)
	}
}

func (c *command) keepArg(t *resp.Token) {
	if c.args >= maxArgs {
		return
	}
	b := t.Head
	if len(b) > maxArg {
		b = b[:maxArg]
	}
	from := len(c.argbuf)
	c.argbuf = append(c.argbuf, b...)
	c.arglist[c.args] = c.argbuf[from:len(c.argbuf):len(c.argbuf)]
	c.args++
}

func (c *command) keepEmpty() {
	if c.args < maxArgs {
		c.arglist[c.args] = nil
		c.args++
	}
}

// authAt returns the index of HELLO's argument AUTH among those kept, -1 if it
// was not passed.
func (c *command) authAt() int {
	for k := 1; k < c.args; k++ {
		if bytes.EqualFold(c.arglist[k], []byte("AUTH")) {
			return k
		}
	}
	return -1
}

// afterAuth reports whether the next argument of HELLO is the user or the
// password that follow AUTH.
func (c *command) afterAuth() bool {
	at := c.authAt()
	return at >= 0 && c.args <= at+2
}

// is reports whether the kept argument i is the word w, in any case.
func (c *command) is(i int, w string) bool {
	return i < c.args && len(c.arglist[i]) == len(w) && bytes.EqualFold(c.arglist[i], []byte(w))
}

// appendText appends what may be shown of the command: its name and its keys.
func (c *command) appendText(dst []byte) []byte {
	switch {
	case c.name != "":
		dst = append(dst, c.name...)
	case c.named:
		dst = append(dst, "(a command that ricochet does not know)"...)
	default:
		dst = append(dst, "(no name)"...)
	}
	if len(c.keys) > 0 {
		dst = append(dst, ' ')
		dst = append(dst, c.keys...)
	}
	return dst
}
