package pcapng

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Codes of options: those of all blocks, those of a section, and those of an
// interface (sections 3.5, 4.1 and 4.2).
const (
	optEnd     = 0
	optComment = 1

	optHardware    = 2
	optOS          = 3
	optApplication = 4

	optName        = 2
	optDescription = 3
	optResolution  = 9
)

// How long text may be, in bytes. The format has room for 65535.
const (
	maxText    = 252
	maxComment = 4096
)

// text is what is written of s.
func text(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// appendText appends an option, unless it is empty.
func appendText(b []byte, code uint16, s string, limit int) []byte {
	if s = text(s, limit); s == "" {
		return b
	}
	return appendOption(b, code, s)
}

// textSize is the length of what appendText appends.
func textSize(s string, limit int) int {
	if s = text(s, limit); s == "" {
		return 0
	}
	return optionSize(len(s))
}

func appendOption(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...), len(value))
}

// optionSize is the length of an option whose value has n bytes.
func optionSize(n int) int { return 4 + padded(n) }
