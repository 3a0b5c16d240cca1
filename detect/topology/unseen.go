package topology

import (
	"net/netip"
	"slices"
)

// Unseen returns the addresses that redirects named and to which no traffic is
// in the capture under any of their aliases, not even an attempt to connect.
func (m *Map) Unseen() []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range m.namedList {
		if n := m.Find(a); n == nil {
			if _, tried := m.tried[a]; tried {
				continue
			}
		} else if n.spoke || slices.ContainsFunc(n.addrs, func(a netip.AddrPort) bool { _, tried := m.tried[a]; return tried }) {
			continue
		}
		if a = m.Canonical(a); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func (m *Map) name(to netip.AddrPort) {
	if _, known := m.named[to]; known {
		return
	}
	if len(m.named) >= maxNamed {
		m.Forgotten++
		return
	}
	m.named[to] = struct{}{}
	m.namedList = append(m.namedList, to)
}

func (m *Map) try(to netip.AddrPort) {
	if len(m.tried) < maxNamed {
		m.tried[to] = struct{}{}
	} else if _, known := m.tried[to]; !known {
		m.Forgotten++
	}
}
