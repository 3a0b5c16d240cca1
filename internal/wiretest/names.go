package wiretest

import (
	"fmt"
	"net/netip"
	"strings"
)

const (
	servicePort   = 6379  // of every name that no host line says otherwise about
	ephemeralPort = 40001 // of the first connection of each host
)

// names knows the addresses of a script.
type names map[string]netip.AddrPort

func newNames() names { return make(names) }

// declare carries out the rest of a host line: "NAME ADDRESS[:PORT]". It must
// come before the name is used, so that no packet contradicts it.
func (n names) declare(rest string) error {
	name, address := cutWord(rest)
	if !validName(name) {
		return fmt.Errorf("host %q: want a name of letters, digits, - and _", name)
	}
	if _, ok := n[name]; ok {
		return fmt.Errorf("host %s: already declared or used", name)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		bare, _ := strings.CutPrefix(address, "[")
		bare, _ = strings.CutSuffix(bare, "]")
		ip, err := netip.ParseAddr(bare)
		if err != nil {
			return fmt.Errorf("host %s: %w", name, err)
		}
		at = netip.AddrPortFrom(ip, servicePort)
	}
	if at.Addr().Zone() != "" || at.Addr().Is4In6() {
		return fmt.Errorf("host %s: address %s has no form on the wire", name, at.Addr())
	}
	n[name] = at
	return nil
}

// lookup returns the address of a name and marks it as used.
func (n names) lookup(name string) (netip.AddrPort, error) {
	if at, ok := n[name]; ok {
		return at, nil
	}
	last, ok := defaultHost(name)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("unknown name %q: add a host line", name)
	}
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, last}), servicePort)
	n[name] = at
	return at, nil
}

// announced returns the address of a name as servers write it in a redirect:
// host, colon, port, without brackets round IPv6.
func (n names) announced(name string) (string, error) {
	at, err := n.lookup(name)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%d", at.Addr(), at.Port()), nil
}

// defaultHost returns the last byte of the address 10.0.0.x of a name that
// needs no host line.
func defaultHost(name string) (byte, bool) {
	switch {
	case len(name) == 2 && name[0] == 'c' && '1' <= name[1] && name[1] <= '9':
		return 10 + name[1] - '0', true
	case len(name) == 1 && 'A' <= name[0] && name[0] <= 'J':
		return 1 + name[0] - 'A', true
	case len(name) == 1 && 'K' <= name[0] && name[0] <= 'Z':
		return 21 + name[0] - 'K', true // 11 to 19 are the clients
	}
	return 0, false
}

func validName(name string) bool {
	for _, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && !('0' <= c && c <= '9') && c != '-' && c != '_' {
			return false
		}
	}
	return name != ""
}
