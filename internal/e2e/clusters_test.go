//go:build linux

package e2e

import (
	"fmt"
	"strings"
	"time"
)

// clusterScenarios are what clusters do with their slots.
func clusterScenarios() []*scenario {
	return []*scenario{
		{
			name: "cluster-slot-conflict", kind: "moved-loop", delay: 3 * time.Millisecond,
			about: "p and r name each other as the owner of a slot",
			set:   threeNodes, clients: slotClients(client{}),
			act: func(s *scene) {
				// Nobody may have a key of the slot.
				s.tell('p', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('r'))
				s.tell('r', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('p'))
				s.redirect(200)
				s.tell('p', "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('p'))
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"slot-ownership-conflict"}, sure: "certain"},
			lan:  lan{order: "prscd"},
		},
		{
			name: "cluster-careless", kind: "missing-asking", delay: 3 * time.Millisecond,
			about: "a slot moves from p to r, and a client follows ASK without ASKING",
			set:   threeNodes, clients: slotClients(client{careless: true}),
			act: func(s *scene) {
				s.tell('r', "CLUSTER SETSLOT "+s.slot+" IMPORTING "+s.id('p'))
				s.tell('p', "CLUSTER SETSLOT "+s.slot+" MIGRATING "+s.id('r'))
				s.redirect(200)
				s.tell('p', "CLUSTER SETSLOT "+s.slot+" STABLE")
				s.tell('r', "CLUSTER SETSLOT "+s.slot+" STABLE")
				s.serve(60)
			},
			want: want{rule: "bounce", causes: []string{"missing-asking"}, alike: []string{"slot-ownership-conflict"}, sure: "certain"},
			lan:  lan{order: "prscd"},
		},
		{
			name: "cluster-reshard", kind: "healthy", delay: 5 * time.Millisecond,
			about: "a slot with keys moves from p to r as it should",
			set:   threeNodes, clients: slotClients(client{value: "v"}),
			act: (*scene).reshard,
			lan: lan{order: "prscd"},
		},
		{
			name: "cluster-failover", kind: "healthy", delay: 10 * time.Millisecond,
			about: "CLUSTER FAILOVER of r, the replica of p, beside another primary s",
			set:   primariesAndReplica, clients: slotClients(client{value: "v"}),
			act:  (*scene).clusterFailover,
			want: want{episodes: []episode{{"cluster", "done", 'p', 'r'}}},
			lan:  lan{order: "prscd"},
		},
	}
}

// threeNodes is a cluster of primaries at p, r and s. The scenario is about a slot
// of p.
func threeNodes(s *scene) {
	s.startCluster("prs")
	s.tag, s.slot = s.cluster.tag(0, 0)
}

// primariesAndReplica is a cluster of primaries at p and s and a replica of p at r.
func primariesAndReplica(s *scene) {
	s.startCluster("ps")
	s.tag, s.slot = s.cluster.tag(0, 0)
	s.replicate('r', 'p')
}

// replicate starts one more node of the cluster as a replica of another.
func (s *scene) replicate(replica, primary byte) {
	s.t.Helper()
	s.options = append(s.options, clusterOptions...)
	s.start(string(replica))
	r, p := s.servers[replica], s.servers[primary]
	r.tell(newLedger(), "CLUSTER MEET "+p.host()+" "+p.port())
	r.await("join", func(c *conn) error {
		got, err := c.must("CLUSTER", "NODES")
		if n := strings.Count(got.text, " connected"); err == nil && n <= len(s.cluster.nodes) {
			err = fmt.Errorf("nodes are %q", got.text)
		}
		return err
	})
	r.await("replicate", func(c *conn) error {
		_, err := c.must("CLUSTER", "REPLICATE", s.id(primary))
		return err
	})
	s.await(replica, "master_link_status", "up")
	for _, n := range s.servers {
		n.await("replica known to", func(c *conn) error {
			got, err := c.must("CLUSTER", "NODES")
			if err == nil && !strings.Contains(got.text, "slave "+s.id(primary)) {
				err = fmt.Errorf("nodes are %q", got.text)
			}
			return err
		})
	}
}

func (s *scene) startCluster(hosts string) {
	stage := &stage{clients: s.lan.clients()}
	for _, h := range []byte(hosts) {
		stage.servers = append(stage.servers, s.lan.place(h))
	}
	s.cluster = startCluster(s.t, stage, s.options...)
	s.own(hosts, s.cluster.nodes)
}

// id is the node id of a host's server.
func (s *scene) id(host byte) string {
	for i, n := range s.cluster.nodes {
		if n == s.servers[host] {
			return s.cluster.ids[i]
		}
	}
	return ""
}

// slotClients are clients that use keys of the scenario's slot, with a habit more;
// half of them begin at the node that has it, half elsewhere.
func slotClients(habit client) func(*scene) []*client {
	return func(s *scene) []*client {
		habit.tag, habit.pause = s.tag, 2*time.Millisecond
		there, elsewhere := habit, habit
		there.start, elsewhere.start = s.addr('p'), s.addr('s')
		return append(team("there", 3, there), team("elsewhere", 3, elsewhere)...)
	}
}

// reshard moves the scenario's slot from p to r, with its keys.
func (s *scene) reshard() {
	const batch = 10
	s.tell('r', "CLUSTER SETSLOT "+s.slot+" IMPORTING "+s.id('p'))
	s.tell('p', "CLUSTER SETSLOT "+s.slot+" MIGRATING "+s.id('r'))
	s.serve(60)
	for range 1000 {
		keys := s.servers['p'].ask(newLedger(), fmt.Sprintf("CLUSTER GETKEYSINSLOT %s %d", s.slot, batch)).items
		if len(keys) == 0 {
			break
		}
		move := "MIGRATE " + s.words('r') + " \"\" 0 5000 KEYS"
		for _, k := range keys {
			move += " " + k.text
		}
		s.migrate(move)
	}
	for _, h := range []byte("rps") {
		s.tell(h, "CLUSTER SETSLOT "+s.slot+" NODE "+s.id('r'))
	}
	s.serve(60)
}

func (s *scene) migrate(line string) {
	words := strings.Fields(strings.ReplaceAll(line, `""`, "-"))
	words[3] = "" // the key, which is among others
	if err := s.servers['p'].session(newLedger(), func(c *conn) error {
		_, err := c.must(words...)
		return err
	}); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
}

// clusterFailover has r take over from p.
func (s *scene) clusterFailover() {
	s.tell('r', "CLUSTER FAILOVER")
	s.await('r', "role", "master")
	s.await('p', "role", "slave")
	s.serve(60)
}
