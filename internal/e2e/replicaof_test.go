//go:build linux

package e2e

import "time"

// replicaofScenarios are what an operator does by REPLICAOF.
func replicaofScenarios() []*scenario {
	return []*scenario{
		{
			name: "mutual-replicaof", kind: "circular", delay: 3 * time.Millisecond, live: 'p',
			about: "p is made a replica of its replica r, until r is told to be the primary",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('r'))
				s.redirect(200)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"circular-replication"}, alike: []string{"redirect-during-failover"},
				sure: "certain", fromClients: "likely", also: []episode{{"replicaof", "done", 'p', 'r'}}},
		},
		{
			name: "mutual-replicaof-shown", kind: "circular", delay: 3 * time.Millisecond, shown: true,
			about: "the same, and the operator's commands are in the captures",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('r'))
				s.redirect(200)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"circular-replication"},
				sure: "certain", also: []episode{{"replicaof", "done", 'p', 'r'}}},
		},
		{
			name: "cycle-of-three", kind: "circular", delay: 5 * time.Millisecond, lan: lan{order: "prscd"},
			about: "p follows s, which follows r, which follows p",
			set:   line, clients: everyday,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('s'))
				s.redirect(200)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"circular-replication"}, sure: "certain", fromClients: "likely"},
		},
		{
			name: "self-replicaof", kind: "self", delay: 5 * time.Millisecond,
			about: "p is made a replica of its own address",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.words('p'))
				s.redirect(100)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(60)
			},
			want: want{rule: "self-redirect", causes: []string{"self-replication"}, sure: "certain"},
		},
		{
			name: "handover-by-hand", kind: "healthy", delay: 5 * time.Millisecond,
			about: "r is told to be a primary, and p at once to follow it",
			set:   pair, clients: everyday,
			act: func(s *scene) {
				s.tell('r', "REPLICAOF NO ONE")
				s.tell('p', "REPLICAOF "+s.words('r'))
				s.await('p', "master_link_status", "up")
				s.serve(60)
			},
			want: want{episodes: []episode{{"replicaof", "done", 'p', 'r'}}},
		},
	}
}
