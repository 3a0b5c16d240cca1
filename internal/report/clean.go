package report

import "strings"

// Clean makes s safe to print on a terminal: every byte that is not printable
// ASCII becomes \n, \r, \t or \xNN. A backslash stays as it is, so cleaning a
// string that is escaped already changes nothing, and Clean(Clean(s)) is
// Clean(s). The result has at most four bytes for each byte of s.
func Clean(s string) string {
	i := 0
	for i < len(s) && isPrintable(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	const digits = "0123456789abcdef"
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case isPrintable(c):
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		default:
			b.Write([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func isPrintable(c byte) bool { return c >= ' ' && c <= '~' }
