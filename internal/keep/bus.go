package keep

import (
	"encoding/binary"

	"ricochet/decode/bus"
	"ricochet/decode/stream"
)

// What is known here of the layout of a message of the cluster bus, in bytes
// (clusterMsg of cluster_legacy.h). All else is left to package bus.
const (
	busMark    = 4  // length of the signature
	busLength  = 4  // where the length of the message is, 32 bits
	busVersion = 8  // where the version of the protocol is
	busType    = 12 // where its type is, 16 bits
	busPrefix  = 16 // what tells a message and its length
	busHeader  = 2256
)

const busSignature = "RCmb"

// busOffset is how far the port of the bus lies above that of the service; it is
// that of package decode.
const busOffset = 10000

// Types of messages that carry what clients or modules say (CLUSTERMSG_TYPE_ of
// cluster_legacy.h). With busLight set there is no header but the prefix.
const (
	busPublish      = 4
	busModule       = 9
	busPublishShard = 10
	busLight        = 0x8000
)

// maxBus bounds the bytes held of messages that are not whole, of all connections.
const maxBus = 1 << 20

// busScanner finds the messages of one direction of a connection of the cluster
// bus, and lets them be seen but for the bodies of those that carry what clients or
// modules say.
//
// It goes from message to message as bus.Parser does. What the parser takes for the
// prefix of a message is always seen, of one that it steps over no more than that
// and the length, so that it goes the same way through what is written. What stands
// behind a prefix is seen if the parser can read it.
type busScanner struct {
	m     *masker
	f     *flow
	buf   []byte // the start of the message at hand, or of what may be one; up to its prefix it is in first
	first [busPrefix]byte
	total int64  // length of the message, set once buf has its prefix
	want  int    // how much of its start is read, likewise
	skip  int64  // what is still to come of a message that was dealt with
	end   uint32 // place in the stream behind the last byte taken
	lost  bool   // where the next message starts is not known
	// unsure says that the message at hand was found by searching: if it makes no
	// sense it is none.
	unsure bool
}

// speakBus makes the connection one of the bus, as the bytes from dir show.
func (c *conn) speakBus(m *masker, dir int, ch *stream.Chunk) {
	if looksBus(ch.Data) { // to be recognised by it again, whatever follows
		c.flow[dir].put(ch.Seq, ch.Data[:busMark])
	}
	c.proto, c.bus = protoBus, &[2]busScanner{}
	for i := range c.bus {
		p := &c.bus[i]
		p.m, p.f = m, &c.flow[i]
		p.buf = p.first[:0]
		// What came before was not understood.
		p.lost = !c.synSeen || i != dir && c.flow[i].data
	}
}

// take takes the next run of bytes, and returns how many of the latest are not
// decided.
func (p *busScanner) take(ch *stream.Chunk) int {
	if ch.Gap != 0 {
		p.gap(ch.Gap)
	}
	for b, n := ch.Data, 0; len(b) > 0; b = b[n:] {
		p.end = ch.Seq + uint32(len(ch.Data)-len(b))
		switch {
		case p.skip > 0:
			n = int(min(p.skip, int64(len(b))))
			p.skip -= int64(n)
			p.end += uint32(n)
		case p.lost:
			n = p.search(b)
		default:
			n = p.collect(b)
		}
	}
	return len(p.buf)
}

// collect takes bytes of a message, and returns how many.
func (p *busScanner) collect(b []byte) int {
	need := busPrefix
	if len(p.buf) >= busPrefix {
		need = p.want
	}
	n := min(need-len(p.buf), len(b))
	p.buf = append(p.buf, b[:n]...)
	p.end += uint32(n)
	switch {
	case len(p.buf) < need:
	case need == busPrefix:
		p.begin()
	default:
		p.finish(p.rest())
	}
	return n
}

// search looks for the prefix of a message, and returns up to where in b it looked.
func (p *busScanner) search(b []byte) int {
	var room [2 * busPrefix]byte
	held := len(p.buf)
	joint := append(append(room[:0], p.buf...), b[:min(len(b), busPrefix)]...)
	from, at := joint, bus.Index(joint)
	if at < 0 && len(b) >= busPrefix {
		from, at, held = b, bus.Index(b), 0
	}
	if at < 0 {
		p.buf = append(p.first[:0], busStart(from)...)
		p.end += uint32(len(b))
		return len(b)
	}
	n := at + busPrefix - held
	p.buf = append(p.first[:0], from[at:at+busPrefix]...)
	p.end += uint32(n)
	p.lost, p.unsure = false, true
	p.begin()
	return n
}

