package bus

import "encoding/binary"

// Offsets in a message, in bytes; all numbers are big-endian (clusterMsg of
// cluster_legacy.h).
const (
	atLength     = 4  // of the whole message, 32 bits
	atVersion    = 8  // of the protocol
	atPort       = 10 // of the service, TLS or not as the bus is
	atType       = 12
	atCount      = 14 // of gossip entries
	prefixLen    = 16 // by which a message is recognised, and its length known
	atClock      = 16 // currentEpoch
	atEpoch      = 24 // configEpoch
	atOffset     = 32 // of replication
	atSender     = 40
	atSlots      = 80
	atReplicaOf  = 2128
	atIP         = 2168
	atExtensions = 2214 // their count
	atOtherPort  = 2246 // pport
	atBusPort    = 2248 // cport
	atFlags      = 2250
	atState      = 2252
	atMarks      = 2253 // mflags[0]
	headerLen    = 2256
)

// Lengths of what follows the header (union clusterMsgData).
const (
	gossipLen  = 104  // an entry of PING, PONG and MEET
	failLen    = 40   // the node that failed
	updateLen  = 2096 // epoch, node, slots
	publishLen = 8    // the lengths of channel and message
	moduleLen  = 13   // module, length, kind
	lightLen   = 16   // the short header of PUBLISH (clusterMsgLight)
)

// Offsets in an entry of gossip (clusterMsgDataGossip).
const (
	gossipIP      = 48
	gossipPort    = 94
	gossipBusPort = 96
	gossipFlags   = 98
)

// Offsets in an UPDATE, from the end of the header (clusterMsgDataUpdate).
const (
	updateID    = 8
	updateSlots = 48
)

// Extensions of PING, PONG and MEET: length, type, padding, then the content, in
// multiples of 8 bytes (clusterMsgPingExt).
const (
	extensionHeader   = 8
	extensionType     = 4
	extensionHostname = 0
	extensionShard    = 3
)

const (
	signature = "RCmb"
	version   = 1 // CLUSTER_PROTO_VER
	idLen     = 40
	ipLen     = 46 // NET_IP_STR_LEN, the NUL at its end included
	slotsLen  = NumSlots / 8
	lightBit  = 0x8000 // CLUSTERMSG_LIGHT, in the type
	extended  = 4      // CLUSTERMSG_FLAG0_EXT_DATA, in mflags[0]
)

// NumSlots is how many slots a cluster has (CLUSTER_SLOTS).
const NumSlots = 16384

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.BigEndian.Uint64(b[at:]) }
