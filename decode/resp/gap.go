package resp

import "math"

// Gap says that n bytes of the stream are missing here, or an unknown number if
// n is -1. If they lie within a bulk string and its CRLF, or within what Skip
// ignores, parsing goes on behind them; a head that is thereby incomplete is
// handed out with Cut set. Otherwise the open message is abandoned and the
// parser is lost.
//
// What a lost parser holds is settled first, as nothing will complete it. For
// that reason Gap with -1 is also to be called at the end of a stream.
func (p *Parser) Gap(n int64, v Visitor) {
	if n == 0 {
		return
	}
	switch p.state {
	case stateSkip:
		if n > 0 && n <= p.rem {
			p.pass(int(min(n, math.MaxInt)))
			return
		}
	case stateHead:
		if p.spans(n) {
			p.headDone(p.buf, true, v)
			// v may have skipped the payload, or may have ended up elsewhere.
			p.Gap(n, v)
			return
		}
	case stateBody:
		if p.spans(n) {
			p.rem -= n
			if p.rem == 0 {
				p.advance(v)
			}
			return
		}
	case stateLost:
		if p.settle(n, v); !p.Lost() {
			p.Gap(n, v)
			return
		}
	}
	p.abandon(v)
	// The first byte behind the gap may be the LF of a CRLF.
	p.cr = true
}

// spans reports whether a gap of n bytes lies within the open bulk string.
func (p *Parser) spans(n int64) bool {
	switch p.state {
	case stateHead:
		return n > 0 && n <= p.rem-int64(len(p.buf))+2
	case stateBody:
		return n > 0 && n <= p.rem
	}
	return false
}

// Skip makes the parser ignore n bytes of the stream, such as the snapshot that
// a server sends to a replica, and start afresh behind them. They are counted
//
//   - from the start of the payload if Skip is called from Visitor.Token with a
//     top-level bulk string, which is then over and has no CRLF,
//   - from the end of the message if it is called from Visitor otherwise,
//   - from the next byte given to Feed if it is called between two messages, or
//     while the parser is lost: it is lost no more.
//
// In the middle of a message that is split over chunks, Skip waits for its end.
func (p *Parser) Skip(n int64) {
	if n <= 0 {
		return
	}
	switch {
	case p.state == stateSkip:
		p.rem = sum(p.rem, n)
	case p.state == stateLost:
		*p = Parser{state: stateSkip, side: p.side, rem: n, skipped: p.skipped + int64(len(p.buf))}
	case p.Idle():
		p.state, p.rem = stateSkip, n
	default:
		p.skip = sum(p.skip, n)
	}
}

// pass ignores up to n bytes and returns how many.
func (p *Parser) pass(n int) int {
	n = int(min(int64(n), p.rem))
	p.rem -= int64(n)
	if p.rem == 0 {
		p.state = stateElement
	}
	return n
}

// sum adds two numbers that are not negative.
func sum(a, b int64) int64 { return min(a, math.MaxInt64-b) + b }
