package play

import (
	"fmt"
	"strconv"
	"time"

	"ricochet/internal/lab/protocol"
)

// The slot that moves in the scenarios of a cluster, and the tag of the keys that are
// in it: CRC16("slot") mod 16384. It belongs to the first of two nodes.
const (
	movingSlot = 4772
	movingTag  = "slot"
)

// slots shares the slots of a cluster among its nodes, halves for two, and has them
// know each other.
func slots(s *stage) {
	const all = 16384
	for i := range s.nodes {
		first, last := i*all/len(s.nodes), (i+1)*all/len(s.nodes)-1
		s.admin.After(0, func() { s.tell(i, fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", first, last)) })
	}
	s.admin.After(settle, func() {
		for i := 1; i < len(s.nodes); i++ {
			s.tell(0, "CLUSTER MEET "+s.words(i))
		}
	})
}

// movedLoop: a slot moves, and the operator tells the node that gives it away before
// the one that gets it. Until that one knows, each names the other (redis #7116).
func movedLoop(s *stage) {
	s.at(s.part(0.3), func() {
		s.move(func(ids []string) {
			s.tell(0, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1]))
			s.at(s.part(0.7), func() { s.tell(1, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1])) })
		})
	})
}

// reshard: a slot moves, and the operator tells first the node that gets it.
func reshard(s *stage) {
	s.at(s.part(0.3), func() {
		s.move(func(ids []string) {
			s.tell(1, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1]))
			s.admin.After(settle, func() { s.tell(0, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1])) })
		})
	})
}

// askLoop: a slot moves, slowly, and the clients do not know that a command that was
// sent on by ASK needs ASKING before it.
func askLoop(s *stage) {
	s.at(s.part(0.3), func() {
		s.move(func(ids []string) {
			s.at(s.part(0.7), func() {
				s.tell(1, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1]))
				s.tell(0, fmt.Sprintf("CLUSTER SETSLOT %d NODE %s", movingSlot, ids[1]))
			})
		})
	})
}

// move moves the keys of the moving slot from the first node to the second while clients work with them, and then calls done with the nodes' IDs.
func (s *stage) move(done func(ids []string)) {
	s.ids(func(ids []string) {
		s.tell(1, fmt.Sprintf("CLUSTER SETSLOT %d IMPORTING %s", movingSlot, ids[0]))
		s.ask(0, fmt.Sprintf("CLUSTER SETSLOT %d MIGRATING %s", movingSlot, ids[1]), func(protocol.Value) {
			s.moveKeys(func() { done(ids) })
		})
	})
}

// moveKeys moves keys until there is none left, a few at a time.
func (s *stage) moveKeys(done func()) {
	s.quietly(0, []string{"CLUSTER", "GETKEYSINSLOT", strconv.Itoa(movingSlot), "4"}, func(keys protocol.Value) {
		if len(keys.Elems) == 0 {
			s.say("operator", fmt.Sprintf("%v: all keys of slot %d have moved", s.addr(0), movingSlot))
			done()
			return
		}
		to := s.addr(1)
		words := []string{"MIGRATE", to.Addr().String(), strconv.Itoa(int(to.Port())), "", "0", "1000", "KEYS"}
		for _, k := range keys.Elems {
			words = append(words, k.Str)
		}
		s.quietly(0, words, func(protocol.Value) { s.admin.After(moveEvery, func() { s.moveKeys(done) }) })
	})
}

// moveEvery is how long the operator takes between two lots of keys.
const moveEvery = 2 * time.Millisecond

// ids asks the nodes for their IDs.
func (s *stage) ids(then func(ids []string)) {
	ids := make([]string, len(s.nodes))
	left := len(ids)
	for i := range s.nodes {
		s.ask(i, "CLUSTER MYID", func(v protocol.Value) {
			ids[i] = v.Str
			if left--; left == 0 {
				then(ids)
			}
		})
	}
}
