package bus

import "bytes"

// ID is the ID of a node or of a shard: 40 hexadecimal digits.
type ID [idLen]byte

// String returns the digits, or nothing if the ID is not set.
func (id ID) String() string {
	if id == (ID{}) {
		return ""
	}
	return string(id[:])
}

// idAt reads an ID. It reports false unless that is what stands there.
func idAt(b []byte, at int) (id ID, ok bool) {
	copy(id[:], b[at:at+idLen])
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ID{}, false
		}
	}
	return id, true
}

// zero reports whether b is all zero.
func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// text returns a text that ends with NUL within b. It reports false if there is
// none, or if it holds anything but what addresses and host names consist of: so
// it needs no escaping.
func text(b []byte) (s []byte, ok bool) {
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		return nil, false
	}
	for _, c := range b[:n] {
		if !isAddressByte(c) {
			return nil, false
		}
	}
	return b[:n], true
}

// isAddressByte reports whether c may be part of an IP address with its zone
// (RFC 4007, section 11.2) or of a host name, to which the servers allow no more
// than letters, digits, '-' and '.', and everybody else '_'.
func isAddressByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '.' || c == ':' || c == '-' || c == '_' || c == '%'
}
