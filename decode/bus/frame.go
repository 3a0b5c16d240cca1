package bus

import "bytes"

// frame is what the first bytes of a message say of its extent.
type frame struct {
	total  int64 // bytes of the whole message
	kind   Type  // 0: it cannot be read
	light  bool  // it has the short header, and says nothing of its sender
	gossip int   // entries
}

// useful returns how many of its bytes there is something to read in.
func (f frame) useful() int {
	switch {
	case f.kind == 0 || f.light:
		return prefixLen
	case f.kind == Publish || f.kind == PublishShard || f.kind == Module:
		return headerLen
	}
	return int(f.total)
}

// frameOf reads the first prefixLen bytes of a message. It reports false if no
// message starts like that. One that the servers would pass over by its length,
// for its version, its type or lengths that contradict each other
// (clusterIsValidPacket), has no kind.
func frameOf(b []byte) (f frame, ok bool) {
	f.total = int64(u32(b, atLength))
	if string(b[:atLength]) != signature || f.total < prefixLen || f.total > maxMessage {
		return frame{}, false
	}
	if u16(b, atVersion) != version {
		return f, true
	}
	f.light = u16(b, atType)&lightBit != 0
	kind := Type(min(u16(b, atType)&^lightBit, uint16(types))) + 1
	f.gossip = int(u16(b, atCount))
	if lengthFits(kind, f) {
		f.kind = kind
	}
	return f, true
}

// lengthFits reports whether a message of a kind can have the length that it says.
func lengthFits(kind Type, f frame) bool {
	body := f.total - headerLen
	switch kind {
	case Ping, Pong, Meet:
		entries := int64(f.gossip) * gossipLen
		return !f.light && body >= entries && body <= entries+maxExtensions
	case Fail:
		return !f.light && body == failLen
	case Update:
		return !f.light && body == updateLen
	case AuthRequest, AuthAck, ManualStart:
		return !f.light && body == 0
	case Publish, PublishShard, Module:
		if f.light {
			body = f.total - lightLen // 9.x has light ones of modules too
		}
		if kind == Module {
			return body >= moduleLen
		}
		return body >= publishLen
	}
	return false
}

// viable reports whether b, up to prefixLen bytes, can be the start of a message
// that makes sense. It is asked after every byte.
func viable(b []byte) bool {
	if len(b) <= atLength {
		return signature[:len(b)] == string(b)
	}
	if len(b) < prefixLen {
		return true
	}
	f, ok := frameOf(b)
	return ok && f.kind != 0 && f.total <= maxUnsure
}

// Index returns where in b a message starts that makes sense as far as its first
// bytes tell, or -1.
func Index(b []byte) int {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte(signature))
		if i < 0 || len(b)-at-i < prefixLen {
			return -1
		}
		if at += i; viable(b[at : at+prefixLen]) {
			return at
		}
	}
}
