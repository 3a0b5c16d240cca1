package play

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ricochet/internal/lab/client"
	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/server"
	"ricochet/internal/lab/world"
)

// stage is what a scenario is played on.
type stage struct {
	o         Options
	sc        Scenario
	world     *world.World
	log       *client.Log
	began     time.Duration // when the clients come
	hosts     []*world.Host
	nodes     []*server.Node
	admin     *world.Host
	operators map[int]*client.Operator
	clients   []*client.Client
}

// local is where everything lives: over sockets there is nothing else that every
// machine has.
func local() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// open puts the scenario on stage.
func (s *stage) open() error {
	sc := s.sc
	for i := range sc.nodes {
		h := s.world.Host(fmt.Sprintf("node-%d", i+1), local())
		addr := netip.AddrPortFrom(local(), s.o.Port+uint16(i))
		n, err := server.Start(h, server.Options{
			Port: addr.Port(), Order: s.o.Order, Blocked: s.o.Blocked, Fault: s.o.Fault,
			RefuseStale: s.o.RefuseStale, Cluster: sc.Cluster,
			Notice: func(text string) { s.say(addr.String(), text) },
		})
		if err != nil {
			return err
		}
		for _, other := range s.hosts {
			s.world.SetLatency(h, other, s.o.LinkDelay)
		}
		s.hosts = append(s.hosts, h)
		s.nodes = append(s.nodes, n)
	}
	s.admin = s.world.Host("operator", local())
	s.operators = map[int]*client.Operator{}
	sc.setup(s)
	s.at(0, func() {
		s.enter()
		sc.story(s)
	})
	s.at(s.o.Duration, s.leave)
	return nil
}

// at has something happen when the clients have worked for d.
func (s *stage) at(d time.Duration, f func()) {
	s.admin.After(s.began+d-s.world.Elapsed(), f)
}

// part is a share of the time that the clients work.
func (s *stage) part(share float64) time.Duration {
	return time.Duration(share * float64(s.o.Duration))
}

func (s *stage) say(who, text string) {
	s.o.Say(Step{At: s.world.Elapsed() - s.began, Who: who, Text: text})
}

// addr is where a node listens.
func (s *stage) addr(node int) netip.AddrPort { return s.nodes[node].Addr() }

// words are those of a command that name a node: host and port.
func (s *stage) words(node int) string {
	a := s.addr(node)
	return fmt.Sprintf("%s %d", a.Addr(), a.Port())
}

// tell has the operator send a command to a node.
func (s *stage) tell(node int, command string) { s.ask(node, command, func(protocol.Value) {}) }

// ask has the operator send a command to a node, and then do something with the reply.
func (s *stage) ask(node int, command string, then func(protocol.Value)) {
	s.order(node, strings.Fields(command), func(v protocol.Value, err error) {
		if err != nil {
			s.say("operator", fmt.Sprintf("%v: %s: %v", s.addr(node), command, err))
			return
		}
		s.say("operator", fmt.Sprintf("%v: %s: %s", s.addr(node), command, strings.TrimLeft(v.String(), "+$")))
		then(v)
	})
}

// quietly is ask for what is not worth telling. What fails is told.
func (s *stage) quietly(node int, words []string, then func(protocol.Value)) {
	s.order(node, words, func(v protocol.Value, err error) {
		if err != nil || v.IsError() {
			s.say("operator", fmt.Sprintf("%v: %s: %v %v", s.addr(node), words[0], v, err))
			return
		}
		then(v)
	})
}

// order sends a command on the operator's connection to a node.
func (s *stage) order(node int, words []string, then func(protocol.Value, error)) {
	op := s.operators[node]
	if op == nil {
		op = client.NewOperator(s.admin, s.log, s.addr(node), "operator")
		s.operators[node] = op
	}
	op.Do(words, then)
}

// leave ends the work of the clients.
func (s *stage) leave() {
	s.say("clients", fmt.Sprintf("%d clients stop", len(s.clients)))
	for _, c := range s.clients {
		c.Stop(func() {})
	}
}

func (s *stage) outcome() *Outcome {
	o := &Outcome{Log: s.log, Took: s.world.Elapsed()}
	for _, n := range s.nodes {
		o.Nodes = append(o.Nodes, n.Addr())
	}
	return o
}
