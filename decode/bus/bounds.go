package bus

// Bounds of a Parser.
const (
	// MaxKept is how many bytes of a message are kept and read; nothing else of
	// it grows with its length. It holds the header and 290 entries of gossip; a
	// node gossips about a tenth of the cluster, and those it cannot reach
	// (clusterSendPing). Of longer messages the rest is passed over.
	MaxKept = 32 << 10
	// maxMessage is the longest message, in bytes, that is stepped over by its
	// length: PUBLISH with a channel and a message of 512 MiB each, which is
	// proto-max-bulk-len of the servers. A longer one is no message.
	maxMessage = headerLen + publishLen + 2*(512<<20)
	// maxExtensions bounds the bytes of extensions of a PING, PONG or MEET: the
	// short ones, and a few hundred nodes to forget.
	maxExtensions = 64 << 10
	// maxUnsure is the longest message that a search stops at, in bytes.
	maxUnsure = 1 << 20
	// maxHostname is the longest hostname, in bytes (NET_HOST_STR_LEN).
	maxHostname = 255
)
