package resp

// flavour is what is particular about an aggregate.
type flavour uint8

const (
	plain          flavour = iota
	attribute              // the element it belongs to follows it
	streamed               // ends at streamEnd
	streamedMap            // ends at streamEnd, after an even number of elements
	streamedString         // its elements are chunks, the last of them empty
)

// frame is an aggregate that waits for an inner one to end.
type frame struct {
	left    int64
	index   int64
	flavour flavour
}

// element parses the element that b starts with, or as much of it as is there.
func (p *Parser) element(b []byte, v Visitor) (int, Fault) {
	kind := Kind(b[0])
	layout := kind.shape()
	switch {
	case p.side == Server:
		if !p.allowed(kind) {
			return 0, NotRESP
		}
		if !p.open {
			p.begin(kind, v)
			if n := p.wholeReply(kind, b, v); n > 0 {
				return n, 0
			}
		}
	case p.depth != 0:
		if kind != Bulk {
			return 0, NotRESP
		}
	case kind == Array:
		if n := p.wholeCommand(b, v); n > 0 {
			return n, 0
		}
	default:
		p.buf, p.state = p.buf[:0], stateInline
		return p.inline(b, v)
	}
	if layout == shapeText {
		n, fault := p.text(kind, b[1:], v)
		return 1 + n, fault
	}
	n, used := int64(0), 0
	if layout != shapeWord && kind != Verbatim || kind == Integer {
		n, used = shortLength(b[1:])
	}
	if used == 0 {
		var fault Fault
		n, used, fault = p.word(kind, b[1:])
		if fault != 0 {
			return 1 + used, fault
		}
		if used == 0 {
			p.kind, p.state = kind, stateWord
			p.buf = append(p.buf[:0], b[1:]...)
			return len(b), 0
		}
	}
	used++
	if layout == shapeBulk && n >= 0 && int64(len(b)-used) >= n+2 && !(kind == Chunk && n == 0) {
		return p.wholeBulk(kind, b, used, int(n), v)
	}
	if !p.announced(kind, n, b[1:used-2], v) {
		return used - 1, TooDeep
	}
	return used, 0
}

// allowed reports whether kind may stand where the next element of a reply is.
func (p *Parser) allowed(kind Kind) bool {
	if p.flavour < streamed && kind < Chunk && kind != streamEnd {
		return kind.shape() != 0 // nearly always
	}
	switch kind {
	case Chunk:
		return p.flavour == streamedString
	case streamEnd:
		return p.flavour == streamed || p.flavour == streamedMap && p.index&1 == 0
	case Push:
		return p.depth == 0
	}
	return kind.shape() != 0 && p.flavour != streamedString
}

// announced deals with an element whose first line is complete: line is the
// line without its kind and CRLF, n the number in it. It returns false if the
// element is an aggregate that is nested too deep.
func (p *Parser) announced(kind Kind, n int64, line []byte, v Visitor) bool {
	switch kind.shape() {
	case shapeBulk:
		return p.announcedBulk(kind, n, v)
	case shapeMany:
		return p.announcedMany(kind, n, v)
	}
	if kind == streamEnd {
		p.pop()
	} else {
		p.emit(kind, n, line, v)
	}
	p.advance(v)
	return true
}

// announcedMany deals with an aggregate of n elements or pairs.
func (p *Parser) announcedMany(kind Kind, n int64, v Visitor) bool {
	if p.side == Client && !p.open {
		if n <= 0 { // the servers ignore it
			p.state = stateElement
			return true
		}
		p.begin(kind, v)
	}
	left, fl := n, plain
	switch {
	case n == Streamed:
		fl = streamed
		if kind == Map {
			fl = streamedMap
		}
	case kind == Map:
		left = 2 * n
	case kind == Attribute:
		left, fl = 2*n, attribute
	}
	if n != 0 && n != NullLen && p.depth >= MaxDepth {
		return false
	}
	p.emit(kind, left, nil, v)
	switch {
	case n != 0 && n != NullLen:
		p.push(left, fl)
	case kind == Attribute:
		p.state = stateElement
	default:
		p.advance(v)
	}
	return true
}

// push enters an aggregate.
func (p *Parser) push(left int64, fl flavour) {
	if p.depth > 0 {
		p.stack = append(p.stack, frame{p.left, p.index, p.flavour})
	}
	p.depth++
	p.left, p.index, p.flavour = left, 0, fl
	p.state = stateElement
}

// pop leaves an aggregate.
func (p *Parser) pop() {
	p.depth--
	if p.depth == 0 {
		p.left, p.index, p.flavour = 0, 0, plain
		return
	}
	top := len(p.stack) - 1
	f := p.stack[top]
	p.stack = p.stack[:top]
	p.left, p.index, p.flavour = f.left, f.index, f.flavour
}

// advance goes on to what follows an element that is complete.
func (p *Parser) advance(v Visitor) {
	for p.depth > 0 {
		p.index++
		p.left--
		if p.left != 0 {
			p.state = stateElement
			return
		}
		attr := p.flavour == attribute
		p.pop()
		if attr {
			p.state = stateElement
			return
		}
	}
	p.end(v)
}
