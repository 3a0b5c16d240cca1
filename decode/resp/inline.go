package resp

import "bytes"

// inline parses an inline command of which buf may hold the start.
func (p *Parser) inline(b []byte, v Visitor) (int, Fault) {
	room := MaxInline - len(p.buf)
	end := bytes.IndexByte(b[:min(len(b), room+1)], '\n')
	if end < 0 {
		if len(b) > room {
			return room, LineTooLong
		}
		p.buf = append(p.buf, b...)
		return len(b), 0
	}
	line := b[:end]
	if len(p.buf) > 0 {
		p.buf = append(p.buf, line...)
		line = p.buf
	}
	if !p.command(line, v) {
		return end, BadQuotes
	}
	return end + 1, 0
}

// command hands out the words of an inline command. An empty one is passed over
// in silence, as the servers do. It returns false if quotes are unbalanced.
func (p *Parser) command(line []byte, v Visitor) bool {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if i := bytes.IndexByte(line, 0); i >= 0 {
		line = line[:i] // to the servers the line is a C string
	}
	argc := int64(0)
	for rest := line; ; argc++ {
		w, after, ok := nextWord(rest)
		if !ok {
			return false
		}
		if w == nil {
			break
		}
		rest = after
	}
	p.state = stateElement
	if argc == 0 {
		if cap(p.buf) > retain {
			p.buf = nil
		}
		return true
	}
	p.begin(Inline, v)
	p.emit(Inline, argc, nil, v)
	p.push(argc, plain)
	used := len(p.buf)
	for range argc {
		w, after, _ := nextWord(line)
		line = after
		if bytes.IndexByte(w, '"') >= 0 || bytes.IndexByte(w, '\'') >= 0 {
			// line may be in buf: what is unquoted goes behind it.
			p.buf = unquote(p.buf[:used], w)
			w = p.buf[used:]
		}
		p.emit(Inline, int64(len(w)), w, v)
		p.advance(v)
	}
	return true
}

// nextWord returns the next word of an inline command as written, and what
// follows it. The word is nil if there is none. The rules are those of the
// servers' sdssplitargs: a quote may begin anywhere in a word, but ends it.
func nextWord(line []byte) (word, rest []byte, ok bool) {
	from := 0
	for from < len(line) && isSpace(line[from]) {
		from++
	}
	if from == len(line) {
		return nil, nil, true
	}
	quote := byte(0)
	for i := from; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == '\\' && i+1 < len(line) && (quote == '"' || line[i+1] == '\''):
			i++
		case quote != 0 && c == quote:
			if i+1 < len(line) && !isSpace(line[i+1]) {
				return nil, nil, false
			}
			return line[from : i+1], line[i+1:], true
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return line[from:i], line[i:], true
		}
	}
	return line[from:], nil, quote == 0
}

// unquote appends what the word w stands for to dst. w is as nextWord returned
// it. The result is no longer than w.
func unquote(dst, w []byte) []byte {
	quote := byte(0)
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote: // the last byte of w
		case quote == '\'' && c == '\\' && w[i+1] == '\'':
			i++
			dst = append(dst, '\'')
		case quote == '"' && c == '\\':
			i++
			if w[i] == 'x' && i+2 < len(w) && hex(w[i+1]) < 16 && hex(w[i+2]) < 16 {
				dst = append(dst, hex(w[i+1])<<4|hex(w[i+2]))
				i += 2
				continue
			}
			dst = append(dst, escaped(w[i]))
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// escaped returns what a backslash and c stand for between double quotes.
func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// hex returns the value of a hexadecimal digit, or 16 if c is none.
func hex(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}

// isSpace is C's isspace in the default locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
