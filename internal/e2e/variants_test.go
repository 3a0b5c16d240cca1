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

func failoverVariants() []*scenario {
	done := want{episodes: []episode{{"failover", "done", 'p', 'r'}}}
	lateDone := done
	lateDone.gaps = true
	back := want{episodes: []episode{{"failover", "done", 'p', 'r'}, {"failover", "done", 'r', 'p'}}}
	all := []*scenario{
		{name: "failover-25ms", about: "25 ms from host to host, 12 clients", delay: 25 * time.Millisecond,
			set: pair, clients: crowd('p', 12, one), act: handOver('p', 'r'), want: done},
		{name: "failover-500us", about: "half a millisecond from host to host", delay: 500 * time.Microsecond,
			set: pair, clients: crowd('p', 6, one), act: inTurn((*scene).busy, handOver('p', 'r'), (*scene).busy), want: done},
		{name: "failover-pipeline", about: "RESP3, pipelines, keys shared by clients", delay: 10 * time.Millisecond, hot: true,
			set: pair, clients: crowd('p', 8, pipeline), act: inTurn((*scene).busy, handOver('p', 'r'), (*scene).busy), want: done},
		{name: "failover-pipeline-shown", about: "the same, the command captured", delay: 20 * time.Millisecond, hot: true, shown: true,
			set: pair, clients: crowd('p', 4, pipeline), act: handOver('p', 'r'), want: done},
		{name: "failover-ipv6-7000", about: "IPv6, port 7000, a connection for each hop", delay: 10 * time.Millisecond,
			lan: lan{family: ipv6, port: 7000},
			set: pair, clients: crowd('p', 6, fresh), act: handOver('p', 'r'), want: done},
		{name: "failover-swapped", about: "p has the higher address", delay: 15 * time.Millisecond, lan: lan{order: "rpcd"},
			set: pair, clients: crowd('p', 6, one), act: handOver('p', 'r'), want: done},
		{name: "failover-auth", about: "servers with a password", delay: 10 * time.Millisecond,
			options: []string{"--requirepass", password, "--masterauth", password},
			set:     pair, clients: crowd('p', 6, client{capa: true, value: "v", pause: 2 * time.Millisecond, secret: password}),
			act: handOver('p', 'r'), want: done},
		{name: "failover-swapped-ipv6-shown", about: "p has the higher address, IPv6, port 16379", delay: 5 * time.Millisecond,
			lan: lan{order: "rcdp", family: ipv6, port: 16379}, shown: true,
			set: pair, clients: crowd('p', 6, one), act: handOver('p', 'r'), want: done},
		{name: "failover-joined", about: "captured from the middle of all connections", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one), joined: true, act: handOver('p', 'r'), want: lateDone},
		{name: "failover-pipeline-joined", about: "captured from the middle of all connections, pipelines", delay: 10 * time.Millisecond, hot: true,
			set: pair, clients: crowd('p', 6, pipeline), joined: true, act: inTurn(handOver('p', 'r'), (*scene).busy), want: lateDone},
		{name: "failover-joined-waiting", about: "captured from the middle of waiting-for-sync", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			before: func(s *scene) {
				s.freeze('r')
				s.tell('p', "SET key value")
				s.failover('p', 'r', "")
			},
			act: func(s *scene) {
				s.stall()
				s.thaw('r')
				s.await('r', "role", "master")
				s.serve(60)
			}, want: lateDone},
		{name: "failover-joined-progress", about: "captured from the middle of failover-in-progress", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			before: func(s *scene) {
				s.freeze('r')
				s.tell('p', "SET key value")
				s.failover('p', 'r', "FORCE TIMEOUT 200")
				s.await('p', "master_failover_state", "failover-in-progress")
			},
			act: func(s *scene) {
				s.stall()
				s.thaw('r')
				s.await('r', "role", "master")
				s.serve(60)
			}, want: lateDone},
		{name: "failover-line", about: "s follows r which follows p, and clients ask at s first", delay: 10 * time.Millisecond,
			kind: "failover-returned", lan: lan{order: "prscd"},
			set: line, clients: crowd('s', 8, client{capa: true, value: "v", faithful: true}), act: handOver('p', 'r'), want: done},
		{name: "failover-two-replicas", about: "s follows p too, and some clients ask there first", delay: 10 * time.Millisecond,
			lan: lan{order: "prscd"},
			set: trio, clients: together(crowd('p', 4, one), crowd('s', 4, client{capa: true, value: "v", faithful: true})),
			act: handOver('p', 'r'), want: done},
		{name: "failover-to-any", about: "FAILOVER that names nobody", delay: 10 * time.Millisecond, shown: true,
			set: pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.tell('p', "FAILOVER")
				s.await('r', "role", "master")
				s.serve(60)
			}, want: done},
		{name: "failover-back", about: "to r and back to p", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			act: inTurn(handOver('p', 'r'), (*scene).settled, handOver('r', 'p')), want: back},
		{name: "failover-back-from-replica", about: "to r and back to p, clients ask r first", delay: 10 * time.Millisecond,
			kind: "failover-returned",
			set:  pair, clients: faithfulTo('r', 6),
			act: inTurn(handOver('p', 'r'), (*scene).settled, handOver('r', 'p')), want: back},
		{name: "failover-readers", about: "clients only read, and are never parked before the roles change", delay: 20 * time.Millisecond,
			set: pair, clients: crowd('p', 8, reader), act: handOver('p', 'r'), want: done},
		{name: "failover-idle", about: "one client, slow", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 1, client{capa: true, value: "v", pause: 40 * time.Millisecond}),
			act: func(s *scene) {
				handOver('p', 'r')(s)
			}, want: done},
		{name: "failover-forced-fresh", about: "the replica stopped, FORCE, a connection for each hop, p has the higher address",
			delay: 10 * time.Millisecond, lan: lan{order: "rpcd"},
			set: pair, clients: crowd('p', 6, fresh),
			act: func(s *scene) {
				s.freeze('r')
				s.serve(20)
				s.failover('p', 'r', "FORCE TIMEOUT 300")
				s.await('p', "master_failover_state", "failover-in-progress")
				s.stall()
				s.thaw('r')
				s.await('r', "role", "master")
				s.serve(60)
			}, want: done},
		{name: "failover-forced-from-replica", about: "the same, clients ask the replica first, which is stopped",
			delay: 10 * time.Millisecond, kind: "failover-returned",
			set: pair, clients: together(crowd('p', 3, hasty), faithfulTo('r', 5)),
			act: func(s *scene) {
				s.freeze('r')
				s.serve(20)
				s.failover('p', 'r', "FORCE TIMEOUT 300")
				s.await('p', "master_failover_state", "failover-in-progress")
				s.stall()
				s.thaw('r')
				s.await('r', "role", "master")
				s.serve(60)
			}, want: done},
		{name: "failover-second-try", about: "the first times out, the second works", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			act:  inTurn((*scene).timeOut, handOver('p', 'r')),
			want: want{episodes: []episode{{"failover", "aborted", 'p', 'r'}, {"failover", "done", 'p', 'r'}}}},
	}
	for _, sc := range all {
		if sc.kind == "" {
			sc.kind = "failover"
		}
	}
	return all
}

