package resp

import "bytes"

// Finding back. Any byte of a payload may look like the start of a message, so
// no byte is trusted: a place is taken for a message boundary only if
// everything from there to the end of the data at hand parses.
//
// Candidates are the start of a segment and what follows a CRLF. In their order,
//
//   - one from which a whole message parses, and after it nothing but messages
//     and perhaps the start of one, is taken;
//   - one whose first message is incomplete is taken if bytes are missing there,
//     and as many as its open bulk string can do without;
//   - one at the start of a segment is taken even if its first message is
//     incomplete, provided that its first line is whole, and that the message
//     is not a mere bulk string, of which nothing but a length was checked;
//   - any other that is the start of a message is held until more data comes,
//     up to ResyncHold bytes.
//
// When nothing more comes, or too much is held, the candidates behind the one
// that is held are looked at. If none of them has a whole message, the first
// whose first line is whole is taken: a stream of nothing but large messages
// would not be found back into otherwise. What was taken wrongly is noticed at
// the next CRLF that is not there.

// verdict is what resync makes of the bytes at hand.
type verdict uint8

const (
	none verdict = iota // no candidate
	hold                // a candidate is to be held
	take                // a candidate is a message boundary
)

// resync looks for a message boundary in the held bytes and data and parses on
// from there. The offset it returns with a fault is one of data.
func (p *Parser) resync(data []byte, v Visitor) (int, Fault) {
	held := len(p.buf)
	b := data
	if held > 0 {
		b = append(p.buf, data...)
		p.buf = nil
	}
	at, what := p.find(b, held, 0, false)
	p.skipped += int64(at)
	if what == take {
		return p.resume(b, at, held, v)
	}
	if what == hold {
		p.heldSegment = p.startsSegment(at, held)
		p.atCandidate = true
		p.keepHeld(b[at:], held > 0 && at == 0)
	} else {
		p.heldSegment = false
		p.atCandidate = bytes.HasSuffix(b, []byte("\r\n")) || len(b) == 1 && b[0] == '\n' && p.cr
	}
	p.cr = len(b) > 0 && b[len(b)-1] == '\r'
	return len(data), 0
}

// keepHeld keeps b, which is a buffer of ours if owned is set.
func (p *Parser) keepHeld(b []byte, owned bool) {
	if !owned || cap(b) > 2*ResyncHold {
		b = append([]byte(nil), b...)
	}
	p.buf = b
}

// settle parses what is held as far as it can be without more data. So many bytes
// as gap are missing behind it, or it is not known how many if gap is negative.
func (p *Parser) settle(gap int64, v Visitor) {
	b := p.buf
	p.buf = nil
	at, what := p.find(b, len(b), gap, true)
	p.skipped += int64(at)
	if what == take {
		if _, fault := p.resume(b, at, len(b), v); fault != 0 {
			p.abandon(v)
		}
	}
}

// resume parses b from the message boundary at; b starts with held bytes.
func (p *Parser) resume(b []byte, at, held int, v Visitor) (int, Fault) {
	p.state = stateElement
	p.cr = false
	if at < held {
		p.late = true
		n, fault := p.run(b[at:held], v)
		p.late = false
		if fault != 0 {
			p.skipped += int64(held - at - n)
			return 0, fault
		}
		at = held
	}
	n, fault := p.run(b[at:], v)
	return at - held + n, fault
}

// startsSegment reports whether position at of the bytes at hand, which start
// with held bytes, is known to start a segment.
func (p *Parser) startsSegment(at, held int) bool {
	return at == held && p.boundary || at == 0 && held > 0 && p.heldSegment
}

// candidate reports whether position at of b may be a message boundary.
func (p *Parser) candidate(b []byte, at, held int) bool {
	switch {
	case p.startsSegment(at, held):
		return true
	case at == 0:
		return p.atCandidate
	case at == 1:
		return b[0] == '\n' && p.cr && held == 0
	}
	return b[at-1] == '\n' && b[at-2] == '\r'
}

// find looks for a message boundary in b, which starts with held bytes. With
// final set nothing will follow b but, if gap is positive, a hole of that length. Unless there is none, what precedes the
// position it returns is of no use; else nothing of b is.
func (p *Parser) find(b []byte, held int, gap int64, final bool) (int, verdict) {
	var t *trial
	work := resyncWork*len(b) + resyncWorkMin
	guess := -1
	for at := 0; at < len(b) && work > 0; {
		if p.candidate(b, at, held) && plausible(p.side, b[at]) {
			if t == nil {
				t = &trial{side: p.side}
			}
			outcome, used := t.try(b[at:])
			work -= used
			switch {
			case outcome == whole, outcome == begun && (p.startsSegment(at, held) || t.parser.spans(gap)):
				return at, take
			case outcome == broken:
			case !final && len(b)-at <= ResyncHold:
				return at, hold
			case outcome >= guessed && guess < 0:
				guess = at
			}
		}
		next := len(b)
		if i := bytes.IndexByte(b[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		if at < held && held < next {
			next = held
		}
		at = next
	}
	if guess >= 0 {
		return guess, take
	}
	return len(b), none
}
