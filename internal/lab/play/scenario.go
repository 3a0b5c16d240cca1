package play

import "time"

// Scenario is a story that can be played.
type Scenario struct {
	Name    string
	Summary string // one line, for help
	Long    string // the same, in full
	Cluster bool   // the nodes share slots
	// Orders says that the story depends on the order of checks.
	Orders bool
	// Duration is how long the clients work unless Options say otherwise.
	Duration time.Duration
	// LinkDelay is how far its nodes are apart unless Options say otherwise.
	LinkDelay time.Duration
	// Bounces says whether clients bounce; where that depends on the order of checks,
	// with the bug.
	Bounces bool

	nodes     int
	entry     int          // the node that clients come to first
	detour    bool         // clients go through several nodes from the first command on
	forgetful bool         // the clients forget ASKING
	setup     func(*stage) // tells the nodes what they are to each other, before the clients come
	story     func(*stage) // says what happens while the clients work: see stage.at
}

// Scenarios lists the stories, in the order in which help shows them.
func Scenarios() []Scenario {
	return []Scenario{
		{
			Name:    "failover",
			Summary: "a primary hands its role over to its replica",
			Long: `A primary hands its role over to its replica, by FAILOVER, while clients work. In
8.0.0-rc1 the old primary sends clients to the new one while that is still a replica
and sends them back: they bounce until the handover is over (valkey #821). Since
8.0.0-rc2 it keeps them waiting, and redirects each of them once (valkey #871).
Without --bug or --fixed both are played.`,
			Orders: true, Duration: 4 * time.Second, nodes: 2, LinkDelay: regions,
			Bounces: true,
			setup:   replicas, story: failover,
		},
		{
			Name:    "circular",
			Summary: "two nodes are told to replicate from each other",
			Long: `The primary of a pair is told to replicate from its own replica, which still
replicates from it. Each sends clients to the other, on all versions, until one of them
is told REPLICAOF NO ONE.`,
			Duration: 3 * time.Second, nodes: 2, LinkDelay: time.Millisecond,
			Bounces: true,
			setup:   replicas, story: circular,
		},
		{
			Name:    "self",
			Summary: "a node is told to replicate from itself",
			Long: `A node is told to replicate from itself, and redirects clients to itself until it is
told REPLICAOF NO ONE.`,
			Duration: 3 * time.Second, nodes: 1, LinkDelay: time.Millisecond,
			Bounces: true,
			setup:   replicas, story: self,
		},
		{
			Name:    "dead-target",
			Summary: "a replica sends its clients to a primary that has died",
			Long: `A primary dies. Its replica goes on sending clients there, where nobody answers; they
come back, and are sent there again, until the replica is told REPLICAOF NO ONE.`,
			Duration: 3 * time.Second, nodes: 2, LinkDelay: time.Millisecond,
			Bounces: true, entry: 1,
			setup: replicas, story: deadTarget,
		},
		{
			Name:    "moved-loop",
			Summary: "two nodes of a cluster each name the other as the owner of a slot",
			Long: `A slot of a cluster moves to another node, and the operator tells the node that gives
it away before the one that gets it. Until that one knows, each names the other as the
owner: MOVED sends clients to and fro (redis #7116).`,
			Duration: 3 * time.Second, nodes: 2, LinkDelay: time.Millisecond,
			Bounces: true,
			Cluster: true, setup: slots, story: movedLoop,
		},
		{
			Name:    "ask-loop",
			Summary: "clients forget ASKING while a slot moves",
			Long: `A slot of a cluster moves, and the clients do not know that a command sent on by ASK
needs ASKING before it: the node that gets the slot sends them back with MOVED.`,
			Duration: 3 * time.Second, nodes: 2, LinkDelay: time.Millisecond,
			Bounces: true,
			Cluster: true, forgetful: true, setup: slots, story: askLoop,
		},
		{
			Name:    "reshard",
			Summary: "a slot moves from one node of a cluster to another, as it should",
			Long: `A slot of a cluster moves as it should: the node that gets it is told first. Clients
meet ASK and MOVED, and none bounces.`,
			Duration: 3 * time.Second, nodes: 2, LinkDelay: time.Millisecond,
			Bounces: false,
			Cluster: true, setup: slots, story: reshard,
		},
		{
			Name:    "chain",
			Summary: "a replica of a replica sends clients to its primary, which sends them on",
			Long: `A replica of a replica sends clients to its primary, which sends them on to its own.
That is a detour, and no bounce.`,
			Duration: 3 * time.Second, nodes: 3, LinkDelay: time.Millisecond,
			Bounces: false, entry: 2, detour: true,
			setup: replicas, story: chained,
		},
	}
}

// regions is how far two regions are apart: far enough for a handover that clients
// notice.
const regions = 25 * time.Millisecond

// Find returns the scenario of a name.
func Find(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
