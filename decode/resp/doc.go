// Package resp parses RESP2 and RESP3, the protocol of Valkey and Redis, as a
// passive observer sees it: one direction of a stream, in chunks of any size,
// with gaps.
//
// A Parser calls a Visitor with the elements of each message in wire order. It
// copies nothing that lies within one chunk, and how the stream is cut into
// chunks makes no difference to the calls:
//
//   - A bulk string of any size costs arithmetic. Only the bytes that the
//     Visitor asked for are kept, and only when they span chunks.
//   - A gap inside a bulk string is stepped over and parsing goes on in sync.
//     Any other gap abandons the message and the parser is lost.
//   - A parser that is lost looks for the next place from which everything at
//     hand parses (see Boundary), and counts the bytes it passed over.
//
// Every limit is a named constant of this package. An input that exceeds one is
// a SyntaxError, which also leaves the parser lost.
//
// The grammar is that of the RESP specification
// (https://valkey.io/topics/protocol/) and, for commands, what the servers
// accept in place of it.
package resp
