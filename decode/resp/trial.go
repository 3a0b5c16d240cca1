package resp

// trial parses from a candidate for a message boundary, and remembers what
// matters for the decision whether it is one. It is the Visitor of its own
// parser.
type trial struct {
	side     Side
	parser   Parser
	messages int
	started  bool // the first line, of a command also the name, was seen
	odd      bool // there was something that no candidate may contain
}

// outcome is what came of a trial.
type outcome uint8

const (
	broken  outcome = iota // there is a syntax error
	start                  // the start of a message, its first line incomplete
	guessed                // the start of a bulk string that is the message, its first line complete
	begun                  // the start of any other message, its first line complete
	whole                  // messages, and perhaps the start of another one
)

// try parses b, and returns how many bytes of it were looked at.
func (t *trial) try(b []byte) (outcome, int) {
	t.parser.Init(t.side)
	t.messages, t.started, t.odd = 0, false, false
	n, fault := t.parser.run(b, t)
	switch {
	case fault != 0 || t.odd || t.parser.state == stateInline:
		return broken, n
	case t.messages > 0:
		return whole, n
	case t.started && t.parser.depth == 0 && t.parser.state == stateBody:
		return guessed, n
	case t.started:
		return begun, n
	}
	return start, n
}

// Begin implements Visitor. Of a command, the name is wanted.
func (t *trial) Begin(kind Kind) int {
	if t.side == Client {
		t.odd = t.odd || kind == Inline
		return maxName
	}
	return 0
}

// Token implements Visitor.
func (t *trial) Token(k *Token) {
	if t.side == Server {
		t.started = true
	} else if k.Depth == 1 && k.Index == 0 {
		t.started = true
		t.odd = t.odd || k.N > maxName || !isName(k.Head)
	}
}

// End implements Visitor.
func (t *trial) End(bool) { t.messages++ }

// isName reports whether b looks like the name of a command, of which those of
// modules have a dot and those of some proxies a dash.
func isName(b []byte) bool {
	for _, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && c-'0' > 9 && c != '.' && c != '-' && c != '_' && c != '|' {
			return false
		}
	}
	return len(b) > 0
}

// plausible reports whether a message from side that is to be found again may
// start with c. A line of an inline command can be anything, so that none is
// taken for a boundary.
func plausible(side Side, c byte) bool {
	if side == Client {
		return Kind(c) == Array
	}
	return Kind(c).shape() != 0 && Kind(c) != Chunk && Kind(c) != streamEnd
}
