package resp

// Kind is the type of an element: the byte that announces it on the wire, or
// Inline. The zero value is invalid.
type Kind byte

// The types of RESP2 and RESP3, and inline commands.
const (
	String    Kind = '+' // simple string
	Error     Kind = '-' // simple error
	Integer   Kind = ':'
	Bulk      Kind = '$' // bulk string, null bulk string or streamed string
	Array     Kind = '*' // array, null array or streamed array; a command
	Null      Kind = '_'
	Bool      Kind = '#'
	Double    Kind = ','
	BigNumber Kind = '('
	BulkError Kind = '!'
	Verbatim  Kind = '='
	Map       Kind = '%'
	Set       Kind = '~'
	Attribute Kind = '|'
	Push      Kind = '>'
	Chunk     Kind = ';' // a part of a streamed string
	// Inline is a command written as one line of words, and each of its words.
	// It stands for no byte of the wire.
	Inline Kind = 'i'

	// streamEnd closes a streamed aggregate. It yields no token.
	streamEnd Kind = '.'
)

// String returns the byte that announces k, or "inline".
func (k Kind) String() string {
	switch k {
	case 0:
		return "invalid"
	case Inline:
		return "inline"
	}
	return string(rune(k))
}

// shape is how an element is laid out on the wire.
type shape uint8

const (
	_         shape = iota
	shapeText       // a line of any length up to MaxLine
	shapeWord       // a line that is short and checked as a whole
	shapeBulk       // a length, a payload, CRLF
	shapeMany       // a number of elements, the elements
)

// shapes is the layout of every kind of the wire. It is never written to.
var shapes = [256]shape{
	String:    shapeText,
	Error:     shapeText,
	BigNumber: shapeText,
	Integer:   shapeWord,
	Null:      shapeWord,
	Bool:      shapeWord,
	Double:    shapeWord,
	streamEnd: shapeWord,
	Bulk:      shapeBulk,
	BulkError: shapeBulk,
	Verbatim:  shapeBulk,
	Chunk:     shapeBulk,
	Array:     shapeMany,
	Map:       shapeMany,
	Set:       shapeMany,
	Attribute: shapeMany,
	Push:      shapeMany,
}

// shape returns the layout of k, or 0 if k announces nothing.
func (k Kind) shape() shape { return shapes[k] }

// nullable reports whether a length of -1 makes k null.
func (k Kind) nullable() bool { return k == Bulk || k == Array }

// streamable reports whether k may have the length "?".
func (k Kind) streamable() bool {
	return k == Bulk || k == Array || k == Map || k == Set
}
