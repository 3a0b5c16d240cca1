//go:build linux

package e2e

import "time"

// goneVariants are primaries that end, and what Sentinels and clusters do then or
// are told to do.
func goneVariants() []*scenario {
	sentinel := []episode{{"sentinel", "done", 'p', 'r'}}
	seekers := func(s *scene) []*client {
		return team("app", 5, client{from: s.lan.hosts['c'], start: s.addr('p'), capa: true, value: "v",
			pause: 10 * time.Millisecond, refuge: s.askSentinel('c', 'c')})
	}
	return []*scenario{
		{name: "dead-target-line", kind: "dead-target", about: "the primary of a line of replicas ends, and clients ask at its end",
			delay: 5 * time.Millisecond, lan: lan{order: "prscd"}, set: line,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, refuge: s.back('s')})
			},
			act: func(s *scene) {
				s.crash('p')
				s.redirect(60)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: []string{"dead-primary"}, sure: "certain", gaps: true,
				also: []episode{{"replicaof", "done", 'p', 'r'}}}},
		{name: "dead-target-frozen", kind: "dead-target", about: "the primary stops and answers no more",
			delay: 5 * time.Millisecond, set: pair,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, patience: patience, refuge: s.back('r')})
			},
			act: func(s *scene) {
				s.freeze('p')
				s.redirect(20)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: []string{"dead-primary"}, sure: "likely", gaps: true,
				also: []episode{{"replicaof", "done", 'p', 'r'}}}},
		{name: "sentinel-killed-trio-7000", kind: "healthy", about: "two replicas, port 7000, p has the highest address",
			delay: 5 * time.Millisecond, lan: lan{order: "cdrsp", port: 7000},
			set: func(s *scene) {
				s.start("pr")
				s.options = []string{"--replica-priority", "0"}
				s.start("s")
				s.follow('r', 'p')
				s.follow('s', 'p')
				s.startSentinels("rsc", 2)
			},
			clients: seekers,
			act: func(s *scene) {
				s.crash('p')
				s.await('r', "role", "master")
				s.await('s', "master_host", s.servers['r'].host())
				s.await('s', "master_link_status", "up")
				s.serve(60)
			}, want: want{episodes: sentinel, gaps: true}},
		{name: "sentinel-by-hand", kind: "healthy", about: "SENTINEL FAILOVER while all are well",
			delay: 5 * time.Millisecond,
			set: func(s *scene) {
				pair(s)
				s.startSentinels("prc", 1)
			},
			clients: seekers,
			act: func(s *scene) {
				s.note("SENTINEL FAILOVER %s", sentinelGroup)
				if err := s.sentinels[0].session(newLedger(), func(c *conn) error {
					_, err := c.must("SENTINEL", "FAILOVER", sentinelGroup)
					return err
				}); err != nil {
					s.t.Fatal(err)
				}
				s.await('r', "role", "master")
				s.await('p', "role", "slave")
				s.serve(60)
			}, want: want{beside: []string{"dual-primary", "failover-violation"}, violated: []string{"single-primary"}, episodes: sentinel, gaps: true}},
		{name: "cluster-failover-joined", kind: "healthy", about: "CLUSTER FAILOVER, captured from the middle of all connections",
			delay: 10 * time.Millisecond, lan: lan{order: "srpcd", port: 7000},
			set: primariesAndReplica, clients: slotClients(slotted), joined: true,
			act:  inTurn((*scene).clusterFailover, (*scene).busy),
			want: want{episodes: []episode{{"cluster", "done", 'p', 'r'}}, gaps: true}},
		{name: "cluster-failover-ipv6", kind: "healthy", about: "CLUSTER FAILOVER over IPv6, the command captured",
			delay: 10 * time.Millisecond, lan: lan{order: "prscd", family: ipv6}, shown: true,
			set: primariesAndReplica, clients: slotClients(slotted),
			act:  (*scene).clusterFailover,
			want: want{episodes: []episode{{"cluster", "done", 'p', 'r'}}}},
		{name: "cluster-failover-takeover", kind: "healthy", about: "CLUSTER FAILOVER TAKEOVER, port 7000",
			delay: 10 * time.Millisecond, lan: lan{order: "prscd", port: 7000},
			set: primariesAndReplica, clients: slotClients(slotted),
			act: func(s *scene) {
				s.tell('r', "CLUSTER FAILOVER TAKEOVER")
				s.await('r', "role", "master")
				s.await('p', "role", "slave")
				s.serve(60)
			},
			want: want{episodes: []episode{{"cluster", "done", 'p', 'r'}}}},
		{name: "cluster-failover-back", kind: "healthy", about: "CLUSTER FAILOVER to r and back to p",
			delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			// A node votes again in the place of the same primary after twice this time.
			options: []string{"--cluster-node-timeout", "1000"},
			set:     primariesAndReplica, clients: slotClients(slotted),
			act: inTurn((*scene).clusterFailover, (*scene).settled, func(s *scene) {
				s.tell('p', "CLUSTER FAILOVER")
				s.await('p', "role", "master")
				s.await('r', "role", "slave")
				s.serve(60)
			}),
			want: want{episodes: []episode{{"cluster", "done", 'p', 'r'}, {"cluster", "done", 'r', 'p'}}}},
		{name: "cluster-failover-killed", kind: "dead-target", about: "the primary ends, and its replica is elected",
			delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			set: votedCluster,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), tag: s.tag, value: "v",
					pause: 20 * time.Millisecond, refuge: s.back('s')})
			},
			act: func(s *scene) {
				s.crash('p')
				s.await('r', "role", "master")
				s.serve(60)
			},
			want: want{rule: "unreachable-target", causes: []string{"dead-primary"}, sure: "likely", gaps: true,
				episodes: []episode{{"cluster", "done", 'p', 'r'}}}},
		{name: "cluster-moved-loop-7000", kind: "moved-loop", about: "port 7000, p has the higher address",
			delay: 5 * time.Millisecond, lan: lan{order: "srpcd", port: 7000},
			set: threeNodes, clients: slotClients(client{}),
			act: func(s *scene) {
				s.tell('p', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('r'))
				s.tell('r', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('p'))
				s.redirect(200)
				s.tell('r', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('r'))
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"slot-ownership-conflict"}, sure: "certain"}},
	}
}

// votedCluster is primaries at p, s and c and a replica of p at r: two of them are
// enough to elect it.
func votedCluster(s *scene) {
	s.options = []string{"--cluster-node-timeout", "1000"}
	s.startCluster("psc")
	s.tag, s.slot = s.cluster.tag(0, 0)
	s.replicate('r', 'p')
}
