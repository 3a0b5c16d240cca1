package keep

import (
	"bytes"

	"ricochet/decode/bus"
	"ricochet/decode/stream"
)

// The rules of this file are those of package decode, which has to come to the
// same conclusion from what is written.

// decide settles what a connection speaks, if these bytes tell.
func (t *table) decide(c *conn, dir int, ch *stream.Chunk) {
	a, b := t.expected(c.key.a.Port), t.expected(c.key.b.Port)
	known := a || b
	if c.client == unknownSide && a != b {
		// The endpoint with the expected port is the server.
		if a {
			c.client = 1
		} else {
			c.client = 0
		}
	}
	p, side := recognise(ch.Data, c.client, dir, known, ch.Gap != 0)
	switch {
	case p == protoBus || p != protoRESP && !c.synSeen && bus.Index(ch.Data) >= 0:
		c.speakBus(t.m, dir, ch)
		return
	case p == protoOther && !known && t.onBus(c):
		p = undecided // joined in the middle of a message of the bus, perhaps
	}
	if c.proto = p; p == undecided {
		if c.tries++; c.tries >= maxUndecided {
			c.proto = protoOther
		}
		return
	}
	if p != protoRESP {
		return
	}
	if c.client == unknownSide {
		c.client = side
	}
	c.guessed = !known && dir == int(c.client) && ch.Data[0] != '*'
	from, to := &c.flow[c.client], &c.flow[1-c.client]
	c.s = newSession(t.m, from, to, c.synSeen || c.accepted)
	if c.flow[1-dir].data { // bytes that were not understood
		c.s.synced = false
		if dir == int(c.client) {
			c.s.to.lose()
		} else {
			c.s.from.lose()
		}
	}
}

// recognise tells from the first bytes of one direction what a connection
// speaks. client is the flow from the client or unknownSide, dir that of the
// bytes; known says that a port of the connection is one where RESP is expected,
// joined that the bytes are not the first of their direction. For protoRESP side
// is the flow from the client.
func recognise(b []byte, client int8, dir int, known, joined bool) (p protocol, side int8) {
	switch {
	case looksTLS(b):
		return protoTLS, 0
	case looksBus(b):
		return protoBus, 0
	case client == int8(dir):
		if looksCommand(b) || !joined && looksInline(b, known) {
			return protoRESP, client
		}
		if known && (joined || b[0] == '*' || partialInline(b)) {
			return protoRESP, client
		}
	case client != unknownSide:
		if known && joined || looksReply(b) && (known || !greeting(b)) {
			return protoRESP, client
		}
	default:
		if looksCommand(b) {
			return protoRESP, int8(dir)
		}
		if b[0] != '*' && looksReply(b) && !greeting(b) {
			return protoRESP, int8(1 - dir)
		}
	}
	if joined || known && len(b) < 16 {
		return undecided, 0
	}
	return protoOther, 0
}

// looksTLS reports whether b starts with the header of a TLS record: a content
// type from change_cipher_spec to application_data, version 3.x, and a length
// within that of an encrypted record (RFC 8446, sections 5.1 and 5.2).
func looksTLS(b []byte) bool {
	const maxRecord = 1<<14 + 2048 // RFC 5246 allowed 2048 of expansion
	return len(b) >= tlsHeader && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4 &&
		int(b[3])<<8|int(b[4]) <= maxRecord
}

// looksBus reports whether b starts with a packet of the cluster bus.
func looksBus(b []byte) bool { return len(b) >= busMark && string(b[:busMark]) == busSignature }

// looksCommand reports whether b starts like a command sent as an array of bulk
// strings whose first is the name of a known one.
func looksCommand(b []byte) bool {
	if len(b) < 4 || b[0] != '*' {
		return false
	}
	rest, ok := number(b[1:])
	if !ok || len(rest) == 0 || rest[0] != '$' {
		return false
	}
	if rest, ok = number(rest[1:]); !ok {
		return false
	}
	n := nameLen(rest)
	return n > 0 && (n == len(rest) || rest[n] == '\r') && isKnown(rest[:n])
}

// number passes over digits and CRLF.
func number(b []byte) (rest []byte, ok bool) {
	n := 0
	for n < len(b) && n < 10 && isDigit(b[n]) {
		n++
	}
	if n == 0 || len(b) < n+2 || b[n] != '\r' || b[n+1] != '\n' {
		return nil, false
	}
	return b[n+2:], true
}

// nameLen returns how many bytes at the start of b may be the name of a command.
func nameLen(b []byte) int {
	n := 0
	for n < len(b) && n < maxName && nameByte(b[n]) {
		n++
	}
	return n
}

func nameByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '.' || c == '_' || c == '-' || c == '|'
}

func isKnown(name []byte) bool { return lookup(bytes.ToUpper(name)).known }

// looksInline reports whether b starts with a whole line that begins with the
// name of a command, any word where RESP is expected, and is not the request
// line of HTTP or its like.
func looksInline(b []byte, known bool) bool {
	i := bytes.IndexByte(b, '\n')
	if i < 0 || i > maxInline {
		return false
	}
	line := bytes.TrimRight(b[:i], "\r")
	n := nameLen(line)
	if n == 0 || n < len(line) && line[n] != ' ' || bytes.Contains(line, []byte(" HTTP/")) {
		return false
	}
	return known || isKnown(line[:n])
}

// partialInline reports whether b could be the start of an inline command.
func partialInline(b []byte) bool {
	return len(b) < maxName && nameByte(b[0]) && bytes.IndexByte(b, '\n') < 0
}

// greeting reports whether a line that looks like a reply could as well be one of
// POP3 (RFC 1939, section 3).
func greeting(b []byte) bool {
	return bytes.HasPrefix(b, []byte("+OK ")) || bytes.HasPrefix(b, []byte("-ERR ")) || b[0] == '+' && (b[1] < 'A' || b[1] > 'Z')
}

// maybeReply reports whether b starts with a reply header, or could once more of
// it is there.
func maybeReply(b []byte) bool {
	return looksReply(b) || len(b) < 16 && bytes.IndexByte(b, '\n') < 0
}

// looksReply reports whether b starts with a whole reply header.
func looksReply(b []byte) bool {
	i := bytes.IndexByte(b, '\n')
	if i < 2 || i > 512 || b[i-1] != '\r' {
		return false
	}
	line := b[1 : i-1]
	switch b[0] {
	case '+', '-':
		return len(line) > 0 && line[0] >= ' ' && line[0] < 0x7f
	case ':', '$', '*', '%', '~', '>', '|', '=', '!':
		if len(line) > 1 && line[0] == '-' {
			line = line[1:]
		}
		for _, c := range line[:min(len(line), 10)] {
			if !isDigit(c) {
				return false
			}
		}
		return len(line) > 0 && len(line) <= 10
	case '_':
		return len(line) == 0
	case '#':
		return string(line) == "t" || string(line) == "f"
	case ',':
		return len(line) > 0 && (isDigit(line[0]) || line[0] == '-' || line[0] == 'i' || line[0] == 'n')
	}
	return false
}
