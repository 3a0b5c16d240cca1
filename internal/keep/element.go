package keep

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
