package decode

const hexDigits = "0123456789abcdef"

// Bounds of what is kept of a text, in bytes before escaping.
const (
	MaxText = 256 // a command's name and keys
	MaxLine = 256 // an error line, a redirect's target
	maxFact = 64  // a client's name, library or user
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
