package keep

import "bytes"

// element takes the kind of the next element.
func (p *scanner) element(i int) (int, bool) {
	kind := p.b[i]
	if p.commands {
		switch {
		case len(p.stack) > 0 && kind != '$':
			return i, false
		case len(p.stack) == 0 && kind != '*':
			p.startText(kindInline)
			return i, true
		}
		p.startLength(kind)
		return i + 1, true
	}
	if !p.allowed(kind) {
		return i, false
	}
	if len(p.stack) == 0 {
		p.s.reply(kind)
	}
	switch kind {
	case '+', '-':
		p.startText(kind)
	case ':', '#', ',', '(', '_':
		p.kind, p.state, p.long = kind, stateWord, 0
		p.cr = false
		p.act = p.s.rep.wordAction(p)
	case '.':
		p.kind, p.state, p.long, p.act = kind, stateWord, 0, show
		p.cr = false
	default:
		p.startLength(kind)
	}
	return i + 1, true
}

// allowed reports whether a kind may stand where the next element of a reply is.
func (p *scanner) allowed(kind byte) bool {
	fl := whole
	if len(p.stack) > 0 {
		fl = p.stack[len(p.stack)-1].flavour
	}
	switch kind {
	case '+', '-', ':', '$', '*', '_', '#', ',', '(', '!', '=', '%', '~', '|':
		return fl != streamedString
	case '>':
		return len(p.stack) == 0
	case ';':
		return fl == streamedString
	case '.':
		return fl == streamed
	}
	return false
}

func (p *scanner) startLength(kind byte) {
	p.kind, p.state = kind, stateLength
	p.n, p.digits, p.neg, p.streamed, p.cr = 0, 0, false, false, false
}

func (p *scanner) startText(kind byte) {
	p.kind, p.state, p.long, p.cr = kind, stateText, 0, false
	p.buf = p.buf[:0]
}

// length takes bytes of a length, which are always seen.
func (p *scanner) length(i int) (int, bool) {
	for ; i < len(p.b); i++ {
		c := p.b[i]
		switch {
		case p.cr:
			if c != '\n' {
				return i, false
			}
			return i + 1, p.announced()
		case c-'0' <= 9 && !p.streamed && p.digits < 20:
			p.digits++
			if p.n = p.n*10 + int64(c-'0'); p.n > maxElements {
				return i, false
			}
		case c == '-' && p.digits == 0 && !p.neg && !p.streamed:
			p.neg = true
		case c == '?' && p.digits == 0 && !p.neg && !p.streamed && !p.commands:
			p.streamed = true
		case c == '\r' && (p.digits > 0 || p.streamed):
			p.cr = true
		default:
			return i, false
		}
	}
	return i, true
}

// announced takes an element of which the length is known.
func (p *scanner) announced() bool {
	switch p.kind {
	case '$', '!', '=', ';':
		return p.announcedBulk()
	}
	return p.announcedMany()
}

func (p *scanner) announcedMany() bool {
	null := p.neg && p.n == 1 && p.kind == '*'
	limit := int64(maxElements)
	if p.commands {
		limit = maxArgs
	}
	if p.neg && p.n != 0 && !null || p.n > limit || p.streamed && p.kind != '*' && p.kind != '%' && p.kind != '~' {
		return false
	}
	n, fl := p.n, whole
	switch {
	case null:
		n = 0
	case p.streamed:
		n, fl = -1, streamed
	case p.kind == '%':
		n *= 2
	case p.kind == '|':
		n, fl = 2*n, attribute
	}
	if p.commands {
		if n <= 0 { // the servers ignore it
			p.state = stateElement
			return true
		}
		p.req.begin(n)
	} else {
		p.s.rep.aggregate(p, n)
	}
	p.state = stateElement
	if n == 0 {
		if p.kind != '|' {
			p.advance()
		}
		return true
	}
	return p.push(n, fl)
}

func (p *scanner) push(left int64, fl flavour) bool {
	if len(p.stack) >= maxDepth {
		return false
	}
	p.stack = append(p.stack, level{left: left, flavour: fl})
	return true
}

// index returns the position of the element at hand in its aggregate, from 0.
func (p *scanner) index() int64 {
	if len(p.stack) == 0 {
		return 0
	}
	return p.stack[len(p.stack)-1].index
}

