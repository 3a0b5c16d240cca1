package keep

import "bytes"

// state is what the next byte of a stream belongs to.
type state uint8

const (
	stateElement  state = iota // the kind of an element; at depth 0 a message boundary
	stateLength                // a length, up to its CRLF
	stateWord                  // a number or its like, up to its CRLF
	stateText                  // a line of which buf holds the start, undecided
	stateRest                  // the rest of a line that is blanked
	stateHead                  // the start of a payload, so far in buf, undecided
	stateBody                  // the rem last bytes of a payload
	stateCRLF                  // the rem bytes of the CRLF behind a payload
	stateSync                  // the answer to PSYNC
	stateSnapshot              // rem bytes of a snapshot
	stateMark                  // a snapshot that ends at a mark
	stateLost                  // unknown
)

// Bounds of a stream, those of decode/resp where it has the same.
const (
	maxBulk     = 512 << 20
	maxArgs     = 1 << 20
	maxElements = 1<<31 - 1
	maxDepth    = 32
	maxInline   = 64 << 10
	maxTextLine = 64 << 10
)

// Bounds of what is kept until it is decided, in bytes.
const (
	// maxLine is the longest line that is looked at as a whole. Longer ones are
	// blanked behind their first word. A redirect has at most 288 bytes
	// (decode.MaxLine).
	maxLine = 288
	// maxInlineKept is the longest inline command that is understood. Longer ones
	// are blanked.
	maxInlineKept = 1 << 10
)

// kindInline and kindSync stand for lines that no byte announces: an inline
// command, and an answer to PSYNC.
const (
	kindInline = 'i'
	kindSync   = 's'
)

// scanner finds the elements of one direction of a RESP connection with their
// places in the stream, which a parser that only reads need not know, and puts
// what may be seen of them into the packets that are held. Its grammar is that of
// decode/resp.
type scanner struct {
	s        *session
	f        *flow
	commands bool // what is sent are commands
	state    state
	kind     byte   // of the element at hand
	act      action // what becomes of it
	neg      bool
	streamed bool
	cr       bool
	digits   uint8
	n        int64 // a length
	rem      int64
	want     int   // how much of a payload decides what becomes of it
	long     int64 // length of the line at hand, so far
	stack    []level
	buf      []byte  // bytes that are not decided, the last of the stream so far
	req      request // of commands
	sync     *snapshot
	search   *search
	end      uint32 // place in the stream behind the last byte scanned

	// The bytes at hand, their place in the stream, and up to where they were put.
	b    []byte
	seq  uint32
	done int
}

// level is an aggregate around the element at hand.
type level struct {
	left, index int64
	flavour     flavour
}

// flavour is what is particular about an aggregate.
type flavour uint8

const (
	whole          flavour = iota
	attribute              // the element that it belongs to follows it
	streamed               // ends at a terminator
	streamedString         // its elements are chunks, the last of them empty
)

// feed scans the next bytes of the stream. first says that they start a segment.
func (p *scanner) feed(seq uint32, b []byte, first bool) {
	for len(b) > 0 {
		p.end = seq + uint32(len(b))
		if p.state == stateLost {
			p.find(seq, b, first)
			return
		}
		n, ok := p.scan(seq, b)
		if ok {
			return
		}
		p.lose()
		if p.s.fault(); p.s.broken {
			return
		}
		seq, b, first = seq+uint32(n), b[n:], false
	}
}

// scan scans b and returns how much of it it took: all, or what lies before a
// byte that no valid stream has there.
func (p *scanner) scan(seq uint32, b []byte) (int, bool) {
	p.seq, p.b, p.done = seq, b, 0
	i, ok := 0, true
	for i < len(b) && ok {
		from := i
		switch p.state {
		case stateElement:
			i, ok = p.element(i)
		case stateLength:
			i, ok = p.length(i)
		case stateWord:
			i, ok = p.word(i)
		case stateText:
			i, ok = p.text(i)
		case stateRest:
			i, ok = p.rest(i)
		case stateHead:
			i = p.head(i)
		case stateBody:
			i = p.body(i)
		case stateCRLF:
			i, ok = p.crlf(i)
		case stateSync:
			i, ok = p.answerToSync(i)
		case stateSnapshot:
			i = p.snapshotBody(i)
		case stateMark:
			i = p.untilMark(i)
		}
		if !ok { // what led to the fault is not seen
			p.pass(max(from, p.done), i)
		}
	}
	p.put(i)
	p.b = nil
	return i, ok
}

