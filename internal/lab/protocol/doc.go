// Package protocol is RESP, the protocol of Valkey, for both of its sides: it splits
// what a client sends into commands and what a server sends into replies, and writes
// both. It knows RESP2 and RESP3, never blocks, and takes bytes split anywhere.
//
// RESP2 values are read and built by github.com/tidwall/resp. What is left is here,
// for a reason each:
//
//   - Its Reader waits for the rest of a value, and loses what it has read at the end
//     of its input. So a scan of lengths (scan.go, requests.go) finds out first whether
//     a value has arrived whole, and exactly its bytes are handed over (library.go).
//   - It allocates what a length promises. The scan checks lengths, and nothing is
//     handed over, or allocated, that has not arrived.
//   - It takes any negative length for null, an array of more than 1024*1024 elements
//     for null without an error, and numbers with a plus sign or leading zeros for
//     lengths, and nests without a bound. The scan refuses all of these.
//   - It checks the two bytes after a bulk string, which a Valkey server does not look
//     at. The scan of requests writes them right.
//   - Inline commands: it knows neither single quotes nor escapes nor tabs, and two
//     spaces are an empty argument to it. inline.go has them as the server does.
//   - RESP3: it takes its types for inline commands. They are in parse.go and
//     writer.go, and what is of RESP2 within them is again the library's.
//   - It builds no header of an array whose elements follow later, and it replaces
//     all control characters in lines, of which a Valkey server replaces CR and LF
//     only (writer.go).
package protocol
