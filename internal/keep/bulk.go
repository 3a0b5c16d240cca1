package keep

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
			p.notAnID(p.seq + uint32(i))
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
	case hide:
		p.notAnID(at)
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
		if p.rem == p.n {
			p.notAnID(p.seq + uint32(i))
		}
		p.pass(i, i+n)
	}
	p.rem -= int64(n)
	p.bodyDone()
	return i + n
}

// notAnID keeps a string that is not seen, and begins at a place in the stream, from
// looking like the ID of a node, the same one wherever it is: blanks could.
func (p *scanner) notAnID(at uint32) {
	if p.n == idLen {
		p.f.put(at, []byte{notInID})
	}
}

// notInID is a byte that is part of no ID.
const notInID = '?'

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
