package view

const hexDigits = "0123456789abcdef"

// AppendEscaped appends text from the wire in a form that is safe in a terminal,
// a file name and a log: printable ASCII as it is, a backslash doubled, and
// everything else as \xNN. At most limit bytes of src are used, and "..." shows
// that there were more.
func AppendEscaped(dst, src []byte, limit int) []byte {
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

// text returns a text of at most MaxText bytes, escaped, and else nothing: half a
// name is another name.
func text(b []byte) string {
	if len(b) > MaxText {
		return ""
	}
	return string(AppendEscaped(nil, b, MaxText))
}
