// Package wiretest makes packet captures for tests: Parse turns a short script
// into frames, Generate streams captures of any size for benchmarks, the
// functions of damage.go spoil a capture in the ways real ones are spoilt, and
// RawRedirects counts redirects without any decoder, as the truth that the
// decoder is held to. It is imported by tests and by gencap only.
//
// # Scripts
//
// A script has one event a line. Blank lines and comments are ignored; a
// comment starts with # at the start of a line, or with # between white space
// outside of quotes. An event may begin with a time, a Go duration counted from
// BaseTime; without one it happens at the time of the event before it. Times
// may go backwards.
//
//	host A 10.1.0.1:6379      the address of a name; the port defaults to 6379
//	host c1 [fd00::1]         brackets round IPv6
//	mss 1448                  cut payloads into segments of at most so many bytes
//	0ms open c1.x>A           SYN, SYN-ACK, ACK
//	0ms join c1.x>A           joined mid-stream: no handshake, no packet
//	0ms seq c1.x>A 4294967290 initial sequence number of that direction at the next open or join
//	1ms c1.x>A *GET key:1     data, in the notation below; one packet unless mss cuts it
//	2ms A>c1.x -MOVED 5 {B}
//	3ms lose c1.x>A *GET k    the bytes were sent but not captured
//	3ms cut 20 A>c1.x $value  only 20 payload bytes of each packet were captured
//	4ms again A>c1.x          the last data packet of that direction once more, whole, even if it was lost or cut
//	4ms swap                  the last two packets change places, the times stay
//	4ms ack c1.x>A            a pure acknowledgement
//	5ms close c1.x            FIN, FIN, ACK; "close A>c1.x" has the server close first
//	5ms reset c1.x            RST; "reset A>c1.x" has the server send it
//	5ms refuse c1.y>B         SYN answered by RST
//	5ms silent c1.y>B         SYN that nothing answers
//
// Some events stand for several packets, the first of them at the time given:
//
//	1ms c1.x>A *GET k => -REDIRECT {B}   data, and what the other side sends a millisecond later
//	0ms client c1.x>A [NAME]             open, then CLIENT SETNAME NAME (app) and CLIENT CAPA redirect with their replies
//	0ms handshake B.repl>A 8.0.1 [HOST]  a replica of that version connects and says all that comes before PSYNC; it announces HOST
//	0ms replicate B.repl>A 8.0.1 a       the same, then a full synchronisation with a replication ID of forty a
//	0ms bus A.bus>Bbus ping id=a ...     a cluster bus message; the facts it may state are those of script.bus
//
// The side with a dot is the client: host c1, connection x. Nodes may be the
// client as well, as replicas are: B.repl>A. Clients c1 to c9 are 10.0.0.11 to
// 10.0.0.19, nodes A to J 10.0.0.1 to 10.0.0.10 and K to Z 10.0.0.21 to
// 10.0.0.36, all on port 6379; any other name needs a host line. Each host gives
// its connections the ports 40001, 40002 and so on in the order in which they
// first appear. A connection may be opened again: same port, new sequence
// numbers.
//
// # Notation of data
//
// Items are separated by a bar between spaces and travel together. A word is
// free of spaces, a Go string in quotes, <N> for N bytes of filler, or <40*a>
// for forty times the letter a.
//
//	*GET key:1           a command: an array of bulk strings, to the end of the item
//	+OK  -ERR some text  simple string and error, to the end of the item
//	!ERR some text       bulk error, likewise
//	$word  =txt:word     bulk string, verbatim string
//	:3 ,1.5 (123 #t _    integer, double, big number, boolean, null
//	nil                  the null bulk string of RESP2
//	*[$a :1]             array; likewise ~[ ] set, >[ ] push, %[ ] map, |[ ] attribute
//	"PING\r\n"           these bytes, as they are
//
// In +, - and ! texts {B} stands for the address of B as servers write it: no
// brackets round IPv6; {40*a} stands for forty times the letter a. Inside an aggregate a text is one word.
package wiretest
