package resp

// wholeCommand parses the array that b starts with as far as whole arguments
// are at hand, which is nearly always to its end. It does nothing that element
// would not do, only faster. It returns 0 if it did nothing; where it stops, an
// element starts.
func (p *Parser) wholeCommand(b []byte, v Visitor) int {
	argc, i := shortLength(b[1:])
	if argc == 0 {
		return 0
	}
	i++
	p.begin(Array, v)
	p.emit(Array, argc, nil, v)
	p.push(argc, plain)
	for k := range argc {
		if i >= len(b) || Kind(b[i]) != Bulk {
			return i
		}
		n, used := shortLength(b[i+1:])
		from := i + 1 + used
		end := from + int(n)
		if used == 0 || len(b) < end+2 || b[end] != '\r' || b[end+1] != '\n' {
			return i
		}
		p.index, p.left = k+1, argc-k-1
		t := &p.tok
		t.Kind, t.Depth, t.Index, t.N = Bulk, 1, int(k), n
		t.Head = b[from:min(end, from+int(p.keep))]
		v.Token(t)
		i = end + 2
	}
	p.pop()
	p.end(v)
	return i
}

// wholeReply parses the reply that b starts with if it is a bulk string, simple
// string or simple error and wholly at hand. It does nothing that element would
// not do, only faster. It returns 0 if it did nothing.
func (p *Parser) wholeReply(kind Kind, b []byte, v Visitor) int {
	from, n := 1, 0
	switch kind {
	case String, Error:
		n = lineEnd(b[1:])
		if n < 0 {
			return 0
		}
	case Bulk:
		length, used := shortLength(b[1:])
		from, n = 1+used, int(length)
		if used == 0 || len(b) < from+n+2 || b[from+n] != '\r' || b[from+n+1] != '\n' {
			return 0
		}
	default:
		return 0
	}
	t := &p.tok
	t.Kind, t.Cut, t.Depth, t.Index, t.N = kind, false, 0, 0, int64(n)
	t.Head = b[from : from+min(n, int(p.keep))]
	v.Token(t)
	if p.skip > 0 && kind == Bulk {
		p.skipPayload(0, v)
		return from
	}
	p.end(v)
	return from + n + 2
}
