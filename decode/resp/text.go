package resp

import "bytes"

// text parses the long line that b starts with, if all of it is there. It
// leaves any other case to moreText.
func (p *Parser) text(kind Kind, b []byte, v Visitor) (int, Fault) {
	end := lineEnd(b)
	if end >= 0 && (kind != BigNumber || end > 0 && badDigit(b[:end], 0) < 0 && b[end-1] >= '0') {
		p.emit(kind, int64(end), b[:end], v)
		p.advance(v)
		return end + 2, 0
	}
	p.kind, p.rem, p.state, p.cr = kind, 0, stateText, false
	p.buf = p.buf[:0]
	return 0, 0
}

// lineEnd returns the length of the line that b starts with, or -1 if it is not
// whole, too long, or contains a CR or LF other than those at its end.
func lineEnd(b []byte) int {
	const short = 8 // up to which length a loop is faster than a search
	end := 0
	for end < len(b) && b[end] != '\r' && b[end] != '\n' {
		end++
		if end == short {
			end = bytes.IndexByte(b[:min(len(b), MaxLine+1)], '\r')
			if end < 0 || bytes.IndexByte(b[:end], '\n') >= 0 {
				return -1
			}
			break
		}
	}
	if end+1 >= len(b) || b[end] != '\r' || b[end+1] != '\n' {
		return -1
	}
	return end
}

// moreText goes on with a long line of which rem bytes were seen.
func (p *Parser) moreText(b []byte, v Visitor) (int, Fault) {
	if p.cr {
		if b[0] != '\n' {
			return 0, BadCRLF
		}
		p.emit(p.kind, p.rem, p.buf, v)
		p.advance(v)
		return 1, 0
	}
	room := MaxLine - int(p.rem)
	b = b[:min(len(b), room+1)]
	end := bytes.IndexByte(b, '\r')
	if end < 0 {
		end = len(b)
	}
	// A big number keeps its first byte even if the Visitor wants none: a sign
	// alone is no number.
	keep := int(p.keep)
	if p.kind == BigNumber {
		keep = max(keep, 1)
		if i := badDigit(b[:end], p.rem); i >= 0 {
			return i, BadValue
		}
	} else if i := bytes.IndexByte(b[:end], '\n'); i >= 0 {
		return i, BadCRLF
	}
	if end > room {
		return room, LineTooLong
	}
	if n := min(end, keep-len(p.buf)); n > 0 {
		p.buf = append(p.buf, b[:n]...)
	}
	p.rem += int64(end)
	if end == len(b) {
		return end, 0
	}
	if p.kind == BigNumber && (p.rem == 0 || p.rem == 1 && p.buf[0] < '0') {
		return end, BadValue
	}
	p.cr = true
	return end + 1, 0
}

// badDigit returns the index of the first byte of b that cannot be in a big
// number at position at+index, or -1.
func badDigit(b []byte, at int64) int {
	for i, c := range b {
		sign := (c == '-' || c == '+') && at+int64(i) == 0
		if !sign && c-'0' > 9 {
			return i
		}
	}
	return -1
}
