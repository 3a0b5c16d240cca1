package resp

// Lengths that are no number of bytes or elements.
const (
	NullLen  = -1 // a null bulk string or null array
	Streamed = -2 // length "?": chunks or elements follow until a terminator
)

// Token is one element of a message.
type Token struct {
	// Kind is the type of the element.
	Kind Kind
	// Cut says that some of the first bytes of the payload, of those that the
	// Visitor asked for, were lost in a gap. Head then ends before the gap.
	Cut bool
	// Depth is the number of aggregates around the element: 0 for the top level.
	Depth int
	// Index is the position of the element in its aggregate, from 0. Keys and
	// values of maps count as one each.
	Index int
	// N is, by kind,
	//
	//	Bulk, BulkError, Verbatim, Chunk   the length of the payload in bytes, NullLen or Streamed
	//	Array, Set, Push                   the number of elements, NullLen or Streamed
	//	Map, Attribute                     twice the number of pairs, or Streamed
	//	Integer                            the value
	//	Inline                             the number of words at depth 0, the length of the word in bytes at depth 1
	//	other kinds                        the length of the line in bytes, without its CRLF
	N int64
	// Head is the start of the payload or of the line (without its CRLF), up to
	// the length that Visitor.Begin returned; empty for aggregates and nulls. It
	// aliases the chunk given to Feed or a buffer of the parser and is valid
	// only until Visitor.Token returns.
	Head []byte
}

// Visitor receives the messages of a stream, in wire order. Its methods may
// call Skip, Switch, Late and Skipped of the parser, and no other method of it.
type Visitor interface {
	// Begin is called when a top-level message begins, and returns how many
	// bytes of each payload its tokens are to carry in Head; at most MaxKeep
	// are. A reply begins with its first byte, a command when its first line is
	// there, so that an empty command is not heard of.
	//
	// A reply with an attribute is one message that begins with kind Attribute:
	// the attribute's token (depth 0), its pairs (depth 1), then the token of
	// the reply proper (depth 0). The same order holds inside aggregates, where
	// the attribute has the index of the element it belongs to.
	Begin(kind Kind) (keep int)
	// Token is called for each element once its Head is complete, which for a
	// bulk string may be before its end was seen. t is valid during the call.
	//
	// A command is a token of kind Array or Inline at depth 0, then one token
	// for each argument, of kind Bulk or Inline, at depth 1. A streamed string
	// is a token of kind Bulk whose N is Streamed, then its chunks one level
	// deeper.
	Token(t *Token)
	// End is called when the message is over. complete is false if it was
	// abandoned because of a gap or a syntax error.
	End(complete bool)
}
