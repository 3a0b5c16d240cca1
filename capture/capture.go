// Package capture says what a packet source is. It knows no file format and no
// kernel interface: those live in its subpackages, which the rest of ricochet
// sees only as a Source.
package capture

import "errors"

// LinkType is the link-layer header type of a packet, numbered as in the
// registry of pcap link types (https://www.tcpdump.org/linktypes.html).
type LinkType uint32

// Link types that decode/frame understands. The two raw-IP values 12 and 101
// are both found in the wild: 12 is DLT_RAW written by systems that did not map
// it to LINKTYPE_RAW.
const (
	LinkNull      LinkType = 0   // BSD loopback, address family in the writer's byte order
	LinkEthernet  LinkType = 1   // Ethernet II and 802.3
	LinkRawDLT    LinkType = 12  // raw IP, as some systems number it
	LinkRaw       LinkType = 101 // raw IP, version in the first nibble
	LinkLoop      LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkLinuxSLL  LinkType = 113 // Linux cooked, version 1
	LinkIPv4      LinkType = 228 // raw IPv4
	LinkIPv6      LinkType = 229 // raw IPv6
	LinkLinuxSLL2 LinkType = 276 // Linux cooked, version 2
)

// Packet is one captured frame.
type Packet struct {
	// Time is when the packet was captured, in nanoseconds since the Unix epoch.
	Time int64
	// Link is the type of the header at the start of Data.
	Link LinkType
	// Origin is the index of the capture (file or interface) the packet came
	// from, counted from 0 in the order in which Stats lists them.
	Origin int
	// Number is the packet's position in its capture, counted from 1, as
	// Wireshark shows it.
	Number int64
	// Len is the length of the packet on the wire, in bytes. It is larger than
	// len(Data) when the capture kept only the start of the packet.
	Len int
	// Data is what was kept of the packet, valid until the next call of Next.
	Data []byte
}

// ErrIdle is what Next of a live source reports when no packet has come for a
// little while, a few hundredths of a second at most. The Time of the packet is
// then the time up to which that is so; the rest of the packet is not set.
var ErrIdle = errors.New("no packet yet")

// Source yields packets in the order in which they are to be analysed.
type Source interface {
	// Next fills in p and reports nil, or one of:
	//
	//	ErrIdle       there is no packet yet (live sources only)
	//	io.EOF        there are no more packets
	//	os.ErrClosed  Close was called
	//	other         the source failed; what was yielded before stays valid
	//
	// Next is not for concurrent use.
	Next(p *Packet) error
	// Stats reports what was read so far, one entry a capture.
	Stats() ([]Stats, error)
	// Close releases the source and unblocks a pending Next. It may be called
	// from any goroutine, and more than once.
	Close() error
}

// Stats says what one capture yielded and what it lacks.
type Stats struct {
	Name    string // file or interface name, as given by the user
	Format  string // "pcap", "pcapng", ...
	Link    string // name of the link type; "mixed" when there are several
	Packets int64  // packets yielded
	Bytes   int64  // bytes of packet data yielded
	First   int64  // time of the earliest packet, nanoseconds since the Unix epoch; 0 when there is none
	Last    int64  // time of the latest packet
	// Truncated counts packets of which the capture kept only the start.
	Truncated int64
	// Dropped counts packets that the capturing side says it lost. A live source
	// does not know the interface of those, and says in its Health how many.
	Dropped int64
	// Damage says in one line why the capture ended early, or is empty. The
	// packets before the damage were yielded.
	Damage string
	// Vantage is the name of the vantage point in a file with the packets of several
	// of them, and ClockError how far its clock may be off, in nanoseconds: -1 if that
	// is not known. Vantage is empty for other captures.
	Vantage    string
	ClockError int64
	// DamageAt is the byte offset in the (uncompressed) capture at which the
	// damage was met.
	DamageAt int64
}

// Live is a Source of packets as they pass.
type Live interface {
	Source
	// Stop ends the capture. Next goes on to yield what waits to be read, and then
	// reports io.EOF. It may be called from any goroutine, and more than once.
	Stop() error
	// Health reports how the capture fares. It may be called from any goroutine.
	Health() (Health, error)
}

// Health says what a live capture has let through and what it has lost, from
// its start. What it has matched is what it yielded, what it dropped and what
// still waits.
type Health struct {
	Mechanism string // how packets are captured: "ebpf" or "packet"
	// Matched counts the packets that the filter in the kernel let through, and
	// MatchedBytes their lengths on the wire.
	Matched, MatchedBytes int64
	// Dropped counts those of them that were lost because the ring was full, and
	// DroppedBytes their lengths on the wire.
	Dropped, DroppedBytes int64
	// Unparsed counts packets that the filter could not judge because their
	// headers are longer or stranger than it can follow. They were passed over.
	Unparsed int64
	// RingBytes is the size of the ring, RingUsed how much of it waits to be
	// read.
	RingBytes, RingUsed int64
}
