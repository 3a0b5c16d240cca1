// Package keep writes the packets that are watched to a pcapng file without
// what they carry: values and credentials are replaced by filler of the same
// length. Headers, the structure of RESP, the names of commands, keys and redirects
// stay, and so does whatever tells roles and topology: replies, orders with their
// answers, messages of sentinels, the handshakes of replicas, and the cluster bus
// but for what clients and modules say over it. So an analysis of the file says what
// one of the packets themselves would.
//
// Nothing is written that was not understood. A packet is held, its payload
// blanked, until a light decoder of its own (frame, stream, a scanner of RESP)
// has passed its bytes and put back those that may be seen. What that takes too
// long is cut off: the file then says that the capture kept less of the packet,
// which is how an analysis counts it.
//
//	packet ─► frame.Decoder ─► stream.Half ─► scanner ─► request, answer
//	   │                                    busScanner    what may be seen
//	   │                                         │
//	   └────► held, payload blanked ◄── put ─────┘
//	                │ in order of arrival
//	                ▼
//	             pcapng
package keep
