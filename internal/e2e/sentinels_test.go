//go:build linux

package e2e

import "time"

// sentinelScenarios are what three Sentinels do when the primary is gone.
func sentinelScenarios() []*scenario {
	done := []episode{{"sentinel", "done", 'p', 'r'}}
	// The one of them that leads may be at r: then what it tells r passes no network.
	guarded := func(s *scene) {
		pair(s)
		s.startSentinels("prc", 1)
	}
	// Here all that they tell servers can be seen.
	exposed := func(s *scene) {
		pair(s)
		s.startSentinels("pcd", 1)
	}
	return []*scenario{
		{
			name: "sentinel-killed", kind: "healthy", delay: 5 * time.Millisecond,
			about: "the primary is killed, and clients ask Sentinel for the next",
			set:   guarded,
			clients: func(s *scene) []*client {
				return team("app", 4, client{from: s.lan.hosts['c'], start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, refuge: s.askSentinel('c', 'c')})
			},
			act: func(s *scene) {
				s.crash('p')
				s.await('r', "role", "master")
				s.serve(60)
			},
			want: want{episodes: done, gaps: true},
		},
		{
			name: "sentinel-killed-strays", kind: "dead-target", delay: 5 * time.Millisecond,
			about: "the primary is killed, and clients ask its replica, which still names it",
			set:   exposed,
			clients: func(s *scene) []*client {
				return team("app", 4, client{start: s.addr('p'), capa: true, value: "v",
					pause: 20 * time.Millisecond, refuge: s.next("pr")})
			},
			act: func(s *scene) {
				s.crash('p')
				s.await('r', "role", "master")
				s.serve(60)
			},
			want: want{rule: "unreachable-target", causes: []string{"dead-primary"}, sure: "certain", episodes: done, gaps: true},
		},
		{
			name: "sentinel-frozen", kind: "sentinel", delay: 5 * time.Millisecond, live: 'c',
			about: "the primary stops and goes on when another was promoted: it takes writes until Sentinel demotes it",
			set:   exposed,
			clients: func(s *scene) []*client {
				habit := client{from: s.lan.hosts['c'], start: s.addr('p'), capa: true, value: "v", pause: 20 * time.Millisecond}
				seeks := habit
				seeks.patience, seeks.refuge = patience, s.askSentinel('c', 'c')
				stays := habit
				stays.refuge = s.back('p') // Sentinel has the server close connections
				return append(team("stays", 2, stays), team("seeks", 3, seeks)...)
			},
			act: func(s *scene) {
				s.freeze('p')
				s.await('r', "role", "master")
				s.serve(20)
				s.thaw('p')
				s.await('p', "role", "slave")
				s.serve(60)
			},
			want: want{beside: []string{"dual-primary", "failover-violation"}, violated: []string{"single-primary"}, episodes: done, gaps: true},
		},
	}
}
