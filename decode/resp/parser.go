package resp

// Side says who sends the stream. The zero value is invalid.
type Side uint8

// The two directions of a connection.
const (
	_      Side = iota
	Client      // commands: arrays of bulk strings, and inline commands
	Server      // replies and pushes of any type
)

// state is what the next byte of the stream belongs to.
type state uint8

const (
	stateUnset   state = iota
	stateElement       // the kind of an element; with depth 0 and !open, a message boundary
	stateWord          // a length or short line, its start in buf
	stateText          // a long line, rem bytes of it seen
	stateInline        // an inline command, its start in buf
	stateHead          // a payload of rem bytes whose head, so far in buf, is incomplete
	stateBody          // the rem last bytes of a payload and its CRLF
	stateSkip          // rem bytes that are ignored
	stateLost          // unknown
)

// Parser parses one direction of one stream. It must be given its side with
// Init before anything else. It holds no buffer while idle but a small one, and
// it is not for concurrent use.
type Parser struct {
	tok Token // the argument of Visitor.Token; here so that it does not escape

	// buf holds what the state needs from earlier chunks: the start of a line,
	// the start of a payload's head, or, while lost, the held bytes.
	buf   []byte
	stack []frame // the aggregates around the innermost one, outermost first

	left  int64 // elements to come in the innermost aggregate; negative if streamed
	index int64 // position of the current element
	rem   int64 // see state
	skip  int64 // set by Skip: to be ignored after the current message

	skipped int64

	keep    int32 // what Begin returned for this message
	state   state
	side    Side
	kind    Kind // the current element, for states that outlive a chunk
	depth   uint8
	flavour flavour // of the innermost aggregate

	open bool // Begin was called, End was not
	cr   bool // the last byte was, or while lost may have been, a CR
	late bool

	boundary    bool // the next chunk starts a segment
	atCandidate bool // lost: the first held byte, or if none is held the next, is a candidate
	heldSegment bool // lost: the first held byte starts a segment
}

// Init makes p ready for the first byte of a stream sent by side. A parser that
// joins a stream in its middle is then told so by Gap with -1.
func (p *Parser) Init(side Side) { *p = Parser{side: side, state: stateElement} }

// Feed parses the next bytes of the stream and calls v as their elements become
// known. It returns nil when it has consumed all of data, or a *SyntaxError.
// After an error the open message, if any, was ended as incomplete, the parser
// is lost, and data from the error's offset on was not consumed: the caller
// gives it to Feed once more. While the parser is lost, Feed fails only if v
// skips or switches in the middle of what was found.
func (p *Parser) Feed(data []byte, v Visitor) error {
	if len(data) == 0 {
		return nil
	}
	if p.state == stateBody && int64(len(data)) < p.rem-2 {
		p.rem -= int64(len(data)) // in the midst of a long payload
		p.boundary = false
		return nil
	}
	var n int
	var fault Fault
	if p.state == stateLost {
		n, fault = p.resync(data, v)
	} else {
		n, fault = p.run(data, v)
	}
	p.boundary = false
	p.tok.Head = nil
	if fault != 0 {
		p.abandon(v)
		// If the fault was found at the LF of a CRLF, what follows that LF is a
		// place to resume from.
		p.cr = n == 0 || data[n-1] == '\r'
		return &SyntaxError{Fault: fault, Offset: n}
	}
	return nil
}

// Boundary tells p that the data of the next call of Feed starts a TCP segment,
// where messages usually start. It matters only while p is lost.
func (p *Parser) Boundary() { p.boundary = true }

// Lost reports whether p does not know its position in the stream.
func (p *Parser) Lost() bool { return p.state == stateLost }

// Idle reports whether p is between two messages.
func (p *Parser) Idle() bool {
	return p.state == stateElement && p.depth == 0 && !p.open
}

// Skipped returns the number of bytes passed over while lost since Init. Bytes
// that are still held are not among them, nor are those of gaps.
func (p *Parser) Skipped() int64 { return p.skipped }

// Late reports, during Visitor.Begin, whether the message began in an earlier
// chunk than the one given to Feed: a lost parser had held its first bytes.
func (p *Parser) Late() bool { return p.late }

// Switch changes the side from the next message on. It is for the stream after
// a PSYNC, in which the server sends commands, and is to be called at a message
// boundary: between calls of Feed, or from Visitor.End.
func (p *Parser) Switch(side Side) { p.side = side }

// run parses data and returns how much it consumed: all of it, or what lies
// before the fault.
func (p *Parser) run(data []byte, v Visitor) (int, Fault) {
	i := 0
	for i < len(data) {
		var n int
		var fault Fault
		switch p.state {
		case stateElement:
			n, fault = p.element(data[i:], v)
		case stateWord:
			n, fault = p.moreWord(data[i:], v)
		case stateText:
			n, fault = p.moreText(data[i:], v)
		case stateInline:
			n, fault = p.inline(data[i:], v)
		case stateHead:
			n = p.head(data[i:], v)
		case stateBody:
			n, fault = p.body(data[i:], v)
		case stateSkip:
			n = p.pass(len(data) - i)
		default:
			panic("resp: Feed without Init")
		}
		i += n
		if fault != 0 {
			return i, fault
		}
	}
	return i, 0
}

// begin opens a message.
func (p *Parser) begin(kind Kind, v Visitor) {
	p.open = true
	p.keep = int32(min(max(v.Begin(kind), 0), MaxKeep))
}

// emit hands out an element. head may be longer than what was asked for.
func (p *Parser) emit(kind Kind, n int64, head []byte, v Visitor) {
	t := &p.tok
	t.Kind, t.Cut, t.Depth, t.Index, t.N = kind, false, int(p.depth), int(p.index), n
	t.Head = head[:min(len(head), int(p.keep))]
	v.Token(t)
}

// end closes the message. Nothing of p may be written after it: v may have.
func (p *Parser) end(v Visitor) {
	p.open = false
	p.state = stateElement
	if p.skip > 0 {
		p.state, p.rem, p.skip = stateSkip, p.skip, 0
	}
	if cap(p.buf) > retain {
		p.buf = nil
	}
	v.End(true)
}

// abandon gives up the message that is open, if any. The parser is lost.
func (p *Parser) abandon(v Visitor) {
	*p = Parser{state: stateLost, side: p.side, skipped: p.skipped, open: p.open, boundary: p.boundary}
	if p.open {
		p.open = false
		v.End(false)
	}
}
