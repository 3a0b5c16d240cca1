package wiretest

import (
	"bytes"
	"encoding/binary"

	"ricochet/capture"
)

// place is a position in one direction of a connection.
type place struct {
	addrs [32]byte // source and destination, IPv4 in the first four bytes of each half
	ports [4]byte
	seq   uint32
}

// RawRedirects counts the redirect replies that are whole within one packet, by
// name: "REDIRECT", "MOVED" and "ASK", none of them missing from the map. A
// reply is found by its text alone, at the start of a payload or after CRLF,
// and one position in a TCP stream is counted once however often it was
// captured. So the count is what any decoder can find in the capture, whatever
// was lost around it. It knows Ethernet with IPv4 or IPv6 and nothing else, and
// shares no code with the decoder on purpose.
func RawRedirects(packets []capture.Packet) map[string]int {
	counts := map[string]int{"REDIRECT": 0, "MOVED": 0, "ASK": 0}
	seen := map[place]bool{}
	for _, p := range packets {
		at, payload := tcpPayload(p)
		start := at.seq
		for rest := payload; ; {
			line, after, whole := bytes.Cut(rest, []byte("\r\n"))
			if !whole {
				break
			}
			at.seq = start + uint32(len(payload)-len(rest))
			if name := redirectName(line); name != "" && !seen[at] {
				seen[at] = true
				counts[name]++
			}
			rest = after
		}
	}
	return counts
}

// redirectName returns which redirect a line is, or "".
func redirectName(line []byte) string {
	if len(line) == 0 || line[0] != '-' {
		return ""
	}
	words := bytes.Split(line, []byte(" "))
	switch {
	case len(words) == 2 && string(words[0]) == "-REDIRECT" && isAddress(words[1]):
		return "REDIRECT"
	case len(words) == 3 && string(words[0]) == "-MOVED" && isNumber(words[1]) && isAddress(words[2]):
		return "MOVED"
	case len(words) == 3 && string(words[0]) == "-ASK" && isNumber(words[1]) && isAddress(words[2]):
		return "ASK"
	}
	return ""
}

// isAddress reports whether word is a host, which may be empty, a colon and a
// port.
func isAddress(word []byte) bool {
	i := bytes.LastIndexByte(word, ':')
	return i >= 0 && isNumber(word[i+1:])
}

// isNumber reports whether word is one to five digits: a port or a slot.
func isNumber(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return 1 <= len(word) && len(word) <= 5
}

// tcpPayload returns what was captured of the TCP payload of a packet and its
// place; no payload if there is none that can be told for sure.
func tcpPayload(p capture.Packet) (place, []byte) {
	var at place
	d := p.Data
	if p.Link != capture.LinkEthernet || len(d) < 14 {
		return at, nil
	}
	var length int // of the IP payload
	etherType := binary.BigEndian.Uint16(d[12:])
	d = d[14:]
	switch {
	case etherType == 0x0800 && len(d) >= 20:
		head, total := int(d[0]&15)*4, int(binary.BigEndian.Uint16(d[2:]))
		fragment := binary.BigEndian.Uint16(d[6:]) & 0x1FFF
		if head < 20 || len(d) < head || total < head || fragment != 0 || d[9] != 6 {
			return at, nil
		}
		copy(at.addrs[:16], d[12:16])
		copy(at.addrs[16:], d[16:20])
		d, length = d[head:], total-head
	case etherType == 0x86DD && len(d) >= 40 && d[6] == 6:
		copy(at.addrs[:], d[8:40])
		length = int(binary.BigEndian.Uint16(d[4:]))
		d = d[40:]
	default:
		return at, nil
	}
	d = d[:min(len(d), length)] // what follows is padding
	if len(d) < 20 {
		return at, nil
	}
	head := int(d[12]>>4) * 4
	if head < 20 || len(d) < head {
		return at, nil
	}
	copy(at.ports[:], d[:4])
	at.seq = binary.BigEndian.Uint32(d[4:])
	if d[13]&2 != 0 {
		at.seq++ // SYN takes up one number
	}
	return at, d[head:]
}
