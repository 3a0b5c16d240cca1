//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"ricochet/internal/testenv"
)

const (
	sentinelPort = 26379
	// sentinelGroup is what Sentinels call the primary that they guard.
	sentinelGroup = "main"
)

// startSentinels starts a Sentinel at each of the hosts, to guard the server of p
// and its replicas, and waits until they know each other. Two have to agree.
func (s *scene) startSentinels(hosts string, replicas int) {
	s.t.Helper()
	var all []*server
	for _, h := range []byte(hosts) {
		all = append(all, startSentinel(s.t, place{s.lan.hosts[h], addrPort(s.lan.place(h).addr.Addr(), sentinelPort)}, s.addr('p')))
	}
	s.sentinels = all
	for _, one := range all {
		for field, want := range map[string]int{"num-slaves": replicas, "num-other-sentinels": len(all) - 1} {
			one.await(field+" known to", func(c *conn) error {
				r, err := c.must("SENTINEL", "MASTER", sentinelGroup)
				if err != nil {
					return err
				}
				for i := 1; i < len(r.items); i += 2 {
					if r.items[i-1].text == field {
						return unlike(r.items[i].text, strconv.Itoa(want))
					}
				}
				return fmt.Errorf("no %s in %v", field, r)
			})
		}
	}
}

// startSentinel starts a Sentinel that takes a second of silence for the end of a
// server. It is the server's program in another mode.
func startSentinel(t testing.TB, p place, primary netip.AddrPort) *server {
	t.Helper()
	program := testenv.RequireCommand(t, "valkey-server")
	file := filepath.Join(t.TempDir(), "sentinel.conf") // which it writes to
	config := fmt.Sprintf(`port %d
protected-mode no
sentinel monitor %[2]s %[3]v %[4]d 2
sentinel down-after-milliseconds %[2]s 1000
sentinel failover-timeout %[2]s 3000
`, p.addr.Port(), sentinelGroup, primary.Addr(), primary.Port())
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log := "sentinel-" + p.name
	s := &server{place: p, operator: p.namespace, process: p.start(t, log, exec.Command(program, file, "--sentinel"))}
	s.quiet = true
	return s
}

// askSentinel is a refuge that asks the Sentinel of a host where the primary is.
func (s *scene) askSentinel(from byte, sentinel byte) func(netip.AddrPort) (netip.AddrPort, error) {
	n := s.lan.hosts[from]
	at := addrPort(s.lan.place(sentinel).addr.Addr(), sentinelPort)
	return func(netip.AddrPort) (netip.AddrPort, error) {
		raw, err := n.dial(at)
		if err != nil {
			return netip.AddrPort{}, err
		}
		c := newConn(raw, newLedger())
		defer c.Close()
		r, err := c.must("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinelGroup)
		if err != nil {
			return netip.AddrPort{}, err
		}
		if len(r.items) != 2 {
			return netip.AddrPort{}, fmt.Errorf("sentinel answers %v", r)
		}
		return netip.ParseAddrPort(r.items[0].text + ":" + r.items[1].text)
	}
}
