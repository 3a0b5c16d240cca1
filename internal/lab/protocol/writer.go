package protocol

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/tidwall/resp"
)

// Writer appends replies for one version of the protocol. The zero value writes RESP2.
// Where RESP2 lacks a type, it writes what a Valkey server does.
type Writer struct {
	// Version is 2 or 3. It may change between replies.
	Version int

	buf []byte
}

// Bytes is what was written since the last Reset, valid until the next call of a
// method.
func (w *Writer) Bytes() []byte { return w.buf }

// Len is how many bytes were written since the last Reset.
func (w *Writer) Len() int { return len(w.buf) }

// Reset forgets what was written. It keeps the memory, unless that is large.
func (w *Writer) Reset() {
	if w.buf = w.buf[:0]; cap(w.buf) > maxKept {
		w.buf = nil
	}
}

// Raw appends bytes that are a reply, or a part of one, already.
func (w *Writer) Raw(b []byte) { w.buf = append(w.buf, b...) }

// OK writes the simple string "OK".
func (w *Writer) OK() { w.Simple("OK") }

// Simple writes a simple string.
func (w *Writer) Simple(s string) {
	if hasControl(s) {
		w.line('+', oneLine(s))
		return
	}
	w.value(resp.SimpleStringValue(s))
}

// Error writes an error, of which text is all but the minus sign.
func (w *Writer) Error(text string) {
	if hasControl(text) {
		w.line('-', oneLine(text))
		return
	}
	w.value(resp.ErrorValue(errors.New(text)))
}

// Int writes an integer.
func (w *Writer) Int(n int64) { w.value(resp.IntegerValue(int(n))) }

// Bulk writes a string of any bytes, an empty one if b is nil.
func (w *Writer) Bulk(b []byte) { w.value(resp.BytesValue(b)) }

// BulkString writes a string of any bytes.
func (w *Writer) BulkString(s string) { w.value(resp.StringValue(s)) }

// Null writes that there is no value.
func (w *Writer) Null() {
	if w.three() {
		w.line('_', "")
		return
	}
	w.value(resp.NullValue())
}

// NullArray writes that there is no value, where an array was expected.
func (w *Writer) NullArray() {
	if w.three() {
		w.line('_', "")
		return
	}
	w.line('*', "-1")
}

// Array begins an array: the next n values are its elements.
func (w *Writer) Array(n int) { w.header('*', n) }

// Map begins a map: the next 2*n values are its keys and values in turn. To RESP2
// it is an array of these.
func (w *Writer) Map(n int) {
	if w.three() {
		w.header('%', n)
		return
	}
	w.header('*', 2*n)
}

// Set begins a set: the next n values are its elements. To RESP2 it is an array.
func (w *Writer) Set(n int) { w.header(w.either('~', '*'), n) }

// Push begins what is sent out of turn: the next n values are its elements. To RESP2
// it is an array.
func (w *Writer) Push(n int) { w.header(w.either('>', '*'), n) }

// Bool writes a truth value. To RESP2 it is the integer 1 or 0.
func (w *Writer) Bool(b bool) {
	switch {
	case !w.three():
		w.value(resp.BoolValue(b))
	case b:
		w.line('#', "t")
	default:
		w.line('#', "f")
	}
}

// Double writes a number. To RESP2 it is a bulk string.
func (w *Writer) Double(f float64) {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	switch {
	case math.IsInf(f, 0):
		s = strings.ToLower(strings.TrimPrefix(s, "+"))
	case math.IsNaN(f):
		s = "nan"
	}
	if w.three() {
		w.line(',', s)
		return
	}
	w.BulkString(s)
}

// Verbatim writes a text whose format is named by three letters: "txt", "mkd". To
// RESP2 it is a bulk string.
func (w *Writer) Verbatim(format, text string) {
	if !w.three() {
		w.BulkString(text)
		return
	}
	w.header('=', len(format)+1+len(text))
	w.buf = append(w.buf, format...)
	w.buf = append(w.buf, ':')
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf, "\r\n"...)
}

func (w *Writer) three() bool { return w.Version >= 3 }

func (w *Writer) either(three, two byte) byte {
	if w.three() {
		return three
	}
	return two
}

// value appends a value of RESP2.
func (w *Writer) value(v resp.Value) {
	b, err := v.MarshalRESP()
	if err != nil {
		panic("internal error: " + err.Error()) // the value is of a type that the library made
	}
	w.buf = append(w.buf, b...)
}

func (w *Writer) line(kind byte, s string) {
	w.buf = append(w.buf, kind)
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, "\r\n"...)
}

func (w *Writer) header(kind byte, n int) {
	w.buf = append(w.buf, kind)
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	w.buf = append(w.buf, "\r\n"...)
}

// hasControl tells whether the library would change s.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

// oneLine makes a line of s as the server does: without CR and LF at its ends, and
// with a space in place of each within.
func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(strings.Trim(s, "\r\n"))
}

// Truncate takes back all but the first n bytes.
func (w *Writer) Truncate(n int) { w.buf = w.buf[:n] }
