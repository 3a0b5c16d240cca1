//go:build linux

package e2e

import (
	"net/netip"
	"testing"
	"time"
)

// TestScenarios plays what happens to servers in production. Most of a scenario
// is waiting, so that some are played at a time.
func TestScenarios(t *testing.T) {
	var all []*scenario
	all = append(all, replicaofScenarios()...)
	all = append(all, deadScenarios()...)
	all = append(all, clusterScenarios()...)
	all = append(all, failoverScenarios()...)
	all = append(all, sentinelScenarios()...)
	for _, sc := range all {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// pair is a primary at p with a replica at r.
func pair(s *scene) {
	s.start("pr")
	s.follow('r', 'p')
}

// trio is a primary at p with replicas at r and s.
func trio(s *scene) {
	s.start("prs")
	s.follow('r', 'p')
	s.follow('s', 'p')
}

// line is a primary at p, its replica at r, and at s a replica of that.
func line(s *scene) {
	s.start("prs")
	s.follow('r', 'p')
	s.follow('s', 'r')
}

// everyday are clients as most are, which begin at p: they read and write, most of
// them follow redirects, and one knows nothing of them.
func everyday(s *scene) []*client {
	habit := client{start: s.addr('p'), capa: true, pause: 2 * time.Millisecond, value: "v"}
	plain := habit
	plain.capa = false
	return append(team("app", 5, habit), team("plain", 1, plain)...)
}

// faithfulTo are clients that ask the server of one host first, whatever they were
// told before.
func faithfulTo(host byte, n int) func(*scene) []*client {
	return func(s *scene) []*client {
		return team("app", n, client{start: s.addr(host), capa: true, faithful: true, value: "v"})
	}
}

const (
	// reach is how long clients try to connect to a node that may be gone.
	reach = 300 * time.Millisecond
	// patience is how long they wait for a reply from one. It must be longer than
	// a reply takes on a busy machine: what comes later is in the captures and in
	// no ledger.
	patience = time.Second
)

// back is a refuge that returns to the server of a host.
func (s *scene) back(host byte) func(netip.AddrPort) (netip.AddrPort, error) {
	return func(netip.AddrPort) (netip.AddrPort, error) { return s.addr(host), nil }
}
