//go:build linux

package e2e

import "time"

// quietVariants are what looks like a failover and is none.
func quietVariants() []*scenario {
	return []*scenario{
		{name: "healthy-client-pause", kind: "healthy", about: "CLIENT PAUSE WRITE, the command captured", delay: 5 * time.Millisecond, shown: true,
			set: pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.tell('p', "CLIENT PAUSE 600 WRITE")
				s.serve(100)
			}},
		{name: "paused-unseen", kind: "healthy", about: "CLIENT PAUSE WRITE, the command not captured", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.tell('p', "CLIENT PAUSE 600 WRITE")
				s.serve(100)
			}, want: want{also: []episode{{"failover", "aborted", 'p', 'r'}}}},
		{name: "healthy-new-replica", kind: "healthy", about: "a server becomes a replica", delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			set: func(s *scene) {
				s.start("prs")
				s.follow('r', 'p')
			},
			clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.tell('s', "REPLICAOF "+s.words('p'))
				s.await('s', "master_link_status", "up")
				s.serve(60)
			}},
		{name: "healthy-replica-moves", kind: "healthy", about: "a replica of p becomes a replica of r", delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			set: trio, clients: together(crowd('p', 4, one), crowd('s', 3, client{capa: true, value: "v", faithful: true})),
			act: func(s *scene) {
				s.tell('s', "REPLICAOF "+s.words('r'))
				s.await('s', "master_link_status", "up")
				s.serve(60)
			}},
		{name: "healthy-link-breaks", kind: "healthy", about: "the replication link is closed and made again", delay: 5 * time.Millisecond,
			set: pair, clients: together(crowd('p', 4, one), crowd('r', 3, client{capa: true, value: "v", faithful: true})),
			act: func(s *scene) {
				s.tell('p', "CLIENT KILL TYPE replica")
				s.await('r', "master_link_status", "up")
				s.serve(100)
			}},
		{name: "healthy-replica-detached", kind: "healthy", about: "a replica is told to be a primary, which no client uses", delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			set: trio, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.tell('s', "REPLICAOF NO ONE")
				s.serve(100)
			}},
		{name: "healthy-replica-stops", kind: "healthy", about: "the replica stops for a while", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			act: func(s *scene) {
				s.freeze('r')
				s.serve(150)
				s.thaw('r')
				s.serve(60)
			}},
		{name: "healthy-primary-restarts", kind: "healthy", about: "the primary ends, starts again, and is the primary", delay: 5 * time.Millisecond,
			set: pair,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, refuge: s.back('p')})
			},
			act: func(s *scene) {
				s.crash('p')
				s.stall()
				s.start("p")
				s.await('r', "master_link_status", "up")
				s.serve(60)
			}, want: want{gaps: true}},
		{name: "healthy-sentinel", kind: "healthy", about: "Sentinels watch, and nothing happens", delay: 5 * time.Millisecond,
			set: func(s *scene) {
				pair(s)
				s.startSentinels("prc", 1)
			},
			clients: crowd('p', 4, client{capa: true, value: "v", pause: 20 * time.Millisecond}),
			act:     func(s *scene) { s.serve(500) }, want: want{gaps: true}},
		{name: "healthy-cluster", kind: "healthy", about: "a cluster with a replica, and nothing happens", delay: 5 * time.Millisecond,
			lan: lan{order: "prscd"},
			set: primariesAndReplica, clients: slotClients(slotted),
			act: func(s *scene) { s.serve(500) }},
		{name: "healthy-cluster-stale", kind: "healthy", about: "clients ask the wrong node of a cluster first, again and again", delay: 5 * time.Millisecond,
			lan: lan{order: "prscd"},
			set: primariesAndReplica,
			clients: func(s *scene) []*client {
				habit := client{value: "v", tag: s.tag, faithful: true, start: s.addr('s')}
				at := habit
				at.start = s.addr('r')
				return append(team("s", 3, habit), team("r", 3, at)...)
			},
			act: func(s *scene) { s.serve(300) }},
	}
}