// put lets the bytes at hand be seen up to i, but for those that were passed.
func (p *scanner) put(i int) {
	if p.done < i {
		p.f.put(p.seq+uint32(p.done), p.b[p.done:i])
	}
	p.done = i
}

// pass leaves the bytes at hand from i to j blank.
func (p *scanner) pass(i, j int) {
	p.put(i)
	p.done = j
}

// replace puts something else in the place of the bytes at hand from i on.
func (p *scanner) replace(i int, with []byte) {
	p.put(i)
	p.f.put(p.seq+uint32(i), with)
	p.done = i + len(with)
}

// pending returns how many of the latest bytes are not decided.
func (p *scanner) pending() int {
	if p.s.broken {
		return 0
	}
	switch p.state {
	case stateText, stateHead:
		return len(p.buf)
	case stateMark:
		return p.sync.matched
	case stateLost:
		return len(p.search.held)
	}
	return 0
}

// idle reports whether p is between two messages.
func (p *scanner) idle() bool { return p.state == stateElement && len(p.stack) == 0 }

// gap says that n bytes of the stream are missing here, or an unknown number if
// n is -1.
func (p *scanner) gap(n int64) {
	switch p.state {
	case stateSnapshot:
		if n > 0 && n <= p.rem {
			p.rem -= n
			p.endOfSnapshot()
			return
		}
	case stateMark:
		if n > 0 {
			p.sync.matched = 0
			return
		}
	case stateHead:
		if n > 0 && n <= p.rem-int64(len(p.buf))+2 {
			p.decideHead(p.buf, true)
			p.settle(p.end)
			p.gap(n)
			return
		}
		p.decideHead(p.buf, true)
		p.settle(p.end)
	case stateBody:
		if n > 0 && n <= p.rem+2 {
			p.rem += 2 - n
			if p.rem > 2 {
				p.rem -= 2
				return
			}
			if p.state = stateCRLF; p.rem == 0 {
				p.advance()
			}
			return
		}
	case stateCRLF:
		if n > 0 && n <= p.rem {
			if p.rem -= n; p.rem == 0 {
				p.advance()
			}
			return
		}
	case stateLost:
		if p.search.settles(n) {
			p.resume(p.end, nil)
			p.gap(n)
			return
		}
		// It may have been the start of a message, and is to look like one.
		if held := p.search.held; len(held) > 0 {
			p.f.put(p.end-uint32(len(held)), announcement(p.s.m.scratch[:0], held))
		}
	}
	p.lose()
}

// announcement appends what the start of an element may look like whatever it is:
// its kind and, if it has one, a length. A digit stands for any other, as this may
// be a value all the same.
func announcement(dst, b []byte) []byte {
	dst = append(dst, b[0])
	if bytes.IndexByte([]byte("$*!=%~|>"), b[0]) < 0 {
		return dst
	}
	for _, c := range b[1:min(len(b), headLen)] {
		switch {
		case isDigit(c):
			dst = append(dst, '1')
		case c == '-', c == '?', c == '\r':
			dst = append(dst, c)
		case c == '\n':
			return append(dst, c)
		default:
			return dst
		}
	}
	return dst
}

// lose gives up the message at hand: the position in the stream is not known.
func (p *scanner) lose() {
	p.s.m.searching -= p.heldForSearch()
	p.state, p.stack, p.buf = stateLost, p.stack[:0], p.buf[:0]
	p.search = newSearch(p.commands)
	if p == &p.s.to {
		p.s.rep.open = false
	}
}
