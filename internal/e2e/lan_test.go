//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// lan is hosts on a switch that delivers each frame after a delay. Hosts are known
// by a letter, as in the labelled captures: p is where the first primary is, r and
// s where its replicas or further nodes are, and clients come from c and d.
type lan struct {
	family
	port  uint16 // where servers listen
	order string // the letters, lowest address first
	hosts map[byte]*namespace
}

// lanDevice is the interface of each host.
const lanDevice = "tap0"

// silentHost is the place of an address at which packets are lost without a word.
const silentHost = 0x63

// newLAN joins hosts. The one-way delay is the same between all of them.
func newLAN(t testing.TB, n lan, delay time.Duration) *lan {
	t.Helper()
	n.hosts = map[byte]*namespace{}
	wire := &relay{delay: delay, ports: map[[6]byte]int{}}
	for i := range len(n.order) {
		h := newNamespace(t, n.order[i:i+1])
		n.hosts[n.order[i]] = h
		wire.taps = append(wire.taps, h.tap(t, lanDevice))
		h.address(t, lanDevice, ipv4.host(i))
		h.address(t, lanDevice, ipv6.host(i))
		wire.ports[[6]byte(h.interfaceNamed(t, lanDevice).Attrs().HardwareAddr)] = i
		h.neighbour(t, n.silent().Addr())
	}
	wire.start(t)
	return &n
}

// neighbour makes the host believe that an address is in its network.
func (n *namespace) neighbour(t testing.TB, a netip.Addr) {
	t.Helper()
	mac, err := net.ParseMAC("02:00:00:00:00:63")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.link.NeighAdd(&netlink.Neigh{LinkIndex: n.interfaceNamed(t, lanDevice).Attrs().Index,
		IP: a.AsSlice(), HardwareAddr: mac, State: netlink.NUD_PERMANENT}); err != nil {
		t.Fatalf("add neighbour in %s: %v", n.name, err)
	}
}

// secondAddress is one more address of a host.
var secondAddress = ipv4.host(199)

// secondAddress gives a host one more address, at which some hosts cannot reach it.
func (s *scene) secondAddress(host byte, hidden string) {
	s.t.Helper()
	s.lan.hosts[host].address(s.t, lanDevice, secondAddress)
	for _, h := range []byte(hidden) {
		s.lan.hosts[h].neighbour(s.t, secondAddress.Addr())
	}
}

// place is where the server of a host listens.
func (n *lan) place(host byte) place {
	return place{n.hosts[host], addrPort(n.addr(n.family, host), n.port)}
}

// silent is an address at which nobody answers.
func (n *lan) silent() netip.AddrPort { return addrPort(n.host(silentHost).Addr(), n.port) }

func (n *lan) addr(f family, host byte) netip.Addr {
	return f.host(strings.IndexByte(n.order, host)).Addr()
}

// clients are the hosts from which clients come.
func (n *lan) clients() []*namespace { return []*namespace{n.hosts['c'], n.hosts['d']} }

// addrs are the addresses of all hosts, by letter.
func (n *lan) addrs(f family) map[string]string {
	all := map[string]string{}
	for host := range n.hosts {
		all[string(host)] = n.addr(f, host).String()
	}
	return all
}

// mark sends a packet that tells the captures of the network where they end.
func (n *lan) mark(t testing.TB, host byte, text string) {
	t.Helper()
	const discard = 9
	all := netip.MustParseAddr("10.77.0.255")
	if err := n.hosts[host].do(func() error {
		c, err := net.Dial("udp", addrPort(all, discard).String())
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte(text))
		return err
	}); err != nil {
		t.Fatal(fmt.Errorf("mark the end at %c: %w", host, err))
	}
}
