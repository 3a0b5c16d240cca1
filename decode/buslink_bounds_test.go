package decode

import (
	"fmt"
	"testing"

	"ricochet/decode/bus"
	"ricochet/internal/wiretest/wirebus"
)

// heard is a Handler that counts what is told.
type heard struct {
	counter
	told, nodes int
}

func (h *heard) Told(x *Told) { h.told++; h.nodes += len(x.Nodes) }

func TestUnfinishedMessagesOfTheBus(t *testing.T) {
	const links = 100
	h := &heard{}
	table := NewTable(Options{}, h)
	long := string(wirebus.Message{
		Sender: wirebus.Node{ID: "a", Port: 1, Flags: wirebus.Primary},
		Gossip: make([]wirebus.Node, 400),
	}.Bytes())
	most := int64(0)
	peers := make([]*peer, links)
	for n := range peers {
		peers[n] = opened(table, n, 0)
		for at := 0; at < bus.MaxKept-1000; at += 1400 {
			peers[n].send(0, 0, long[at:at+1400])
			most = max(most, table.busHeld)
		}
	}
	if most > maxBusHeld+2*bus.MaxKept {
		t.Errorf("%d bytes were held, want at most %d", most, maxBusHeld)
	}
	given := table.Stats().Blind[CauseBus].Count
	if given == 0 || given > links {
		t.Errorf("%d messages were given up", given)
	}
	// A link whose message was given up goes on behind it.
	p := peers[links-1]
	p.send(0, 0, long[int(p.next[0])-1001:])
	p.send(0, 0, string(wirebus.Message{Type: wirebus.ManualStart, Sender: wirebus.Node{ID: "a"}}.Bytes()))
	if h.told != 1 {
		t.Errorf("%d messages were told of, want 1", h.told)
	}
	table.Flush()
	if table.busHeld != 0 {
		t.Errorf("%d bytes are held after Flush", table.busHeld)
	}
}

// TestMoreGossipThanIsRemembered has one node speak of more nodes than the table
// remembers: what was forgotten is told again, and nothing is left out.
func TestMoreGossipThanIsRemembered(t *testing.T) {
	h := &heard{}
	table := NewTable(Options{}, h)
	p := opened(table, 1, 0)
	const each = 250
	speak := func(rounds int) {
		for i := range rounds {
			m := wirebus.Message{Sender: wirebus.Node{ID: "a", Port: 1, Flags: wirebus.Primary}}
			for n := range each {
				m.Gossip = append(m.Gossip, wirebus.Node{ID: fmt.Sprintf("%040x", i*each+n), Port: 1, Flags: wirebus.Replica})
			}
			p.send(0, 0, string(m.Bytes()))
		}
	}
	speak(4)
	speak(4)
	if n := h.nodes - h.told; n < 4*each || n > 4*each+4*each/10 {
		t.Errorf("%d nodes were told of, want %d and a few again", n, 4*each)
	}
	h.nodes, h.told = 0, 0
	const rounds = 3 * gossipSlots / each
	speak(rounds)
	speak(rounds)
	if n := h.nodes - h.told; n < rounds*each || n > 2*rounds*each {
		t.Errorf("%d nodes were told of, want %d to %d", n, rounds*each, 2*rounds*each)
	}
	if len(table.gossip) != gossipSlots {
		t.Errorf("%d are remembered, want %d", len(table.gossip), gossipSlots)
	}
}
