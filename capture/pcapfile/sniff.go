package pcapfile

import (
	"bytes"
	"unicode/utf8"
)

// longestMagic is how many bytes foreign wants to see; a capture has more.
const longestMagic = 12

// foreign lists formats that are not read but that people do pass, so that the
// error can name them.
func foreign(b []byte) string {
	for _, f := range [...]struct{ magic, name string }{
		{"snoop\x00\x00\x00", "a snoop capture (RFC 1761)"},
		{"btsnoop\x00", "a Bluetooth snoop capture"},
		{"GMBU", "a Network Monitor capture"},
		{"RTSS", "a Network Monitor capture"},
		{"TRSNIFF data", "a Sniffer capture"},
		{"XCP\x00", "a NetXRay capture"},
		{"\x42\xd2\x00\x34\x12\x66\x22\x88", "an RMON capture"},
		{"iptrace ", "an AIX iptrace capture"},
		{"REDIS0", "a snapshot (RDB) of Redis"},
		{"VALKEY", "a snapshot (RDB) of Valkey"},
		{"\xfd7zXZ\x00", "compressed with xz, which is not read"},
		{"BZh", "compressed with bzip2, which is not read"},
		{"\x04\x22\x4d\x18", "compressed with lz4, which is not read"},
		{"PK\x03\x04", "a zip archive"},
		{"\x7fELF", "a program"},
	} {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}

// notCapture says what the start of an input that is no capture looks like.
func notCapture(name string, b []byte) *Error {
	if what := foreign(b); what != "" {
		return newError(name, NotCapture, "not a pcap or pcapng capture: "+what)
	}
	if sniffCompression(b) != uncompressed {
		return newError(name, NotCapture, "not a pcap or pcapng capture: compressed twice")
	}
	if looksLikeText(b) {
		return newError(name, Text, "not a pcap or pcapng capture: it looks like text")
	}
	return newError(name, NotCapture, "not a pcap or pcapng capture")
}

// textSample is how many bytes looksLikeText examines.
const textSample = 512

func looksLikeText(b []byte) bool {
	b = b[:min(len(b), textSample)]
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			// The sample may end within a character.
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != 0x1b, r == 0x7f:
			return false
		}
		b = b[n:]
	}
	return true
}
