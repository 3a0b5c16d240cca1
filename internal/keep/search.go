package keep

import (
	"bytes"

	"ricochet/decode/resp"
)

// maxSearching bounds the bytes that all scanners hold that are lost. Above it
// what a scanner holds is given up, and the search begins anew.
const maxSearching = 2 << 20

// search looks for the next message in a stream whose position was lost. It
// leaves that to the parser of package resp, so that it ends where every other
// analysis of the same bytes finds its way again: at the byte at which the parser
// begins a message.
type search struct {
	parser resp.Parser
	held   []byte // what the parser holds, too: at most resp.ResyncHold bytes
	fed    int64
	at     int64 // where the message begins, counted from the first byte fed
	hit    bool
}

var _ resp.Visitor = (*search)(nil)

func newSearch(commands bool) *search {
	q := &search{}
	side := resp.Server
	if commands {
		side = resp.Client
	}
	q.parser.Init(side)
	q.parser.Gap(-1, q)
	return q
}

// Begin implements resp.Visitor.
func (q *search) Begin(resp.Kind) int {
	if !q.hit {
		q.hit, q.at = true, q.parser.Skipped()
	}
	return 0
}

// Token implements resp.Visitor.
func (q *search) Token(*resp.Token) {}

// End implements resp.Visitor.
func (q *search) End(bool) {}

// offset returns where in the bytes at hand, what is held first, the parser is:
// at the message that it found, or else at the first byte that it holds.
func (q *search) offset() int {
	first := q.fed - int64(len(q.held))
	if q.hit {
		return int(q.at - first)
	}
	return int(q.parser.Skipped() - first)
}

// settles reports whether a message is found among what is held, now that n bytes
// behind it are missing.
func (q *search) settles(n int64) bool {
	q.parser.Gap(n, q)
	return q.hit
}

// find looks for a message in the next bytes of the stream and goes on from it.
func (p *scanner) find(seq uint32, b []byte, first bool) {
	q := p.search
	if first {
		q.parser.Boundary()
	}
	// The parser fails only if its visitor interferes.
	_ = q.parser.Feed(b, q)
	if q.hit {
		p.resume(seq, b)
		return
	}
	// The parser has seen b, and what it holds of it is not counted as skipped.
	q.fed += int64(len(b))
	passed := int(q.parser.Skipped()-q.fed) + len(b) + len(q.held)
	p.skim(seq, b, passed)
	p.s.m.searching -= len(q.held)
	if passed >= len(q.held) {
		q.held = append(q.held[:0], b[passed-len(q.held):]...)
	} else {
		q.held = append(q.held[:copy(q.held, q.held[passed:])], b...)
	}
	if p.s.m.searching += len(q.held); p.s.m.searching > maxSearching {
		p.lose()
	}
}

// skim passes over the first n of the bytes at hand: what is held, then b, which
// is at seq. The ends of their lines are seen, as they tell where a message may
// begin.
func (p *scanner) skim(seq uint32, b []byte, n int) {
	held := p.search.held
	at := seq - uint32(len(held))
	p.lineEnds(at, held[:min(n, len(held))])
	if n > len(held) {
		p.lineEnds(seq, b[:n-len(held)])
	}
}

func (p *scanner) lineEnds(seq uint32, b []byte) {
	for i := 0; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			break
		}
		if i += n; i > 0 && b[i-1] == '\r' {
			p.f.put(seq+uint32(i)-1, b[i-1:i+1])
		} else if i == 0 {
			p.f.put(seq, b[:1]) // of a CRLF that is split, perhaps
		}
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		p.f.put(seq+uint32(n)-1, b[n-1:])
	}
}

// resume scans on from the message that was found in what is held and b, which
// is at seq.
func (p *scanner) resume(seq uint32, b []byte) {
	held, at := p.search.held, p.search.offset()
	p.skim(seq, b, at)
	p.s.m.searching -= len(held)
	p.search, p.state = nil, stateElement
	if n := len(held); at < n {
		p.feed(seq-uint32(n-at), held[at:], false)
		p.feed(seq, b, false)
	} else {
		p.feed(seq+uint32(at-n), b[at-n:], false)
	}
}

// heldForSearch returns how many bytes are held while the position is lost.
func (p *scanner) heldForSearch() int {
	if p.search == nil {
		return 0
	}
	return len(p.search.held)
}
