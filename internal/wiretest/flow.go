package wiretest

import (
	"encoding/binary"
	"net/netip"
)

// A flow's TCP header carries the timestamps option (RFC 7323, section 3.2)
// after two fillers, as all but the first segments of Linux do.
const (
	flowTCPLen    = tcpLen + 12
	flowHeaderLen = ethernetLen + ipv4Len + flowTCPLen
)

// flow is a connection that is cheap to send on: the headers of both directions
// are built once, and only the fields that change are set for each packet.
type flow struct {
	header [2][flowHeaderLen]byte // by sender: client, server
	next   [2]uint32              // sequence number of the next byte to send
}

// reset makes f a new connection between two IPv4 addresses. It allocates
// nothing, since some captures have a million connections.
func (f *flow) reset(from, to netip.AddrPort, initial uint32) {
	addrs := [2]netip.AddrPort{client: from, server: to}
	for i := range addrs {
		h := header{src: addrs[i], dst: addrs[1-i]}
		b := appendFrame(f.header[i][:0], h, nil)
		b[ethernetLen+ipv4Len+12] = flowTCPLen / 4 << 4
		copy(f.header[i][ethernetLen+ipv4Len+tcpLen:], []byte{1, 1, 8, 10})
	}
	f.next = [2]uint32{client: initial, server: initial ^ 0x8000_0000}
}

// appendPacket appends the frame of the next segment of a side. The packet's
// time, in nanoseconds, is told to the peer in milliseconds.
func (f *flow) appendPacket(b []byte, from int, flags uint8, at int64, payload []byte) []byte {
	start := len(b)
	b = append(append(b, f.header[from][:]...), payload...)
	be := binary.BigEndian

	ip := b[start+ethernetLen:][:ipv4Len]
	be.PutUint16(ip[2:], uint16(ipv4Len+flowTCPLen+len(payload)))
	ip[10], ip[11] = 0, 0
	be.PutUint16(ip[10:], checksum(ip))

	tcp := b[start+ethernetLen+ipv4Len:][:flowTCPLen]
	be.PutUint32(tcp[4:], f.next[from])
	if flags&flagACK != 0 {
		be.PutUint32(tcp[8:], f.next[1-from])
	}
	tcp[13] = flags
	clock := uint32(at / 1e6)
	be.PutUint32(tcp[24:], clock)
	be.PutUint32(tcp[28:], clock)

	f.next[from] += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		f.next[from]++
	}
	return b
}