// busStart returns the end of b that may be the start of a prefix.
func busStart(b []byte) []byte {
	b = b[max(0, len(b)-busPrefix+1):]
	for len(b) > 0 {
		if n := min(len(b), busMark); string(b[:n]) == busSignature[:n] {
			break
		}
		b = b[1:]
	}
	return b
}

// begin takes the prefix of a message.
func (p *busScanner) begin() {
	extent := p.m.judge.prefix(p.buf)
	if extent == noMessage {
		p.lost = true
		p.buf = append(p.first[:0], busStart(p.buf[1:])...)
		return
	}
	seen := p.buf
	if extent == unknownMessage {
		seen, p.m.unread = p.buf[:busVersion], true
	}
	p.f.put(p.end-busPrefix, seen)
	p.total = int64(binary.BigEndian.Uint32(p.buf[busLength:]))
	if extent != wholeMessage {
		p.skip, p.unsure = p.rest(), false
		p.forget()
		return
	}
	p.want = int(min(p.total, bus.MaxKept))
	switch binary.BigEndian.Uint16(p.buf[busType:]) {
	case busPublish, busModule, busPublishShard:
		p.want = busHeader
	}
	if p.grow(); p.m.bus > maxBus {
		p.m.unread = true
		p.skip, p.unsure = p.rest(), false
		p.forget()
	}
}

// finish takes the start of a message as far as it is there and read. Behind it
// rest bytes of it are passed over.
func (p *busScanner) finish(rest int64) {
	p.skip = rest
	switch {
	case p.m.judge.reads(p.buf):
		p.f.put(p.end-uint32(len(p.buf)), p.buf)
	case p.unsure:
		p.skip, p.lost = 0, true
	default:
		p.m.unread = true
	}
	p.unsure = false
	p.forget()
}

// gap says that n bytes of the stream are missing here, or an unknown number if
// n is less than 0.
func (p *busScanner) gap(n int64) {
	within := n >= 0 && !p.lost && (n <= p.skip || n <= p.rest())
	switch {
	case p.skip > 0 && within:
		p.skip -= n
	case len(p.buf) >= busHeader:
		p.finish(p.rest() - n)
	default:
		p.skip = p.rest() - n
		p.forget()
	}
	if !within {
		p.skip, p.lost, p.unsure = 0, true, false
	}
}

// rest returns how many bytes of the message at hand are still to come, 0 if that
// is not known.
func (p *busScanner) rest() int64 {
	if p.lost || len(p.buf) < busPrefix {
		return 0
	}
	return p.total - int64(len(p.buf))
}

// grow makes room for all that is read of the message.
func (p *busScanner) grow() {
	b := p.m.spare
	if p.m.spare = nil; cap(b) < p.want {
		b = make([]byte, 0, p.want)
	}
	p.m.bus += cap(b)
	p.buf = append(b[:0], p.buf...)
}

// forget empties buf.
func (p *busScanner) forget() {
	if cap(p.buf) > busPrefix {
		p.m.bus -= cap(p.buf)
		p.m.spare = p.buf
	}
	p.buf = p.first[:0]
}

// judge asks bus.Parser about one message at a time.
type judge struct {
	parser bus.Parser
	read   bool
	unread bool
}

var _ bus.Handler = (*judge)(nil)

// Begin implements bus.Handler.
func (j *judge) Begin() {}

// Message implements bus.Handler.
func (j *judge) Message(*bus.Message) { j.read = true }

// Unread implements bus.Handler.
func (j *judge) Unread() { j.unread = true }

// Skipped implements bus.Handler.
func (j *judge) Skipped(int) {}

// extent is how much of a message there is to be read.
type extent uint8

const (
	_              extent = iota
	noMessage             // no message begins like that
	unknownMessage        // nothing but its length
	lightMessage          // nothing but its prefix
	wholeMessage
)

// prefix says what begins with a prefix.
func (j *judge) prefix(b []byte) extent {
	light := binary.BigEndian.Uint16(b[busType:])&busLight != 0
	if bus.Index(b) < 0 { // but for messages that are very long it cannot be read
		*j = judge{}
		j.parser.Feed(b, j)
		switch {
		case j.parser.Lost():
			return noMessage
		case j.unread:
			return unknownMessage
		}
	}
	if light {
		return lightMessage
	}
	return wholeMessage
}

// reads reports whether a message can be read of which b is the start, at least
// its header.
func (j *judge) reads(b []byte) bool {
	*j = judge{}
	j.parser.Feed(b, j)
	if !j.read && !j.unread {
		j.parser.Gap(stream.Unknown, j) // its end is missing
	}
	return j.read
}
