package topology

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxNames bounds the names of nodes that are not addresses.
const maxNames = 4096

// maxAliases bounds the aliases of a node.
const maxAliases = 16

// Alias is another name of a node.
type Alias struct {
	Name string // host:port as it was said, escaped
	How  Proof  // how it was learnt
}

// Resolve returns the canonical address of what node by calls host:port. An empty
// host is by's own; so is a loopback address, unless by is reached by one. ok is
// false for the unknown endpoint "?", for the unspecified address and for names
// that were not learnt.
func (m *Map) Resolve(host string, port uint16, by netip.AddrPort) (a netip.AddrPort, ok bool) {
	if host == "" {
		return m.Canonical(netip.AddrPortFrom(by.Addr(), port)), by.IsValid()
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if err != nil {
		a, ok = m.names[nameKey(host, port)]
		return m.Canonical(a), ok
	}
	return m.resolve(ip.Unmap().WithZone(""), port, by)
}

func (m *Map) resolve(ip netip.Addr, port uint16, by netip.AddrPort) (netip.AddrPort, bool) {
	if ip.IsUnspecified() {
		return netip.AddrPort{}, false
	}
	if ip.IsLoopback() && by.IsValid() && !by.Addr().IsLoopback() {
		ip = by.Addr()
	}
	return m.Canonical(netip.AddrPortFrom(ip, port)), true
}

func nameKey(host string, port uint16) string {
	return strings.TrimSuffix(strings.ToLower(host), ".") + ":" + strconv.Itoa(int(port))
}

// splitTarget splits what a redirect names at the last colon.
func splitTarget(s string) (host string, port uint16, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", 0, false
	}
	p, err := strconv.ParseUint(s[i+1:], 10, 16)
	return s[:i], uint16(p), err == nil
}

// Learn takes that a command redirected to name, host:port as it was said, arrived
// at addr. For a host name the latest arrival counts. An address is another one's
// only while nothing was ever seen at it and all arrivals agree.
func (m *Map) Learn(name string, addr netip.AddrPort, p Proof) {
	host, port, ok := splitTarget(name)
	if !ok || host == "" || host == "?" {
		return
	}
	n := m.nodes[addr]
	if n == nil {
		return
	}
	if p.Kind == "" {
		p.Kind = KindArrival
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if err != nil {
		m.call(host, port, n, p)
		return
	}
	ip = ip.Unmap().WithZone("")
	y := netip.AddrPortFrom(ip, port)
	_, shared := m.shared[y]
	if shared || ip.IsUnspecified() || ip.IsLoopback() || m.nodes[y] != nil {
		return
	}
	key := nameKey(ip.String(), port)
	if old, known := m.names[key]; known && m.nodes[old] != n {
		delete(m.names, key)
		m.share(y)
		if o := m.nodes[old]; o != nil {
			o.uncall(y.String())
		}
		return
	}
	m.call(ip.String(), port, n, p)
}

// call notes that host:port is a name of n.
func (m *Map) call(host string, port uint16, n *Node, p Proof) {
	key := nameKey(host, port)
	old, known := m.names[key]
	if known && m.nodes[old] == n {
		return
	}
	if !known && len(m.names) >= maxNames {
		m.Forgotten++
		return
	}
	shown := key
	if ip, err := netip.ParseAddr(host); err == nil {
		shown = netip.AddrPortFrom(ip, port).String()
	}
	if known {
		if o := m.nodes[old]; o != nil {
			o.uncall(shown)
		}
	}
	m.names[key] = n.Addr
	m.alias(n, shown, p)
	if a, err := netip.ParseAddrPort(shown); err == nil {
		m.stands(a, n, p)
	}
}

func (m *Map) alias(n *Node, name string, p Proof) {
	if slices.ContainsFunc(n.Aliases, func(a Alias) bool { return a.Name == name }) {
		return
	}
	if len(n.Aliases) >= maxAliases {
		m.Forgotten++
		return
	}
	n.Aliases = append(n.Aliases, Alias{Name: name, How: p})
}

func (n *Node) uncall(name string) {
	n.Aliases = slices.DeleteFunc(n.Aliases, func(a Alias) bool { return a.Name == name })
}

// share notes that an address stands for more than one server, so that it is
// nobody's alias from now on.
func (m *Map) share(a netip.AddrPort) {
	if len(m.shared) >= maxNames {
		m.Forgotten++
		return
	}
	m.shared[a] = struct{}{}
}
