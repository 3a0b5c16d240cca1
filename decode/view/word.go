package view

import "bytes"

// decimal reads a number of decimal digits, with a minus sign or without.
func decimal(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 { // 18 digits are below any limit
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// port reads a TCP port that something can serve at, and returns 0 if b is none.
func port(b []byte) uint16 {
	n, ok := decimal(b)
	if !ok || n < 1 || n > 65535 {
		return 0
	}
	return uint16(n)
}

// epoch reads a number that is not negative, and returns 0 if b is none.
func epoch(b []byte) uint64 {
	n, _ := decimal(b)
	return uint64(max(n, 0))
}

// id reads the ID of a node, of a run or of a shard: a word, in the servers one of
// 40 hexadecimal digits. It returns nothing if b is none.
func id(b []byte) string {
	if len(b) == 0 || len(b) > 64 {
		return ""
	}
	for _, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ""
		}
	}
	return string(b)
}

// role returns the one spelling of a role, or nothing if b is none.
func role(b []byte) string {
	switch string(b) {
	case "master", "primary":
		return Primary
	case "slave", "replica":
		return Replica
	case "sentinel":
		return Sentinel
	}
	return ""
}

// mode returns the mode of a server if b is one.
func mode(b []byte) string {
	switch string(b) {
	case "standalone":
		return "standalone"
	case "cluster":
		return "cluster"
	case "sentinel":
		return "sentinel"
	}
	return ""
}

// slot reads the number of a slot, of which there are 16384.
func slot(b []byte) (uint16, bool) {
	n, ok := decimal(b)
	return uint16(n), ok && n >= 0 && n < 16384
}

// is reports whether b is the word w, in any case.
func is(b []byte, w string) bool { return len(b) == len(w) && bytes.EqualFold(b, []byte(w)) }

// next cuts off what comes before sep, all of b if there is none.
func next(b []byte, sep byte) (head, rest []byte) {
	i := bytes.IndexByte(b, sep)
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+1:]
}

// address splits host:port at the last colon, as the servers write it: without
// brackets round IPv6.
func address(b []byte) (host, port []byte) {
	i := bytes.LastIndexByte(b, ':')
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+1:]
}
