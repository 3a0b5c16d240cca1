package server

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// cluster is what a node of a cluster holds to be true: who the nodes are, and whose
// the slots are. There is no bus between the nodes. A node learns of others when an
// operator has them meet (meet.go), and from then on only what operators tell it
// (clustercmd.go). So two nodes disagree exactly as long as somebody has told only one.
type cluster struct {
	node     *Node
	self     *peer
	peers    map[string]*peer // by ID, this node too
	owners   [slotCount]*peer // nil: nobody
	assigned int              // slots that have an owner
	// Slots on their way from here, or to here: the node at the other end.
	migrating, importing [slotCount]*peer
	epoch                int64 // the highest configuration epoch seen
	meetings             map[netip.AddrPort]*meeting
}

// peer is a node as a node knows it.
type peer struct {
	id    string
	addr  netip.AddrPort // of this node, the IP is not valid before it met another
	epoch int64
	met   time.Time
}

func newCluster(n *Node) *cluster {
	self := &peer{id: n.hex40(), addr: netip.AddrPortFrom(netip.Addr{}, n.addr.Port())}
	return &cluster{
		node:     n,
		self:     self,
		peers:    map[string]*peer{self.id: self},
		meetings: map[netip.AddrPort]*meeting{},
	}
}

// What getNodeByQuery of src/cluster.c answers, besides MOVED and ASK.
const (
	slotUnserved = "CLUSTERDOWN Hash slot not served"
	clusterDown  = "CLUSTERDOWN The cluster is down"
	crossSlot    = "CROSSSLOT Keys in request don't hash to the same slot"
	tryAgain     = "TRYAGAIN Multiple keys request during rehashing of slot"
)

// redirection says where a request is served if that is not here, as an error; empty:
// it is served here. It is getNodeByQuery. An EXEC is served where all that was queued
// is.
//
// A slot that is migrating is served here as long as the keys are here. Of a key that
// is not, the other node is asked: it may have been moved, or is to be made there. And
// a slot that is importing is served only to those who were told so, and say it by
// ASKING: to everybody else the slot is still the other node's.
func (k *cluster) redirection(r *request) string {
	keys := k.keysOf(r)
	if len(keys) == 0 {
		return ""
	}
	slot := keySlot(keys[0])
	owner := k.owners[slot]
	if owner == nil {
		return slotUnserved
	}
	migrating := owner == k.self && k.migrating[slot] != nil
	importing := !migrating && k.importing[slot] != nil
	several, here, missing := false, 0, 0
	for _, key := range keys {
		if keySlot(key) != slot {
			return crossSlot
		}
		several = several || string(key) != string(keys[0])
		if k.node.keys.entries.get(string(key)) != nil {
			here++
		} else {
			missing++
		}
	}
	asked := r.client.asking || r.cmd.name == "restore-asking"
	switch {
	case !k.healthy():
		return clusterDown
	case (migrating || importing) && r.cmd.name == "migrate":
		return ""
	case migrating && missing > 0 && here > 0:
		return tryAgain
	case migrating && missing > 0:
		return redirectTo("ASK", slot, k.migrating[slot])
	case importing && asked && several && missing > 0:
		return tryAgain
	case importing && asked, owner == k.self:
		return ""
	}
	return redirectTo("MOVED", slot, owner)
}

// redirectTo names the node that a slot's command is for.
func redirectTo(how string, slot int, p *peer) string {
	return fmt.Sprintf("%s %d %s:%d", how, slot, p.host(), p.addr.Port())
}

// keysOf is the keys of a request, of an EXEC those of all that it runs.
func (k *cluster) keysOf(r *request) [][]byte {
	if r.cmd.name != "exec" {
		return r.cmd.keysOf(r.args)
	}
	var keys [][]byte
	if m := r.client.multi; m != nil {
		for _, q := range m.queued {
			keys = append(keys, q.cmd.keysOf(q.args)...)
		}
	}
	return keys
}

// healthy tells whether the node serves anybody: it does not while a slot is nobody's
// (cluster-require-full-coverage).
func (k *cluster) healthy() bool { return k.assigned == slotCount }

// assign makes a slot a node's; nil: nobody's.
func (k *cluster) assign(slot int, p *peer) {
	if k.owners[slot] != nil {
		k.assigned--
	}
	if p != nil {
		k.assigned++
	}
	k.owners[slot] = p
}

// releaseBlocked sends on the clients that wait in a blocking command for a key whose
// slot went elsewhere meanwhile (clusterRedirectBlockedClientIfNeeded).
func (k *cluster) releaseBlocked() {
	for _, c := range slices.Clone(k.node.clients) {
		b := c.blocked
		if b == nil || len(b.keys) == 0 {
			continue
		}
		slot := keySlot([]byte(b.keys[0]))
		text := ""
		switch owner := k.owners[slot]; {
		case !k.healthy():
			text = clusterDown
		case owner != k.self && k.importing[slot] == nil:
			text = redirectTo("MOVED", slot, owner)
		default:
			continue
		}
		k.node.unblock(c)
		c.fail(text)
		c.drain()
	}
}

// known is all nodes, in the order of their addresses.
func (k *cluster) known() []*peer {
	var all []*peer
	for _, p := range k.peers {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *peer) int {
		return cmp.Or(cmp.Compare(a.addr.Port(), b.addr.Port()), a.addr.Compare(b.addr), strings.Compare(a.id, b.id))
	})
	return all
}

// bumpEpoch gives this node the highest epoch, if it does not have it already
// (clusterBumpConfigEpochWithoutConsensus).
func (k *cluster) bumpEpoch() {
	if k.self.epoch == 0 || k.self.epoch != k.epoch {
		k.epoch++
		k.self.epoch = k.epoch
	}
}

// host is the IP of a node, as replies have it.
func (p *peer) host() string {
	if !p.addr.Addr().IsValid() {
		return ""
	}
	return p.addr.Addr().String()
}

// endAsking forgets that ASKING was said, once the next command is through; within
// MULTI, once the transaction is (resetClient of src/networking.c).
func (c *client) endAsking(r *request) {
	if c.multi == nil && (r.cmd == nil || r.cmd.name != "asking") {
		c.asking = false
	}
}
