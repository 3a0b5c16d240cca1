package protocol

import (
	"strconv"
	"strings"
	"unicode"
)

// Kind is the type of a value: the byte that it begins with.
type Kind byte

// The types of RESP2 and RESP3. Null is the null of RESP3 as well as both of RESP2.
const (
	SimpleString Kind = '+'
	Error        Kind = '-'
	Integer      Kind = ':'
	Bulk         Kind = '$'
	Array        Kind = '*'
	Null         Kind = '_'
	Bool         Kind = '#'
	Double       Kind = ','
	BigNumber    Kind = '('
	BlobError    Kind = '!'
	Verbatim     Kind = '='
	Map          Kind = '%'
	Set          Kind = '~'
	Push         Kind = '>'

	attribute Kind = '|' // precedes a value, and is left out
)

// Value is a reply, or a part of one.
type Value struct {
	Kind   Kind
	Str    string  // text of strings, errors, and numbers
	Format string  // of a Verbatim: "txt" or "mkd"
	Int    int64   // of an Integer; of a Bool 1 or 0
	Elems  []Value // of a Map: key, value, key, value
}

// IsError tells whether the value is an error of either kind.
func (v Value) IsError() bool { return v.Kind == Error || v.Kind == BlobError }

// String is the value as a reader of a log wants it: with a mark of its type, on one
// line. Text that is not printable is quoted.
func (v Value) String() string {
	switch v.Kind {
	case 0:
		return "(none)"
	case Null:
		return "(nil)"
	case Bool:
		if v.Int != 0 {
			return "#t"
		}
		return "#f"
	case Array:
		return "[" + v.list(", ") + "]"
	case Map:
		return "{" + v.list(": ", ", ") + "}"
	case Set, Push:
		return string(rune(v.Kind)) + "[" + v.list(", ") + "]"
	case Verbatim:
		return "=" + v.Format + ":" + printable(v.Str)
	}
	return string(rune(v.Kind)) + printable(v.Str)
}

// list joins the elements by separators, in turn.
func (v Value) list(separators ...string) string {
	var b strings.Builder
	for i, e := range v.Elems {
		if i > 0 {
			b.WriteString(separators[(i-1)%len(separators)])
		}
		b.WriteString(e.String())
	}
	return b.String()
}

func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