// advance goes on to what follows an element that is complete.
func (p *scanner) advance() {
	p.state = stateElement
	for len(p.stack) > 0 {
		top := &p.stack[len(p.stack)-1]
		top.index++
		if top.flavour == whole || top.flavour == attribute {
			top.left--
		}
		if top.left != 0 {
			return
		}
		attr := top.flavour == attribute
		p.stack = p.stack[:len(p.stack)-1]
		if attr {
			return
		}
	}
	if p.commands {
		p.s.command(p)
	} else {
		p.s.replied()
	}
}

// leave ends a streamed aggregate.
func (p *scanner) leave() {
	p.stack = p.stack[:len(p.stack)-1]
	p.advance()
}

// announcedBulk takes a string of which the length is known.
func (p *scanner) announcedBulk() bool {
	switch {
	case p.streamed:
		if p.kind != '$' || !p.push(-1, streamedString) {
			return false
		}
		p.state = stateElement
		return true
	case p.neg && p.n == 1 && p.kind == '$' && !p.commands:
		p.advance()
		return true
	case p.neg && p.n != 0, p.n > maxBulk, p.kind == '=' && p.n < 4:
		return false
	case p.kind == ';' && p.n == 0:
		p.leave()
		return true
	}
	want := 0
	if p.commands {
		p.act = p.req.early(p.index())
		if p.act == 0 {
			want = headLen
		}
	} else {
		p.act, want = p.s.rep.early(p)
	}
	p.rem, p.state, p.buf = p.n, stateHead, p.buf[:0]
	if p.act != 0 || p.n == 0 {
		if p.act == 0 {
			p.decideHead(nil, false)
		}
		p.state = stateBody
		p.bodyDone()
		return true
	}
	p.want = int(min(p.n, int64(want)))
	return true
}

// head takes bytes of the start of a payload, which decides what becomes of it.
func (p *scanner) head(i int) int {
	want := p.want
	if len(p.buf) == 0 && len(p.b)-i >= want {
		head := p.b[i : i+want]
		p.decideHead(head, false)
		switch p.act {
		case hide:
			p.pass(i, i+want)
		case mask, edit:
			p.replace(i, p.s.m.out)
			p.act = hide
		}
		p.rem -= int64(want)
		p.bodyDone()
		return i + want
	}
	n := min(want-len(p.buf), len(p.b)-i)
	p.pass(i, i+n)
	p.buf = append(p.buf, p.b[i:i+n]...)
	if len(p.buf) == want {
		p.decideHead(p.buf, false)
		p.settle(p.seq + uint32(i+n))
	}
	return i + n
}

// decideHead decides what becomes of a payload. What is put in the place of the
// head, if anything is, is in out then.
func (p *scanner) decideHead(head []byte, cut bool) {
	if p.commands {
		p.act = p.argument(head, cut)
	} else {
		p.act = p.s.rep.bulk(p, head, cut)
	}
	p.state = stateBody
}

// settle puts a head that was kept in buf, and that ends at a place in the stream,
// into the packets.
func (p *scanner) settle(end uint32) {
	at := end - uint32(len(p.buf))
	switch p.act {
	case show:
		p.f.put(at, p.buf)
	case mask, edit:
		p.f.put(at, p.s.m.out)
		p.act = hide
	}
	p.rem -= int64(len(p.buf))
	p.buf = p.buf[:0]
	p.bodyDone()
}

// body takes bytes of the rest of a payload.
func (p *scanner) body(i int) int {
	n := int(min(p.rem, int64(len(p.b)-i)))
	if p.act != show {
		p.pass(i, i+n)
	}
	p.rem -= int64(n)
	p.bodyDone()
	return i + n
}

// bodyDone goes on to the CRLF once the payload has ended.
func (p *scanner) bodyDone() {
	if p.state == stateBody && p.rem == 0 {
		p.state, p.rem = stateCRLF, 2
	}
}

// crlf takes bytes of the CRLF behind a payload.
func (p *scanner) crlf(i int) (int, bool) {
	for ; i < len(p.b); i++ {
		if p.b[i] != "\n\r"[p.rem-1] {
			return i, false
		}
		if p.rem--; p.rem == 0 {
			p.advance()
			return i + 1, true
		}
	}
	return i, true
}

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
