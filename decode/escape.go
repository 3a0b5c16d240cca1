package decode

import "ricochet/decode/view"

// Bounds of what is kept of a text, in bytes.
const (
	// MaxText is how long the escaped keys of a command may grow until no further
	// key is added.
	MaxText = 256
	// MaxLine bounds an error line, before escaping. A longer one is no redirect:
	// the longest is "MOVED 16383 host:65535" with a host of 255 bytes
	// (NET_HOST_STR_LEN of the servers).
	MaxLine = 288
	// maxFact bounds a client's name, library or user, before escaping.
	maxFact = 64
)

// appendEscaped appends text from the wire in a form that is safe to show.
func appendEscaped(dst, src []byte, limit int) []byte {
	return view.AppendEscaped(dst, src, limit)
}

func escape(src []byte, limit int) string {
	return string(appendEscaped(nil, src, limit))
}
