package keep

import "bytes"

// text takes bytes of a line that is looked at as a whole: a simple string or
// error, an inline command, an answer to PSYNC.
func (p *scanner) text(i int) (int, bool) {
	end, limit := byte('\r'), maxLine
	if p.kind == kindInline {
		end, limit = '\n', maxInlineKept
	}
	if p.cr { // the CR was the last byte of buf
		if p.b[i] != '\n' {
			return i, false
		}
		at := p.seq + uint32(i) - uint32(len(p.buf))
		line := p.buf[:len(p.buf)-1]
		p.f.put(at, p.visible(line))
		p.f.put(at+uint32(len(line)), []byte{'\r'})
		p.buf = p.buf[:0]
		p.lineDone()
		return i + 1, true
	}
	n := bytes.IndexByte(p.b[i:], end)
	to := len(p.b)
	if n >= 0 {
		to = i + n
	}
	if p.kind != kindInline && bytes.IndexByte(p.b[i:to], '\n') >= 0 {
		return i, false
	}
	if len(p.buf)+to-i > limit {
		return p.tooLong(i, limit)
	}
	switch {
	case n < 0:
		p.pass(i, to)
		p.buf = append(p.buf, p.b[i:to]...)
		return to, true
	case end == '\r' && to+1 == len(p.b):
		p.pass(i, to+1)
		p.buf = append(p.buf, p.b[i:to+1]...)
		p.cr = true
		return to + 1, true
	case end == '\r' && p.b[to+1] != '\n':
		return to + 1, false
	}
	if len(p.buf) > 0 {
		p.pass(i, to)
		at := p.seq + uint32(i) - uint32(len(p.buf))
		p.buf = append(p.buf, p.b[i:to]...)
		p.f.put(at, p.visible(p.buf))
		p.buf = p.buf[:0]
	} else {
		if seen := p.visible(p.b[i:to]); to > i && &seen[0] != &p.b[i] {
			p.replace(i, seen)
		}
	}
	if end == '\r' {
		to++
	}
	p.lineDone()
	return to + 1, true
}

// visible returns what is seen of a line, without the byte that announces it and
// its end. It is as long as the line and valid until the next call.
func (p *scanner) visible(line []byte) []byte {
	switch p.kind {
	case kindInline:
		return p.inline(line)
	case kindSync:
		return p.syncLine(line)
	}
	return p.s.rep.text(p, line, true)
}

// lineDone goes on behind a line.
func (p *scanner) lineDone() {
	switch p.kind {
	case kindSync:
		p.afterSyncLine()
	case kindInline:
		if p.state = stateElement; p.req.argc > 0 {
			p.s.command(p)
		}
	default:
		p.advance()
	}
}

// tooLong gives up looking at a line as a whole: all but the first word of an
// error is blanked.
func (p *scanner) tooLong(i, limit int) (int, bool) {
	if p.kind == kindSync {
		return i, false
	}
	n := min(limit-len(p.buf), len(p.b)-i)
	at := p.seq + uint32(i) - uint32(len(p.buf))
	p.pass(i, i+n)
	p.buf = append(p.buf, p.b[i:i+n]...)
	if p.kind != kindInline {
		p.f.put(at, p.s.rep.text(p, p.buf, false))
	}
	p.long, p.buf, p.state = int64(len(p.buf)), p.buf[:0], stateRest
	return i + n, true
}

// rest takes bytes of the rest of a line that is too long to look at.
func (p *scanner) rest(i int) (int, bool) {
	if p.kind == kindInline {
		n := bytes.IndexByte(p.b[i:], '\n')
		if n < 0 {
			p.pass(i, len(p.b))
			p.long += int64(len(p.b) - i)
			return len(p.b), p.long <= maxInline
		}
		p.pass(i, i+n)
		p.req.begin(1)
		p.req.hidden = true
		p.state = stateElement
		p.s.command(p)
		return i + n + 1, true
	}
	if p.cr {
		if p.b[i] != '\n' {
			return i, false
		}
		p.advance()
		return i + 1, true
	}
	n := bytes.IndexByte(p.b[i:], '\r')
	if n < 0 {
		p.pass(i, len(p.b))
		p.long += int64(len(p.b) - i)
		return len(p.b), p.long <= maxTextLine
	}
	p.pass(i, i+n)
	p.cr = true
	return i + n + 1, true
}
