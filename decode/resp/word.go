package resp

// word parses the length or short line that b starts with. It returns its value
// and how many bytes it takes, CRLF included; or 0 bytes if b ends before it is
// complete; or a fault and its offset. What it says of a prefix of b holds for
// b: a fault is found at the first byte that no valid line has there.
func (p *Parser) word(kind Kind, b []byte) (n int64, used int, fault Fault) {
	switch kind {
	case Integer:
		return integer(b, BadValue)
	case Double:
		return double(b)
	case Bool:
		if len(b) == 0 {
			return 0, 0, 0
		}
		if b[0] != 't' && b[0] != 'f' {
			return 0, 0, BadValue
		}
		return crlf(b, 1, BadValue)
	case Null, streamEnd:
		return crlf(b, 0, BadValue)
	}
	return p.length(kind, b)
}

// moreWord goes on with a length or short line whose start is in buf.
func (p *Parser) moreWord(b []byte, v Visitor) (int, Fault) {
	const step = 32 // more than most need, to copy little of what follows
	old := len(p.buf)
	p.buf = append(p.buf, b[:min(len(b), step)]...)
	n, used, fault := p.word(p.kind, p.buf)
	if fault != 0 {
		return used - old, fault
	}
	if used == 0 {
		return len(p.buf) - old, 0
	}
	if !p.announced(p.kind, n, p.buf[:used-2], v) {
		return used - old - 1, TooDeep
	}
	return used - old, 0
}

// length parses the length of a bulk string or aggregate.
func (p *Parser) length(kind Kind, b []byte) (n int64, used int, fault Fault) {
	if len(b) == 0 {
		return 0, 0, 0
	}
	reply := p.side == Server
	if b[0] == '?' && reply && kind.streamable() {
		_, used, fault = crlf(b, 1, BadLength)
		return Streamed, used, fault
	}
	if b[0] == '+' {
		return 0, 0, BadLength
	}
	n, used, fault = integer(b, BadLength)
	if used == 0 || fault != 0 {
		return 0, used, fault
	}
	low, high := int64(0), int64(MaxBulk)
	if kind.shape() == shapeMany {
		high = MaxElements
		if !reply {
			high = MaxArgs
		}
	}
	switch {
	case kind == Verbatim:
		low = 4 // three characters of format and a colon
	case kind.nullable() && (reply || kind == Array):
		low = NullLen
	}
	if n < low || n > high {
		return 0, used - 1, BadLength
	}
	return n, used, 0
}

// shortLength parses a length below 10000 and CRLF: nearly every length there
// is. used is 0 if b starts with something else, or not with all of it.
func shortLength(b []byte) (n int64, used int) {
	for i, c := range b {
		d := c - '0'
		if d > 9 {
			if i > 0 && c == '\r' && i+1 < len(b) && b[i+1] == '\n' {
				return n, i + 2
			}
			break
		}
		if i == 4 {
			break
		}
		n = n*10 + int64(d)
	}
	return 0, 0
}

// integer parses a decimal number and CRLF. Its results are those of word; bad
// is the fault of what is no number.
func integer(b []byte, bad Fault) (n int64, used int, fault Fault) {
	first := 0
	limit := uint64(1<<63 - 1)
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		limit++
	}
	if neg || len(b) > 0 && b[0] == '+' {
		first = 1
	}
	var u uint64
	i := first
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		d := uint64(b[i] - '0')
		// 18 digits are below any limit.
		if i-first >= 18 && (i-first == maxDigits || u > (limit-d)/10) {
			return 0, i, bad
		}
		u = u*10 + d
	}
	if i == first && i < len(b) {
		return 0, i, bad
	}
	if _, used, fault = crlf(b, i, bad); used == 0 || fault != 0 {
		return 0, used, fault
	}
	if neg {
		return -int64(u), used, 0
	}
	return int64(u), used, 0
}

// crlf expects a line that ends after n bytes. The value of such a line is its
// length.
func crlf(b []byte, n int, fault Fault) (int64, int, Fault) {
	if len(b) <= n {
		return 0, 0, 0
	}
	if b[n] != '\r' {
		return 0, n, fault
	}
	if len(b) == n+1 {
		return 0, 0, 0
	}
	if b[n+1] != '\n' {
		return 0, n + 1, BadCRLF
	}
	return int64(n), n + 2, 0
}
