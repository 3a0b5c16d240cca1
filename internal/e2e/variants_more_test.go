//go:build linux

package e2e

import "time"

// mutual makes p a replica of its replica until a host is told to be the primary.
func mutual(healed byte) func(*scene) {
	return func(s *scene) {
		s.tell('p', "REPLICAOF "+s.words('r'))
		s.redirect(400)
		s.tell(healed, "REPLICAOF NO ONE")
		s.serve(60)
	}
}

func ringVariants() []*scenario {
	ring := want{rule: "bounce", causes: []string{"circular-replication"}, alike: []string{"redirect-during-failover"},
		sure: "likely", also: []episode{{"replicaof", "done", 'p', 'r'}}}
	lateRing := ring
	lateRing.gaps = true
	self := want{rule: "self-redirect", causes: []string{"self-replication"}, sure: "certain"}
	return []*scenario{
		{name: "circular-healed-at-p", kind: "circular", about: "p is the primary again in the end", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one), act: mutual('p'), want: ring},
		{name: "circular-swapped-ipv6", kind: "circular", about: "IPv6, port 7000, p has the higher address, a connection for each hop",
			delay: 10 * time.Millisecond, lan: lan{order: "rpcd", family: ipv6, port: 7000},
			set: pair, clients: crowd('p', 8, fresh), act: mutual('r'), want: ring},
		{name: "circular-crowd", kind: "circular", about: "40 clients", delay: 10 * time.Millisecond, shown: true,
			set: pair, clients: together(crowd('p', 30, one), crowd('r', 10, one)), act: mutual('r'), want: ring},
		{name: "circular-pipeline", kind: "circular", about: "pipelines, shared keys, RESP3", delay: 5 * time.Millisecond, hot: true,
			set: pair, clients: crowd('p', 6, pipeline), act: mutual('r'), want: ring},
		{name: "circular-joined", kind: "circular", about: "captured when the ring is there already", delay: 5 * time.Millisecond,
			set: pair, clients: crowd('p', 4, one), joined: true, act: mutual('r'), want: lateRing},
		{name: "circular-after-failover", kind: "circular", about: "a failover to r, and then r is made a replica of p", delay: 10 * time.Millisecond,
			set: pair, clients: crowd('p', 6, one),
			act: inTurn(handOver('p', 'r'), (*scene).settled, func(s *scene) {
				s.tell('r', "REPLICAOF "+s.words('p'))
				s.redirect(200)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(60)
			}), want: want{rule: "bounce", causes: []string{"circular-replication"}, sure: "likely",
				episodes: []episode{{"failover", "done", 'p', 'r'}}, also: []episode{{"replicaof", "done", 'r', 'p'}}}},
		{name: "circular-three-swapped", kind: "circular", about: "a ring of three, p has the highest address", delay: 5 * time.Millisecond,
			lan: lan{order: "srpcd"},
			set: line, clients: together(crowd('p', 3, one), crowd('s', 3, one)),
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('s'))
				s.redirect(300)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(60)
			}, want: ring},
		{name: "self-ipv6", kind: "self", about: "IPv6, port 7000", delay: 5 * time.Millisecond, lan: lan{family: ipv6, port: 7000},
			set: pair, clients: crowd('p', 4, one),
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('p'))
				s.redirect(100)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(40)
			}, want: self},
	}
}

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
