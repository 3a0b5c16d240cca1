//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"
)

// vxlanPort is the port of VXLAN (RFC 7348, section 8).
const vxlanPort = 4789

// tunnelled is a stage whose hosts reach each other over VXLAN alone. It is
// watched from the router of the outer network, which knows nothing of the inner.
func tunnelled(t testing.TB, servers int) *stage {
	t.Helper()
	s := &stage{watcher: newNamespace(t, "router"), twice: true, flags: []string{"--tunnels"}}
	addBridge(t, s.watcher)
	var hosts []*namespace
	for i := range servers + 1 {
		n := newNamespace(t, fmt.Sprintf("host%d", i))
		join(t, s.watcher, n, i, outer(i))
		hosts = append(hosts, n)
	}
	for i, n := range hosts {
		n.vxlan(t, i, len(hosts))
		n.address(t, "vxlan0", ipv4.host(i))
		if i < servers {
			s.servers = append(s.servers, place{n, addrPort(ipv4.host(i).Addr(), serverPort)})
		} else {
			s.clients = []*namespace{n}
		}
	}
	return s
}

// outer is the address of a host in the outer network.
func outer(i int) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf("192.168.77.%d/24", i+1))
}

// vxlan adds the tunnel device of host i, over which it floods what it has not
// learnt to all other hosts.
func (n *namespace) vxlan(t testing.TB, i, hosts int) {
	t.Helper()
	dev := &netlink.Vxlan{LinkAttrs: attrs("vxlan0"), VxlanId: 77, Port: vxlanPort, Learning: true,
		SrcAddr: outer(i).Addr().AsSlice(), VtepDevIndex: n.interfaceNamed(t, "eth0").Attrs().Index}
	if err := n.link.LinkAdd(dev); err != nil {
		t.Fatalf("add VXLAN device in %s: %v", n.name, err)
	}
	for peer := range hosts {
		if peer == i {
			continue
		}
		if err := n.link.NeighAppend(&netlink.Neigh{
			LinkIndex: n.interfaceNamed(t, "vxlan0").Attrs().Index, Family: bridgeFamily,
			Flags: netlink.NTF_SELF, State: netlink.NUD_PERMANENT | netlink.NUD_NOARP,
			IP: outer(peer).Addr().AsSlice(), HardwareAddr: make(net.HardwareAddr, 6),
		}); err != nil {
			t.Fatalf("add VXLAN peer in %s: %v", n.name, err)
		}
	}
}

// bridgeFamily is AF_BRIDGE: the table of a device's link layer destinations.
const bridgeFamily = 7
