package bus

import "bytes"

// Handler is given what a Parser finds, in order. Calls are made from within Feed
// and Gap.
type Handler interface {
	// Begin is called when the first byte of what may be a message was taken.
	Begin()
	// Message is called for a message of which at least the header is there. It
	// keeps nothing of m.
	Message(m *Message)
	// Unread is called for a message that makes no sense, whether one follows or
	// not.
	Unread()
	// Skipped is called for bytes that belong to no message that is known.
	Skipped(n int)
}

// Parser reads one direction of a connection. Its zero value is at the start of a
// message.
type Parser struct {
	buf  []byte // the start of the message at hand, or of what may be one
	skip int64  // what follows of it, in bytes, is not looked at
	f    frame  // of the message at hand once prefixLen bytes of it are there
	lost bool   // where the next message starts is not known
	// unsure says that the message at hand was found by searching: if it makes no
	// sense it is none.
	unsure bool
	msg    Message
}

// Held returns the bytes of memory that the Parser holds besides itself.
func (p *Parser) Held() int { return cap(p.buf) }

// Lost reports whether the Parser looks for the start of a message.
func (p *Parser) Lost() bool { return p.lost }

// Feed takes the next bytes. It keeps nothing of data.
func (p *Parser) Feed(data []byte, h Handler) {
	for len(data) > 0 {
		switch {
		case p.skip > 0:
			n := min(p.skip, int64(len(data)))
			p.skip -= n
			data = data[n:]
		case p.lost:
			data = p.search(data, h)
		default:
			data = p.collect(data, h)
		}
	}
}

// Gap says that n bytes are missing; less than 0 if it is not known how many.
func (p *Parser) Gap(n int64, h Handler) {
	within := n >= 0 && !p.lost && (p.skip > 0 && n <= p.skip || n <= p.rest())
	switch {
	case p.skip > 0 && within:
		p.skip -= n
	case n == 0:
	case len(p.buf) >= headerLen && !p.lost:
		// What is missing is not what counts most.
		p.finish(p.buf, p.rest()-n, h)
		p.free()
	default:
		p.skip = p.rest() - n
		p.free()
	}
	if !within && n != 0 {
		p.skip, p.lost, p.unsure = 0, true, false
	}
}

// Drop gives up the message at hand, and what is held of it.
func (p *Parser) Drop() {
	if !p.lost && p.skip == 0 && len(p.buf) >= prefixLen {
		p.skip = p.rest()
	} else if len(p.buf) > 0 {
		p.lost = true
	}
	p.free()
}

// rest returns how many bytes of the message at hand are still to come, 0 if that
// is not known.
func (p *Parser) rest() int64 {
	if p.lost || len(p.buf) < prefixLen {
		return 0
	}
	return p.f.total - int64(len(p.buf))
}

// free forgets the start of the message at hand.
func (p *Parser) free() { p.buf, p.f = nil, frame{} }

// collect takes bytes of a message, and returns those behind what it took.
func (p *Parser) collect(data []byte, h Handler) []byte {
	if len(p.buf) == 0 {
		h.Begin()
		if rest, ok := p.whole(data, h); ok {
			return rest
		}
	}
	need := prefixLen
	if len(p.buf) >= prefixLen {
		need = p.f.kept()
	}
	n := min(need-len(p.buf), len(data))
	p.buf = append(p.buf, data[:n]...)
	data = data[n:]
	if len(p.buf) < need {
		return nil
	}
	if need == prefixLen {
		var ok bool
		if p.f, ok = frameOf(p.buf); !ok {
			p.fail(h)
			return data
		}
		if p.f.kept() > prefixLen {
			return data
		}
	}
	p.finish(p.buf, p.rest(), h)
	p.free()
	return data
}

// whole reads a message of which data holds all that is read, so that nothing
// needs to be kept. It reports false if data does not.
func (p *Parser) whole(data []byte, h Handler) (rest []byte, ok bool) {
	if len(data) < prefixLen {
		return data, false
	}
	f, ok := frameOf(data)
	if !ok || f.kept() > len(data) {
		return data, false
	}
	p.f = f
	p.finish(data[:f.kept()], f.total-int64(f.kept()), h)
	p.f = frame{}
	return data[f.kept():], true
}

// kept returns how many bytes of a message are kept and read.
func (f frame) kept() int { return min(f.useful(), MaxKept) }

// fail gives up following messages by their lengths: there is none where one
// should start.
func (p *Parser) fail(h Handler) {
	if !p.unsure {
		h.Unread()
	}
	p.lost = true
	h.Skipped(p.advance())
}

// finish hands out the message that starts with b, behind which rest bytes of it
// are passed over.
func (p *Parser) finish(b []byte, rest int64, h Handler) {
	unsure := p.unsure
	p.skip, p.unsure = rest, false
	switch {
	case p.f.light && p.f.kind != 0:
	case p.f.kind != 0 && p.msg.read(b, p.f):
		h.Message(&p.msg)
	case unsure:
		p.skip, p.lost = 0, true
		h.Skipped(len(b))
	default:
		h.Unread()
	}
	p.msg = Message{}
}

// search looks for the start of a message, and returns what follows the first
// prefixLen bytes of it.
func (p *Parser) search(data []byte, h Handler) []byte {
	skipped := 0
	for len(data) > 0 {
		if len(p.buf) == 0 {
			i := bytes.IndexByte(data, signature[0])
			if i < 0 {
				i = len(data)
			}
			skipped += i
			if data = data[i:]; len(data) == 0 {
				break
			}
			h.Begin()
		}
		p.buf = append(p.buf, data[0])
		data = data[1:]
		for len(p.buf) > 0 && !viable(p.buf) {
			if skipped += p.advance(); len(p.buf) == 1 {
				h.Begin() // with the byte at hand
			}
		}
		if len(p.buf) == prefixLen {
			p.f, _ = frameOf(p.buf)
			p.lost, p.unsure = false, true
			break
		}
	}
	if skipped > 0 {
		h.Skipped(skipped)
	}
	return data
}

// advance drops what is kept up to the next byte that a message may start with,
// and returns how many bytes that were.
func (p *Parser) advance() int {
	n := bytes.IndexByte(p.buf[1:], signature[0]) + 1
	if n == 0 {
		n = len(p.buf)
	}
	p.buf = append(p.buf[:0], p.buf[n:]...)
	return n
}
