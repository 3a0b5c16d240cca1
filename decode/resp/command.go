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
