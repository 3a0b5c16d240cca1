package resp

// Bounds of what the parser accepts and of what it keeps.
const (
	// MaxBulk is the longest bulk string, in bytes: the default of the servers'
	// proto-max-bulk-len.
	MaxBulk = 512 << 20
	// MaxArgs is the largest number of arguments of a command, name included:
	// the 1024*1024 of processMultibulkBuffer in the servers.
	MaxArgs = 1 << 20
	// MaxElements is the largest length that an aggregate of a reply may
	// announce, in elements, or in pairs for a map. Nothing is allocated for an
	// element.
	MaxElements = 1<<31 - 1
	// MaxDepth is how deep aggregates may be nested. Real replies need about
	// six (COMMAND DOCS).
	MaxDepth = 32
	// MaxLine is the longest simple string, simple error or big number, in
	// bytes without its CRLF.
	MaxLine = 64 << 10
	// MaxInline is the longest inline command, in bytes without its LF:
	// PROTO_INLINE_MAX_SIZE of the servers.
	MaxInline = 64 << 10
	// MaxDouble is the longest double, in bytes without its CRLF. The servers
	// write 17 significant digits.
	MaxDouble = 512
	// MaxKeep is the most that a Visitor may ask for, in bytes a payload.
	MaxKeep = 64 << 10
	// ResyncHold is how many bytes of an incomplete message a lost parser keeps
	// to try again with the next chunk.
	ResyncHold = 8 << 10
)

const (
	// maxDigits is the longest run of digits in a number, leading zeros
	// included. The largest int64 has 19.
	maxDigits = 20
	// maxName is the longest first argument that a resynchronising parser takes
	// for the name of a command.
	maxName = 64
	// retain is the capacity, in bytes, up to which a buffer is kept from one
	// message to the next.
	retain = 256
	// resyncWork and resyncWorkMin bound how many bytes a lost parser examines
	// in one call: resyncWork for each byte at hand, and the minimum.
	resyncWork    = 16
	resyncWorkMin = 4 << 10
)
