// Package bus reads the cluster bus, over which the nodes of a cluster tell each
// other who serves what.
//
// A Parser takes one direction of a connection in pieces of any size, with what is
// missing between them, and hands out messages. The bus has a length at the start
// of each message, so that a gap within one costs that message and nothing else;
// after a gap over the end of one, or when a connection is joined in its middle,
// the Parser looks for the next header that makes sense.
//
// Nothing that comes in is believed: every number is checked against the length of
// the message it is in, and a message with a text that cannot be an address, a
// name or an ID is not handed out. That says nothing of who sent it. The bus knows
// no passwords, and what PUBLISH carries is any client's choice: from bytes in the
// middle of a message that was joined there, anything can be made up.
//
// The layout is that of clusterMsg in cluster_legacy.h of Valkey 8.0.1, held in
// place there by assertions, and the same in 7.2.7 and 9.1.0.
package bus
