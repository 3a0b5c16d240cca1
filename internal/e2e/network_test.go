//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"
)

// place is where a server listens: an address in a namespace.
type place struct {
	*namespace
	addr netip.AddrPort
}

// stage is a network with places for servers, places from which clients come,
// and the namespace from which it is watched.
type stage struct {
	servers []place
	clients []*namespace
	watcher *namespace
	twice   bool     // the watcher sees packets on two interfaces
	value   string   // that clients write, if it is a special one
	flags   []string // that ricochet needs to see what is there
}

// family is the version of IP of a stage.
type family int

const (
	_ family = iota
	ipv4
	ipv6
)

// host is the address of a stage's i-th host in its network.
func (f family) host(i int) netip.Prefix {
	if f == ipv6 {
		return netip.MustParsePrefix(fmt.Sprintf("fd77::%x/64", i+1))
	}
	return netip.MustParsePrefix(fmt.Sprintf("10.77.0.%d/24", i+1))
}

// serverPort is where the server of a host listens: a port that ricochet watches
// without being told.
const serverPort = 6379

// bridged is a stage where servers and two client hosts have a namespace each,
// joined by a bridge in one more. It is watched from there: each packet passes
// two interfaces.
func bridged(t testing.TB, servers int, f family) *stage {
	t.Helper()
	const clientHosts = 2
	s := &stage{watcher: newNamespace(t, "router"), twice: true}
	addBridge(t, s.watcher)
	for i := range servers + clientHosts {
		n := newNamespace(t, fmt.Sprintf("host%d", i))
		join(t, s.watcher, n, i, f.host(i))
		if i < servers {
			s.servers = append(s.servers, place{n, addrPort(f.host(i).Addr(), serverPort)})
		} else {
			s.clients = append(s.clients, n)
		}
	}
	return s
}

// onLoopback is a stage in one namespace: servers at ports of the loopback
// address.
func onLoopback(t testing.TB, servers int, f family) *stage {
	t.Helper()
	n := newNamespace(t, "loopback")
	addr := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if f == ipv6 {
		addr = netip.IPv6Loopback()
	}
	s := &stage{watcher: n, clients: []*namespace{n}}
	for i := range servers {
		s.servers = append(s.servers, place{n, addrPort(addr, 7001+uint16(i))})
	}
	return s
}

const bridge = "br0"

func addBridge(t testing.TB, n *namespace) {
	t.Helper()
	if err := n.link.LinkAdd(&netlink.Bridge{LinkAttrs: attrs(bridge)}); err != nil {
		t.Fatalf("add bridge: %v", err)
	}
	n.up(t, bridge)
}

// join ties a host to the router's bridge by a pair of interfaces, port0, port1
// and so on at the router and eth0 at the host.
func join(t testing.TB, router, host *namespace, i int, p netip.Prefix) {
	t.Helper()
	port := fmt.Sprintf("port%d", i)
	a := attrs(port)
	a.MasterIndex = router.interfaceNamed(t, bridge).Attrs().Index
	pair := &netlink.Veth{LinkAttrs: a, PeerName: "eth0", PeerNamespace: netlink.NsFd(host.id)}
	if err := router.link.LinkAdd(pair); err != nil {
		t.Fatalf("join %s to the router: %v", host.name, err)
	}
	router.up(t, port)
	host.address(t, "eth0", p)
}

func addrPort(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

func attrs(name string) netlink.LinkAttrs {
	a := netlink.NewLinkAttrs()
	a.Name = name
	return a
}
