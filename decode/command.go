package decode

import (
	"bytes"
	"strconv"

	"ricochet/decode/resp"
	"ricochet/decode/view"
)

// maxName bounds a command's name, in bytes; longer ones are no commands.
const maxName = 64

// Bounds of what is kept of the arguments of the commands that change how a
// connection goes on, or are about roles.
const (
	maxArgs     = 16
	maxArg      = 64                         // bytes of one, unless special.maxArg says otherwise
	maxArgBytes = view.MaxPayload + 4*maxArg // of all
)

// command is the command that is being parsed. It is reused from one command to
// the next and keeps no values: of an argument only its length and a fold of
// its first bytes remain, unless it is a key or an argument of a command that
// changes how the connection goes on.
type command struct {
	spec
	named   bool // it has a name, which need not be one that ricochet knows
	fold    uint64
	argc    int64
	keys    []byte // keys, escaped, separated by blanks
	nkeys   int64  // keys still expected after numkeys or STREAMS
	arglist [maxArgs][]byte
	args    int
	argbuf  []byte
	partial bool // of the arguments to be kept, one is not whole or there was no room
	hello   helloArgs
	nameBuf [maxName]byte
}

func (c *command) begin(argc int64) {
	c.spec = spec{}
	c.named = false
	c.fold, c.argc = mix(0, uint64(argc)), argc
	c.keys, c.nkeys = c.keys[:0], 0
	c.args, c.argbuf, c.partial = 0, c.argbuf[:0], false
}

// arg takes the argument at position i, the name being 0.
func (c *command) arg(i int, t *resp.Token) {
	if i == 0 {
		c.takeName(t)
		return
	}
	if c.hides(i, t) {
		return
	}
	c.fold = mixBytes(c.fold, t.N, head(t))
	switch {
	case c.isKey(i):
		c.addKey(t)
	case c.numkeys > 0:
		c.numbered(i, t)
	case c.special == streams:
		c.afterStreams(i, t)
	case c.special == publish:
		c.published(i, t)
	case c.special > unknown:
		c.keepArg(t)
	}
}

// published takes an argument of PUBLISH. Of what is said on a channel nothing is
// kept, unless it is that of Sentinels.
func (c *command) published(i int, t *resp.Token) {
	if i == 1 && string(t.Head) == view.Greeting || i == 2 && c.args == 1 {
		c.keepArg(t)
	}
}

// hides reports whether an argument is a credential or may be one, of which
// nothing is kept, not even a fold. The user that AUTH and HELLO name is.
func (c *command) hides(i int, t *resp.Token) bool {
	switch c.special {
	case secret:
		return true
	case sentinel: // SET and CONFIG carry passwords
		if i == 1 && view.Ask(c.name, [][]byte{t.Head}) != view.None || c.args > 0 {
			c.keepArg(t)
		}
		return true
	case auth: // [user] password
		if i == 1 && c.argc == 3 {
			c.keepArg(t)
		}
		return true
	case hello:
		return c.hello.take(i, t)
	case migrate:
		// host port key db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key ...]
		return i > 5
	}
	return false
}

func head(t *resp.Token) []byte {
	if len(t.Head) > keep {
		return t.Head[:keep]
	}
	return t.Head
}

func (c *command) takeName(t *resp.Token) {
	if t.Cut {
		// It may be the name of anything, AUTH among others.
		c.spec = spec{special: secret}
		return
	}
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
	if c.special == hello {
		c.hello.begin()
	}
}

// isKey reports whether the position i is one that always holds a key.
func (c *command) isKey(i int) bool {
	if c.first == 0 {
		return false
	}
	last := int64(c.last)
	if last < 0 {
		last += c.argc
	}
	p := int64(i)
	return p >= int64(c.first) && p <= last && (p-int64(c.first))%int64(c.step) == 0
}

// numbered takes an argument of a command that tells the number of its keys.
func (c *command) numbered(i int, t *resp.Token) {
	switch {
	case i == int(c.numkeys):
		c.nkeys, _ = strconv.ParseInt(string(head(t)), 10, 32)
	case i > int(c.numkeys) && c.nkeys > 0:
		c.nkeys--
		c.addKey(t)
	}
}

// afterStreams takes an argument of XREAD or XREADGROUP. After the word STREAMS
// come keys, then as many IDs. The names of a group and of a consumer may be
// that word, too; they come first, after GROUP.
func (c *command) afterStreams(i int, t *resp.Token) {
	switch {
	case c.nkeys > 0:
		c.nkeys--
		c.addKey(t)
	case len(c.keys) == 0 && !(c.name == "XREADGROUP" && i <= 3) && bytes.EqualFold(t.Head, []byte("STREAMS")):
		c.nkeys = (c.argc - int64(i) - 1) / 2
	}
}

// addKey adds a key to those that are shown.
func (c *command) addKey(t *resp.Token) {
	if len(c.keys) >= MaxText {
		if more := " ..."; !bytes.HasSuffix(c.keys, []byte(more)) {
			c.keys = append(c.keys, more...)
		}
		return
	}
	if len(c.keys) > 0 {
		c.keys = append(c.keys, ' ')
	}
	shown := head(t)
	from := len(c.keys)
	c.keys = appendEscaped(c.keys, shown, keep)
	if bytes.IndexByte(c.keys[from:], ' ') >= 0 { // a blank separates keys
		c.keys = append(c.keys[:from], bytes.ReplaceAll(c.keys[from:], []byte(" "), []byte(`\x20`))...)
	}
	if t.N > int64(len(shown)) {
		c.keys = append(c.keys, "..."...)
	}
}

func (c *command) keepArg(t *resp.Token) {
	b := t.Head[:min(len(t.Head), c.special.maxArg())]
	if c.args >= maxArgs || len(c.argbuf)+len(b) > maxArgBytes {
		c.partial = true
		return
	}
	c.partial = c.partial || t.N != int64(len(b))
	from := len(c.argbuf)
	c.argbuf = append(c.argbuf, b...)
	c.arglist[c.args] = c.argbuf[from:len(c.argbuf):len(c.argbuf)]
	c.args++
}

// maxArg returns how many bytes of an argument are kept.
func (s special) maxArg() int {
	switch s {
	case roles, sentinel, replconf: // it may be a host
		return view.MaxText
	case publish:
		return view.MaxPayload
	}
	return maxArg
}

// kept returns the arguments that were kept. They are valid until the next command.
func (c *command) kept() [][]byte { return c.arglist[:c.args] }

// is reports whether the kept argument i is the word w, in any case.
func (c *command) is(i int, w string) bool {
	return i < c.args && len(c.arglist[i]) == len(w) && bytes.EqualFold(c.arglist[i], []byte(w))
}

// has reports whether a kept argument is the word w, in any case.
func (c *command) has(w string) bool {
	for i := range c.args {
		if c.is(i, w) {
			return true
		}
	}
	return false
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
