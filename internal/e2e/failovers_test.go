//go:build linux

package e2e

import "time"

// failoverScenarios are what FAILOVER does.
func failoverScenarios() []*scenario {
	healthy := func(s *scene) {
		s.failover('p', 'r', "TIMEOUT 10000")
		s.await('r', "role", "master")
		s.serve(60)
	}
	done := want{episodes: []episode{{"failover", "done", 'p', 'r'}}}
	aborted := want{episodes: []episode{{"failover", "aborted", 'p', 'r'}}, held: []string{"abort-restores-roles"}}
	waited := aborted
	waited.held = append(waited.held, "writes-parked-while-waiting")
	forced := done
	forced.held = []string{"writes-parked-while-waiting", "no-redirect-while-in-progress", "parked-clients-redirected"}
	blocked := done
	blocked.notPromised = []string{"blocked-clients-redirected"}
	return []*scenario{
		{
			name: "failover", kind: "failover", delay: 20 * time.Millisecond, live: 'p',
			about: "FAILOVER under reads and writes",
			set:   pair, clients: everyday, act: healthy, want: done,
		},
		{
			name: "failover-shown", kind: "failover", delay: 5 * time.Millisecond, shown: true,
			about: "the same, and the operator's command is in the captures",
			set:   pair, clients: everyday, act: healthy, want: done,
		},
		{
			name: "failover-timeout", kind: "failover-aborted", delay: 5 * time.Millisecond, shown: true,
			about: "FAILOVER with a timeout while the replica is stopped",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.freeze('r')
				s.serve(30)
				s.failover('p', 'r', "TIMEOUT 500")
				s.await('p', "master_failover_state", "no-failover")
				s.thaw('r')
				s.serve(60)
			},
			want: waited,
		},
		{
			name: "failover-abort", kind: "failover-aborted", delay: 5 * time.Millisecond, shown: true,
			about: "FAILOVER while the replica is stopped, aborted by hand",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.freeze('r')
				s.serve(30)
				s.failover('p', 'r', "")
				s.stall()
				s.tell('p', "FAILOVER ABORT")
				s.thaw('r')
				s.serve(60)
			},
			want: waited,
		},
		{
			name: "failover-forced", kind: "failover", delay: 5 * time.Millisecond, live: 'r',
			about: "FAILOVER FORCE while the replica is stopped, which then continues",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.freeze('r')
				s.serve(30)
				s.failover('p', 'r', "FORCE TIMEOUT 300")
				s.await('p', "master_failover_state", "failover-in-progress")
				s.stall()
				s.thaw('r')
				s.await('r', "role", "master")
				s.serve(60)
			},
			want: forced,
		},
		{
			name: "failover-from-replica", kind: "failover-returned", delay: 15 * time.Millisecond,
			about: "clients ask r first: r sends them to p, which keeps them until r is the primary",
			set:   pair, clients: faithfulTo('r', 10),
			act: func(s *scene) {
				healthy(s)
				if s.ledger.totals().ReturnedCommands == 0 {
					s.t.Error("no command returned: the test is not what it should be")
				}
			},
			want: done,
		},
		{
			name: "failover-blocked", kind: "failover", delay: 10 * time.Millisecond,
			about: "FAILOVER while clients wait for lists",
			set:   pair,
			clients: func(s *scene) []*client {
				waiting := client{start: s.addr('p'), capa: true, blocks: true, refuge: s.next("pr")}
				return append(everyday(s), team("waits", 4, waiting)...)
			},
			act: func(s *scene) {
				healthy(s)
				if s.ledger.mishaps()["UNBLOCKED"] == 0 {
					s.t.Error("no client was unblocked: the test is not what it should be")
				}
			},
			want: blocked,
		},
		{
			name: "failover-psync-refused", kind: "failover-aborted", delay: 10 * time.Millisecond,
			about: "FAILOVER to a replica that does not allow PSYNC",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.tell('r', "ACL SETUSER default -psync")
				s.failover('p', 'r', "TIMEOUT 10000")
				s.await('p', "role", "slave")
				s.await('p', "role", "master")
				s.tell('r', "ACL SETUSER default +psync")
				s.await('r', "master_link_status", "up")
				s.serve(60)
			},
			want: aborted,
		},
		{
			name: "failover-no-stale-data", kind: "failover", delay: 20 * time.Millisecond,
			about:   "FAILOVER with replica-serve-stale-data no: clients that know nothing of redirects meet MASTERDOWN",
			options: []string{"--replica-serve-stale-data", "no"},
			set:     pair,
			clients: func(s *scene) []*client {
				return append(everyday(s), team("reader", 3, client{start: s.addr('p')})...)
			},
			act: func(s *scene) {
				healthy(s)
				if s.ledger.mishaps()["MASTERDOWN"] == 0 {
					s.t.Error("no client met MASTERDOWN: the test is not what it should be")
				}
			},
			want: done,
		},
	}
}
