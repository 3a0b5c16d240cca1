package detect

import (
	"net/netip"
	"strconv"
	"strings"
)

// ParseTarget reads the address that a redirect names, as seen by a client of
// the node that answered. Servers write host:port with IPv6 unbracketed, so the
// text is split at the last colon; an empty host is the answering node's own
// (valkey.io, cluster specification, MOVED). ok is false if the host is a name
// or the unknown endpoint "?".
func ParseTarget(target string, answering netip.AddrPort) (addr netip.AddrPort, ok bool) {
	i := strings.LastIndexByte(target, ':')
	if i < 0 {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(target[i+1:], 10, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	host := strings.TrimSuffix(strings.TrimPrefix(target[:i], "["), "]")
	if host == "" {
		return netip.AddrPortFrom(answering.Addr(), uint16(port)), true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(ip.Unmap().WithZone(""), uint16(port)), true
}
