//go:build linux

package e2e

import (
	"slices"
	"testing"
	"time"
)

// TestVariants plays what differs from TestScenarios by its network, its clients
// or what was captured. It takes minutes, and is for those who keep the captures.
func TestVariants(t *testing.T) {
	if *keep == "" {
		t.Skip("no -e2e.keep DIR: the captures of variants are to be kept")
	}
	all := slices.Concat(failoverVariants(), abortVariants(), ringVariants(), goneVariants(), quietVariants())
	for _, sc := range all {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			play(t, sc)
		})
	}
}

// crowd is clients of one habit that begin at a host.
func crowd(host byte, n int, habit client) func(*scene) []*client {
	return func(s *scene) []*client {
		habit.start = s.addr(host)
		return team("app", n, habit)
	}
}

// together is the clients of several crowds.
func together(crowds ...func(*scene) []*client) func(*scene) []*client {
	return func(s *scene) (all []*client) {
		for i, c := range crowds {
			for _, one := range c(s) {
				one.name = string(rune('a'+i)) + one.name
				all = append(all, one)
			}
		}
		return all
	}
}

var (
	one      = client{capa: true, value: "v", pause: 2 * time.Millisecond}
	hasty    = client{capa: true, value: "v"}
	fresh    = client{capa: true, value: "v", pause: 2 * time.Millisecond, fresh: true}
	pipeline = client{capa: true, resp3: true, value: "v", batch: 8, shared: 16, pause: 5 * time.Millisecond}
	reader   = client{capa: true, pause: 2 * time.Millisecond}
	writer   = client{capa: true, value: "v", pause: 2 * time.Millisecond}
	slotted  = client{value: "v"}
)

// handOver is a FAILOVER that works.
func handOver(from, to byte) func(*scene) {
	return func(s *scene) {
		s.failover(from, to, "TIMEOUT 10000")
		s.await(to, "role", "master")
		s.serve(60)
	}
}

// inTurn does one thing after the other.
func inTurn(acts ...func(*scene)) func(*scene) {
	return func(s *scene) {
		for _, act := range acts {
			act(s)
		}
	}
}

// busy lets a thousand commands be served.
func (s *scene) busy() { s.serve(1000) }

// settled waits until p is in sync with r.
func (s *scene) settled() {
	s.await('p', "master_link_status", "up")
	s.servers['r'].await("sync", func(c *conn) error {
		replica, err := info(c, "replication", "slave0")
		if err != nil {
			return err
		}
		return online(replica)
	})
}
