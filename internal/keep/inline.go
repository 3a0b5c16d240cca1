package keep

import "bytes"

// inline returns what is seen of an inline command: the spaces between its words,
// and of these what would be seen of arguments. It reads words as the servers do
// (sds.c, sdssplitargs) as long as nothing is quoted; where anything is, only the
// number of words that makes it a command or none is kept.
func (p *scanner) inline(line []byte) []byte {
	out := blanks(p.s.m.scratch[:0], len(line))
	p.req.begin(0)
	text := bytes.TrimSuffix(line, []byte("\r"))
	if len(text) < len(line) {
		out[len(text)] = '\r'
	}
	if i := bytes.IndexByte(text, 0); i >= 0 { // the servers stop there
		text, out[i] = text[:i], 0
	}
	argc := int64(0)
	for from, to := nextWord(text, 0); from < to; from, to = nextWord(text, to) {
		argc++
	}
	p.req.begin(argc)
	if bytes.ContainsAny(text, `"'`) {
		p.req.hidden = true
		return out
	}
	i, done := int64(0), 0
	for from, to := nextWord(text, 0); from < to; from, to = nextWord(text, to) {
		copy(out[done:], text[done:from])
		p.inlineWord(i, text[from:to], out[from:to])
		i, done = i+1, to
	}
	copy(out[done:], text[done:])
	return out
}

func (p *scanner) inlineWord(i int64, word, out []byte) {
	act := p.req.early(i)
	head := word[:min(len(word), headLen)]
	if act == 0 {
		act = p.req.decide(i, head, int64(len(word)), false)
	}
	switch {
	case act == show:
		copy(out, word)
	case act == mask && i == 0:
		copy(out, p.s.m.filler.ofName(head))
	case act == mask:
		copy(out, p.s.m.filler.of(head))
	}
}

// nextWord returns where the next word of text from i on begins and ends. There
// is none if they are equal.
func nextWord(text []byte, i int) (from, to int) {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	from = i
	for i < len(text) && !endsWord(text[i]) {
		i++
	}
	return from, i
}

func endsWord(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isSpace is C's isspace in the default locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
