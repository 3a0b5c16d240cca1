package resp

import "fmt"

// Fault is the kind of a syntax error. The zero value is no fault.
type Fault uint8

// What can be wrong with a stream.
const (
	_           Fault = iota
	NotRESP           // a byte that announces no element, or none that may stand there
	BadLength         // a length that is no number, or out of bounds
	BadValue          // a number, double, boolean or null that is malformed
	BadCRLF           // a payload or line that does not end in CRLF
	BadQuotes         // an inline command with unbalanced quotes
	TooDeep           // aggregates nested beyond MaxDepth
	LineTooLong       // a line beyond MaxLine, MaxInline or MaxDouble
)

// String describes f.
func (f Fault) String() string {
	switch f {
	case NotRESP:
		return "unexpected first byte"
	case BadLength:
		return "bad length"
	case BadValue:
		return "bad value"
	case BadCRLF:
		return "missing CRLF"
	case BadQuotes:
		return "unbalanced quotes"
	case TooDeep:
		return "nesting too deep"
	case LineTooLong:
		return "line too long"
	}
	return "no fault"
}

// SyntaxError says that a stream is not RESP, or exceeds a bound.
type SyntaxError struct {
	Fault Fault
	// Offset is where in the data given to Feed the fault was found, in bytes.
	Offset int
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("parse resp: %v at offset %d", e.Fault, e.Offset)
}
