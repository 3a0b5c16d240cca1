package decode

import (
	"bytes"

	"ricochet/decode/resp"
)

// recognise tells from the first bytes of one direction what a connection
// speaks. client is the direction from the client or unknownSide, dir that of
// the bytes; known says that a port of the connection is one where RESP is
// expected, joined that the bytes are not the first of their direction. For
// protoRESP side is the direction from the client.
func recognise(b []byte, client int8, dir int, known, joined bool) (p protocol, side int8) {
	switch {
	case looksTLS(b):
		return protoTLS, 0
	case len(b) >= 4 && string(b[:4]) == "RCmb":
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
	return len(b) >= 5 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4 &&
		int(b[3])<<8|int(b[4]) <= maxRecord
}

// looksCommand reports whether b starts like a command sent as an array of bulk
// strings whose first is a word that could be a command's name.
func looksCommand(b []byte) bool {
	if len(b) < 4 || b[0] != '*' {
		return false
	}
	rest, ok := number(b[1:])
	if !ok || len(rest) == 0 || rest[0] != '$' {
		return false
	}
	rest, ok = number(rest[1:])
	if !ok {
		return false
	}
	n := 0
	for n < len(rest) && n < maxName && nameByte(rest[n]) {
		n++
	}
	return n > 0 && (n == len(rest) || rest[n] == '\r') && lookup(bytes.ToUpper(rest[:n])).special != unknown
}

// number passes over digits and CRLF.
func number(b []byte) (rest []byte, ok bool) {
	n := 0
	for n < len(b) && n < 10 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	if n == 0 || len(b) < n+2 || b[n] != '\r' || b[n+1] != '\n' {
		return nil, false
	}
	return b[n+2:], true
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || c == '|'
}

// looksInline reports whether b starts with a whole line that begins with the
// name of a command, any word where RESP is expected, and is not the request
// line of HTTP or its like.
func looksInline(b []byte, known bool) bool {
	i := bytes.IndexByte(b, '\n')
	if i < 0 || i > resp.MaxInline {
		return false
	}
	line := bytes.TrimRight(b[:i], "\r")
	n := 0
	for n < len(line) && n < maxName && nameByte(line[n]) {
		n++
	}
	if n == 0 || n < len(line) && line[n] != ' ' || bytes.Contains(line, []byte(" HTTP/")) {
		return false
	}
	return known || lookup(bytes.ToUpper(line[:n])).special != unknown
}

// partialInline reports whether b could be the start of an inline command.
func partialInline(b []byte) bool {
	return len(b) < maxName && nameByte(b[0]) && bytes.IndexByte(b, '\n') < 0
}

// greeting reports whether a line that looks like a reply could as well be one of
// a protocol that has the same marks: those of POP3 are +OK and -ERR, followed by
// text (RFC 1939, section 3).
func greeting(b []byte) bool {
	return bytes.HasPrefix(b, []byte("+OK ")) || bytes.HasPrefix(b, []byte("-ERR ")) || !isUpper(b[1]) && resp.Kind(b[0]) == resp.String
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

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
	switch resp.Kind(b[0]) {
	case resp.String, resp.Error:
		return len(line) > 0 && line[0] >= ' ' && line[0] < 0x7f
	case resp.Integer, resp.Bulk, resp.Array, resp.Map, resp.Set, resp.Push, resp.Attribute, resp.Verbatim, resp.BulkError:
		if len(line) > 1 && line[0] == '-' {
			line = line[1:]
		}
		_, ok := number(append(append(make([]byte, 0, 16), line[:min(len(line), 12)]...), '\r', '\n'))
		return ok
	case resp.Null:
		return len(line) == 0
	case resp.Bool:
		return string(line) == "t" || string(line) == "f"
	case resp.Double:
		return len(line) > 0 && (line[0] >= '0' && line[0] <= '9' || line[0] == '-' || line[0] == 'i' || line[0] == 'n')
	}
	return false
}
