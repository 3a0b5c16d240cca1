package view

// Bounds of what is read, and so of what is kept.
const (
	// MaxText is the longest text that a Node, Order or Sync holds, in bytes before
	// escaping: that of a host in the servers (NET_HOST_STR_LEN in anet.h, without
	// the NUL).
	MaxText = 255
	// MaxWhole is how much is read of a reply that is one text, in bytes. INFO
	// takes about 6 kB up to its section on replication; CLUSTER NODES takes 64 KiB
	// with about 500 nodes.
	MaxWhole = 64 << 10
	// MaxElements and MaxBytes bound what is collected of a reply with many
	// elements: enough for CLUSTER SHARDS of 800 nodes.
	MaxElements = 1 << 14
	MaxBytes    = 256 << 10
	// MaxNodes bounds the servers that one message speaks of. The largest clusters
	// recommended have 1,000.
	MaxNodes = 1 << 10
	// MaxPayload is the longest message of a Sentinel on a channel that is read, in
	// bytes: what sentinelSendHello has room for (sentinel.c).
	MaxPayload = 1 << 10
	// idLen is the length of a node's ID (CLUSTER_NAMELEN in cluster.h).
	idLen = 40
	// maxLine is how much of an answer is kept to be shown, in bytes before
	// escaping.
	maxLine = 288
)
