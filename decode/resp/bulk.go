package resp

// wholeBulk deals with a bulk string that lies wholly in b: its payload of n
// bytes starts at from.
func (p *Parser) wholeBulk(kind Kind, b []byte, from, n int, v Visitor) (int, Fault) {
	p.emit(kind, int64(n), b[from:from+n], v)
	if p.skip > 0 && p.skipPayload(0, v) {
		return from, 0
	}
	to := from + n
	if b[to] != '\r' {
		return to, BadCRLF
	}
	if b[to+1] != '\n' {
		return to + 1, BadCRLF
	}
	p.advance(v)
	return to + 2, 0
}

// announcedBulk deals with a bulk string whose length is known and whose
// payload is not wholly at hand. It returns false if it is a streamed string
// that is nested too deep.
func (p *Parser) announcedBulk(kind Kind, n int64, v Visitor) bool {
	switch {
	case n == NullLen:
		p.emit(kind, n, nil, v)
		p.advance(v)
	case n == Streamed:
		if p.depth >= MaxDepth {
			return false
		}
		p.emit(kind, n, nil, v)
		p.push(Streamed, streamedString)
	case kind == Chunk && n == 0:
		p.pop()
		p.advance(v)
	default:
		p.kind, p.rem, p.state = kind, n, stateHead
		p.buf = p.buf[:0]
		if min(n, int64(p.keep)) == 0 {
			p.headDone(nil, false, v)
		}
	}
	return true
}

// head collects the head of a payload. It consumes no more than the head.
func (p *Parser) head(b []byte, v Visitor) int {
	want := int(min(p.rem, int64(p.keep)))
	n := min(want-len(p.buf), len(b))
	if len(p.buf) == 0 && n == want {
		p.headDone(b[:n], false, v)
		return n
	}
	p.buf = append(p.buf, b[:n]...)
	if len(p.buf) == want {
		p.headDone(p.buf, false, v)
	}
	return n
}

// headDone hands out a bulk string. What follows head is left to body.
func (p *Parser) headDone(head []byte, cut bool, v Visitor) {
	n := p.rem
	p.rem += 2 - int64(len(head))
	p.state = stateBody
	p.tok = Token{Kind: p.kind, Cut: cut, Depth: int(p.depth), Index: int(p.index), N: n, Head: head}
	v.Token(&p.tok)
	if p.skip > 0 {
		p.skipPayload(len(head), v)
	}
}

// skipPayload is called when v may have called Skip from a bulk string's token,
// after used bytes of the payload were consumed. If the string is the message,
// it ends here and skipPayload returns true.
func (p *Parser) skipPayload(used int, v Visitor) bool {
	if p.depth > 0 {
		return false
	}
	p.skip = max(p.skip-int64(used), 0)
	p.advance(v)
	return true
}

// body passes over the rest of a payload and checks the CRLF after it.
func (p *Parser) body(b []byte, v Visitor) (int, Fault) {
	i := 0
	if p.rem > 2 {
		n := min(p.rem-2, int64(len(b)))
		p.rem -= n
		i = int(n)
	}
	for ; i < len(b); i++ {
		if b[i] != "\n\r"[p.rem-1] {
			return i, BadCRLF
		}
		p.rem--
		if p.rem == 0 {
			p.advance(v)
			return i + 1, 0
		}
	}
	return i, 0
}
