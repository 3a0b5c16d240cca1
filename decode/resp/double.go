package resp

// double parses the line of a double, as word does. The form is that of the
// specification: digits with an optional sign, fraction and exponent, or one of
// inf, -inf and nan. The servers also write -nan.
func double(b []byte) (n int64, used int, fault Fault) {
	for i, c := range b {
		if c == '\r' {
			n, used, fault = crlf(b, i, BadValue)
			if used > 0 && fault == 0 && !isDouble(b[:i]) {
				return 0, used - 1, BadValue
			}
			return n, used, fault
		}
		if i == MaxDouble {
			return 0, i, LineTooLong
		}
		if !inDouble(c) {
			return 0, i, BadValue
		}
	}
	return 0, 0, 0
}

// inDouble reports whether c can be part of a double.
func inDouble(c byte) bool {
	switch c {
	case '+', '-', '.', 'e', 'E', 'i', 'n', 'f', 'a':
		return true
	}
	return c-'0' <= 9
}

// isDouble reports whether b is a double.
func isDouble(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if s := string(b); s == "inf" || s == "nan" {
		return true
	}
	whole := digits(b)
	b = b[whole:]
	fraction := 0
	if len(b) > 0 && b[0] == '.' {
		fraction = digits(b[1:])
		b = b[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if len(b) == 0 {
		return true
	}
	if b[0] != 'e' && b[0] != 'E' {
		return false
	}
	b = b[1:]
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	return len(b) > 0 && digits(b) == len(b)
}

// digits returns how many digits b starts with.
func digits(b []byte) int {
	for i, c := range b {
		if c-'0' > 9 {
			return i
		}
	}
	return len(b)
}
