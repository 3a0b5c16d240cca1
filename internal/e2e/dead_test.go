//go:build linux

package e2e

import "time"

// deadScenarios are redirects to where nobody serves.
func deadScenarios() []*scenario {
	fallback := func(s *scene) []*client {
		return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
			pause: 20 * time.Millisecond, reach: reach, refuge: s.back('p')})
	}
	either := []string{"dead-primary", "stale-announcement"}
	return []*scenario{
		{
			name: "dead-target-elsewhere", kind: "dead-target", delay: 5 * time.Millisecond,
			about: "p follows r by an address of r that clients cannot reach",
			set: func(s *scene) {
				pair(s)
				s.secondAddress('r', "cd")
			},
			clients: fallback,
			act: func(s *scene) {
				s.tell('r', "REPLICAOF NO ONE")
				s.tell('p', "REPLICAOF "+secondAddress.Addr().String()+" "+s.servers['r'].port())
				s.redirect(16)
				s.tell('p', "REPLICAOF "+s.words('r'))
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: []string{"stale-announcement", "dead-primary"}, sure: "likely",
				also: []episode{{"replicaof", "done", 'p', 'r'}}},
		},
		{
			name: "dead-target-refuses", kind: "dead-target", delay: 5 * time.Millisecond,
			about: "p is made a replica of a port of r at which nobody listens",
			set:   func(s *scene) { s.start("p") }, clients: fallback,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.lan.place('r').addr.Addr().String()+" 6390")
				s.redirect(40)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: either, sure: "possible", fromClients: "likely"},
		},
		{
			name: "dead-target-silent", kind: "dead-target", delay: 5 * time.Millisecond,
			about: "p is made a replica of an address that does not answer",
			set:   func(s *scene) { s.start("p") }, clients: fallback,
			act: func(s *scene) {
				s.tell('p', "REPLICAOF "+s.lan.silent().Addr().String()+" 6379")
				s.redirect(16)
				s.tell('p', "REPLICAOF NO ONE")
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: either, sure: "possible", fromClients: "likely"},
		},
		{
			name: "dead-target-killed", kind: "dead-target", delay: 5 * time.Millisecond,
			about: "the primary p ends, and its replica r sends clients there until it is told to be the primary",
			set:   pair,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, reach: reach, refuge: s.back('r')})
			},
			act: func(s *scene) {
				s.crash('p')
				s.redirect(40)
				s.tell('r', "REPLICAOF NO ONE")
				s.serve(40)
			},
			want: want{rule: "unreachable-target", causes: either[:1], sure: "certain", gaps: true,
				also: []episode{{"replicaof", "done", 'p', 'r'}}},
		},
	}
}
