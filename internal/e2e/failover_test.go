//go:build linux

package e2e

import (
	"syscall"
	"testing"
	"time"
)

// A failover that works sends each client to the new primary once. One that asks
// the new primary first, while that is still a replica, may come back to it.
func TestHealthyFailover(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			program(t)
			s := bridged(t, 2, ipv4)
			pair := startServers(t, s)
			pair[1].follow(pair[0])
			w := startWatch(t, s.watcher, "--capture", mechanism, window, roomy)

			l := newLedger()
			var clients []*client
			for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				i := len(clients)
				clients = append(clients, &client{
					name: name, from: s.clients[i%2], start: pair[i/2%2].addr, ledger: l, capa: true,
					pause: time.Duration(i%3) * time.Millisecond, value: plantedValue,
				})
			}
			work := startLoad(t, clients)
			serveMore(t, l, 1000)
			pair[0].tell(l, "FAILOVER TO "+pair[1].host()+" "+pair[1].port()+" TIMEOUT 10000")
			pair[1].role(l, "master")
			serveMore(t, l, 1000)
			work.stop()
			r := w.stop(syscall.SIGTERM)

			l.check(t, r)
			if n := l.totals(); n.BouncedCommands != 0 || n.RedirectedCommands < int64(len(clients)) {
				t.Errorf("the clients were redirected %d times, and bounced %d times: the test is not what it should be",
					n.RedirectedCommands, n.BouncedCommands)
			}
			if r.Verdict != "clean" || len(r.Findings) != 0 {
				t.Errorf("verdict %q, %v; findings %+v", r.Verdict, r.Reasons, r.Findings)
			}
			for _, e := range w.all() {
				if e.kind == "bounce" || e.kind == "loss" {
					t.Errorf("event %s", e.line)
				}
			}
		})
	}
}
