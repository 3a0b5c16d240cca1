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

// ringVariants are nodes that are replicas of each other.
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
