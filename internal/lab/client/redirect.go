package client

import (
	"net/netip"
	"strconv"
	"strings"
)

// kind is what a redirect asks for.
type kind string

const (
	toPrimary kind = "REDIRECT" // REDIRECT host:port
	moved     kind = "MOVED"    // MOVED slot host:port
	ask       kind = "ASK"      // ASK slot host:port
)

func isRedirect(word string) bool {
	switch kind(word) {
	case toPrimary, moved, ask:
		return true
	}
	return false
}

// redirect is a reply that names another node.
type redirect struct {
	kind kind
	slot int            // of MOVED and ASK
	node netip.AddrPort // invalid if the reply names none that can be dialled
}

// parseRedirect reads an error that came from a node, and tells whether it is a
// redirect.
func parseRedirect(text string, from netip.AddrPort) (redirect, bool) {
	fields := strings.Fields(text)
	if len(fields) == 0 || !isRedirect(fields[0]) {
		return redirect{}, false
	}
	r := redirect{kind: kind(fields[0])}
	rest := fields[1:]
	if r.kind != toPrimary && len(rest) > 0 {
		slot, err := strconv.ParseUint(rest[0], 10, 16)
		if err != nil || slot >= slots {
			return r, true
		}
		r.slot, rest = int(slot), rest[1:]
	}
	if len(rest) == 1 {
		r.node = target(rest[0], from)
	}
	return r, true
}

// target reads host:port. There are no brackets around an IPv6 address. No host means
// that of the node that answered.
func target(s string, from netip.AddrPort) netip.AddrPort {
	at := strings.LastIndexByte(s, ':')
	if at < 0 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(s[at+1:], 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	if at == 0 {
		return netip.AddrPortFrom(from.Addr(), uint16(port))
	}
	host, err := netip.ParseAddr(s[:at])
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(host.Unmap(), uint16(port))
}