// timeOut is a FAILOVER that is given up by a timeout, since the replica is stopped.
func (s *scene) timeOut() {
	s.freeze('r')
	s.serve(20)
	s.failover('p', 'r', "TIMEOUT 400")
	s.await('p', "master_failover_state", "no-failover")
	s.thaw('r')
	s.serve(60)
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

func abortVariants() []*scenario {
	aborted := want{episodes: []episode{{"failover", "aborted", 'p', 'r'}}}
	return []*scenario{
		{name: "failover-aborted-hidden", kind: "failover-aborted", about: "a timeout, the command not captured", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one), act: (*scene).timeOut, want: aborted},
		{name: "failover-aborted-swapped", kind: "failover-aborted", about: "a timeout, p has the higher address, IPv6, port 7000", delay: 5 * time.Millisecond,
			lan: lan{order: "rpcd", family: ipv6, port: 7000}, shown: true,
			set: pair, clients: crowd('p', 6, writer), act: (*scene).timeOut, want: aborted},
		{name: "failover-aborted-progress", kind: "failover-aborted", delay: 5 * time.Millisecond, shown: true,
			about: "aborted by hand when p had turned round already: the replica was stopped",
			set:   pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.freeze('r')
				s.serve(20)
				s.failover('p', 'r', "FORCE TIMEOUT 200")
				s.await('p', "master_failover_state", "failover-in-progress")
				s.stall()
				s.tell('p', "FAILOVER ABORT")
				s.thaw('r')
				s.await('r', "master_link_status", "up")
				s.serve(60)
			}, want: aborted},
		{name: "failover-aborted-target-killed", kind: "failover-aborted", delay: 5 * time.Millisecond, shown: true,
			about: "the replica ends when p had turned round already, and the operator aborts",
			set:   pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.freeze('r')
				s.serve(20)
				s.failover('p', 'r', "FORCE TIMEOUT 200")
				s.await('p', "master_failover_state", "failover-in-progress")
				s.stall()
				s.crash('r')
				s.tell('p', "FAILOVER ABORT")
				s.serve(60)
			}, want: want{episodes: aborted.episodes, gaps: true}},
		{name: "failover-aborted-refused", kind: "failover-aborted", delay: 20 * time.Millisecond,
			about: "the replica does not allow PSYNC, and clients ask it first",
			set:   pair, clients: faithfulTo('r', 8),
			act: func(s *scene) {
				s.tell('r', "ACL SETUSER default -psync")
				s.failover('p', 'r', "")
				s.await('p', "role", "slave")
				s.await('p', "role", "master")
				s.tell('r', "ACL SETUSER default +psync")
				s.await('r', "master_link_status", "up")
				s.serve(60)
			}, want: aborted},
	}
}
