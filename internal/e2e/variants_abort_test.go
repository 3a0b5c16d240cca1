//go:build linux

package e2e

import "time"

// abortVariants are FAILOVERs that are given up.
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

// timeOut is a FAILOVER that is given up by a timeout, since the replica is stopped.
func (s *scene) timeOut() {
	s.freeze('r')
	s.serve(20)
	s.failover('p', 'r', "TIMEOUT 400")
	s.await('p', "master_failover_state", "no-failover")
	s.thaw('r')
	s.serve(60)
}
