// Package tape writes what happens in a world to a capture file, as a host would have
// seen it on its loopback interface. The lab owns both ends of every connection, so
// nothing has to be captured and no right is needed: the frames are made from the
// segments that the ends send, in the order in which they send them.
//
// The frames are complete: Ethernet, IPv4 or IPv6, and TCP with handshake, options,
// sequence and acknowledgement numbers and checksums. Only the windows differ from a
// real capture: a world has none, so that they are always as large as they can be.
package tape
