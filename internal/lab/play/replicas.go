package play

import (
	"fmt"
	"net/netip"
	"time"

	"ricochet/internal/lab/client"
	"ricochet/internal/lab/server"
)

// replicas makes each node a replica of the one before it: a pair, or a chain.
func replicas(s *stage) {
	for i := 1; i < len(s.nodes); i++ {
		s.admin.After(0, func() { s.tell(i, "REPLICAOF "+s.words(i-1)) })
	}
}

// failover: the operator has the primary hand its role over. If the target is deaf for
// a while the handover is forced, and in progress until it hears.
func failover(s *stage) {
	s.at(min(s.part(0.4), 2*time.Second), func() {
		if s.o.Deaf > 0 {
			s.hosts[1].Deafen()
			s.say(s.addr(1).String(), fmt.Sprintf("is deaf for %v", s.o.Deaf))
			s.tell(0, "FAILOVER TO "+s.words(1)+" TIMEOUT 100 FORCE")
			s.admin.After(s.o.Deaf, s.hosts[1].Hear)
			return
		}
		s.tell(0, "FAILOVER TO "+s.words(1))
	})
	if s.o.Fault == server.LoseAnswer || s.o.Fault == server.DropLink {
		// The target has taken over, and the other does not know. That does harm once
		// somebody writes to it.
		s.at(s.part(0.8), func() {
			s.say("clients", fmt.Sprintf("one more begins, which was told of %v", s.addr(1)))
			s.join(client.Options{
				Name: "app-new", Habit: client.Keeps, Nodes: []netip.AddrPort{s.addr(1)}, Redirects: true,
				Next: client.Writes(client.Hot(8)), Think: 10 * time.Millisecond,
			})
		})
	}
}

// circular: the primary is told to replicate from its own replica, which still
// replicates from it. It ends when one of them is made a primary.
func circular(s *stage) {
	s.at(s.part(0.3), func() { s.tell(0, "REPLICAOF "+s.words(1)) })
	s.at(s.part(0.7), func() { s.tell(1, "REPLICAOF NO ONE") })
}

// self: a node is told to replicate from itself.
func self(s *stage) {
	s.at(s.part(0.3), func() { s.tell(0, "REPLICAOF "+s.words(0)) })
	s.at(s.part(0.7), func() { s.tell(0, "REPLICAOF NO ONE") })
}

// deadTarget: the primary dies. Its replica goes on sending clients there until it is
// made a primary.
func deadTarget(s *stage) {
	s.at(s.part(0.3), func() {
		s.say(s.addr(0).String(), "dies")
		s.hosts[0].Kill()
	})
	s.at(s.part(0.7), func() { s.tell(1, "REPLICAOF NO ONE") })
}

// chained: the last of three nodes sends its clients to the second, which sends them to
// the first. That is a detour, and no bounce.
func chained(s *stage) {}

// settle is how long an operator waits between two steps that have to be in order.
const settle = 100 * time.Millisecond
