package keep

import "bytes"

// word takes bytes of a number, a boolean or a null. In those that are not to be
// seen digits become 0 and a boolean true.
func (p *scanner) word(i int) (int, bool) {
	const maxWord = 512 // decode/resp.MaxDouble; a big number may be longer
	if p.cr {
		if p.b[i] != '\n' {
			return i, false
		}
		if p.kind == '.' {
			p.leave()
		} else {
			p.advance()
		}
		return i + 1, true
	}
	to := len(p.b)
	if n := bytes.IndexByte(p.b[i:], '\r'); n >= 0 {
		to = i + n
		p.cr = true
	}
	to = min(to, i+headLen) // a step at a time, as much as there is room for
	if p.cr = p.cr && to < len(p.b) && p.b[to] == '\r'; p.long+int64(to-i) > maxTextLine || p.kind != '(' && p.long+int64(to-i) > maxWord {
		return i, false
	}
	for _, c := range p.b[i:to] {
		if !inWord(p.kind, c) {
			return i, false
		}
	}
	p.long += int64(to - i)
	if p.act != show {
		out := p.s.m.scratch[:0]
		for _, c := range p.b[i:to] {
			switch {
			case isDigit(c):
				c = '0'
			case p.kind == '#':
				c = 't'
			}
			out = append(out, c)
		}
		p.replace(i, out)
	}
	if p.cr {
		to++
	}
	return to, true
}

// inWord reports whether a byte may be part of such an element.
func inWord(kind, c byte) bool {
	switch kind {
	case ':', '(':
		return isDigit(c) || c == '-' || c == '+'
	case '#':
		return c == 't' || c == 'f'
	case ',':
		return isDigit(c) || bytes.IndexByte([]byte("+-.eEinfa"), c) >= 0
	}
	return false // a null, the end of a streamed aggregate
}
