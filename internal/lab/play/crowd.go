package play

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"ricochet/internal/lab/client"
)

// enter brings the clients. What they are like is chance: several follow redirects in
// different ways, some send the same commands at the same time, one waits in a blocking
// command, and one knows nothing of redirects.
func (s *stage) enter() {
	s.say("clients", fmt.Sprintf("%d clients begin", s.o.Clients))
	for i := range s.o.Clients {
		o := s.character(i)
		s.admin.After(time.Duration(i)*comeEvery, func() { s.join(o) })
	}
}

// comeEvery is how long it takes until the next client comes.
const comeEvery = 10 * time.Millisecond

// join brings one client.
func (s *stage) join(o client.Options) {
	h := s.world.Host(o.Name, local())
	s.clients = append(s.clients, client.Start(h, s.log, o))
}

// habits are the ways to follow that are dealt out, before chance repeats them.
func habits() []client.Habit {
	return []client.Habit{client.Keeps, client.Reconnects, client.Pipelines, client.Shares, client.Keeps}
}

// character is what a client is like.
func (s *stage) character(i int) client.Options {
	r := s.world.Rand()
	o := client.Options{
		Name:      fmt.Sprintf("app-%d", i+1),
		Redirects: true,
		Protocol:  2 + r.IntN(2),
		Think:     time.Duration(2+r.IntN(12)) * time.Millisecond,
		Cluster:   s.sc.Cluster,
		Nodes:     s.seeds(i),
		Callers:   1,
		Library:   "lab",
	}
	if known := habits(); i < len(known) {
		o.Habit = known[i]
	} else {
		o.Habit = known[r.IntN(len(known))]
	}
	if o.Habit == client.Shares && s.sc.detour {
		// On a detour of several nodes such a client makes detours of its own, while its
		// first connections replace each other: it does bounce now and then.
		o.Habit = client.Reconnects
	}
	if o.Habit == client.Shares {
		o.Callers = 3
	}
	keys := s.keys(o.Name, o.Habit, r)
	o.Next = client.Reads(keys)
	if i%2 == 1 {
		// A pause of writes soon stops whoever writes now and then. Those who only read
		// meet what comes after it.
		o.Next = client.Mix(keys, 0.5)
	}
	switch i {
	case 5:
		if !o.Cluster {
			o.Habit, o.Redirects, o.Next = client.Stays, false, client.Reads(keys)
			if s.o.PlainWrites {
				o.Next = client.Writes(keys)
			}
		}
	case 6:
		o.Habit, o.Next = client.Keeps, client.Transactions(keys)
	case 7:
		o.Habit, o.Next = client.Keeps, queue("queue:"+o.Name)
	}
	o.AskingForgotten = s.sc.forgetful
	return o
}

// seeds is where a client begins: at the node that the scenario is about, and then at
// the others.
func (s *stage) seeds(i int) []netip.AddrPort {
	var nodes []netip.AddrPort
	for k := range s.nodes {
		nodes = append(nodes, s.addr((s.sc.entry+k)%len(s.nodes)))
	}
	return nodes
}

// queue waits for an element of a list for a second, and again.
func queue(list string) client.Work {
	return func(int, *rand.Rand) [][]string { return [][]string{{"BLPOP", list, "1"}} }
}

// ownKeys is how many keys of its own a client has.
const ownKeys = 50

// keys are a client's keys. Half of the clients use keys of their own; the others share
// a few, as those of a hot item are. Callers of one connection do not: when two of them
// send the same command, and both are redirected, nobody can tell whose retry is whose.
func (s *stage) keys(name string, habit client.Habit, r *rand.Rand) client.Keys {
	keys := client.Keys(func(n int, _ *rand.Rand) string { return fmt.Sprintf("key:%s:%d", name, n%ownKeys) })
	if r.IntN(2) == 0 && habit != client.Shares {
		keys = client.Hot(8)
	}
	if s.sc.Cluster {
		keys = client.Tagged(movingTag, keys)
	}
	return keys
}
