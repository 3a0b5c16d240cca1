//go:build linux

package e2e

import "time"

// failoverVariants are FAILOVERs that work in the end.
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
