package decode

const hexDigits = "0123456789abcdef"

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

// appendEscaped appends text from the wire in a form that is safe in a terminal,
// a file name and a log: printable ASCII as it is, a backslash doubled, and
// everything else as \xNN. At most limit bytes of src are used.
func appendEscaped(dst, src []byte, limit int) []byte {
	cut := len(src) > limit
	if cut {
		src = src[:limit]
	}
	for _, b := range src {
		switch {
		case b == '\\':
			dst = append(dst, '\\', '\\')
		case b >= 0x20 && b < 0x7f:
			dst = append(dst, b)
		default:
			dst = append(dst, '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	if cut {
		dst = append(dst, "..."...)
	}
	return dst
}

func escape(src []byte, limit int) string {
	return string(appendEscaped(nil, src, limit))
}
