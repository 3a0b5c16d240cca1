package server

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
)

// The commands that operators tell a node by whose the slots are (src/cluster_legacy.c,
// clusterCommandSpecial), and those that clients say ASKING by. What they answer with
// the view of the node is in clusterview.go.

const clusterDisabled = "ERR This instance has cluster support disabled"

func clusterCommands() []*command {
	in := func(name string, arity int, run func(*cluster, *client, [][]byte)) *command {
		return &command{name: name, arity: arity, flags: stale, run: func(n *Node, c *client, args [][]byte) {
			if n.cluster == nil {
				c.fail(clusterDisabled)
				return
			}
			run(n.cluster, c, args)
		}}
	}
	return []*command{
		{name: "cluster", arity: -2, flags: stale, subs: []*command{
			in("addslots", -3, (*cluster).addSlots),
			in("addslotsrange", -4, (*cluster).addSlots),
			in("countkeysinslot", 3, (*cluster).countKeysInSlot),
			in("delslots", -3, (*cluster).delSlots),
			in("delslotsrange", -4, (*cluster).delSlots),
			in("flushslots", 2, (*cluster).flushSlots),
			in("forget", 3, (*cluster).forget),
			in("getkeysinslot", 4, (*cluster).getKeysInSlot),
			in("info", 2, (*cluster).info),
			in("keyslot", 3, (*cluster).keySlot),
			in("meet", -4, (*cluster).meetCommand),
			in("myid", 2, (*cluster).myID),
			in("nodes", 2, (*cluster).nodes),
			in("set-config-epoch", 3, (*cluster).setConfigEpoch),
			in("setslot", -4, (*cluster).setSlot),
			in("shards", 2, (*cluster).shards),
			in("slots", 2, (*cluster).slots),
		}},
		in("asking", 1, (*cluster).asking),
		{name: "dump", arity: 2, flags: read, first: 1, last: 1, step: 1, run: (*Node).dumpCommand},
		{name: "restore", arity: -4, flags: write, first: 1, last: 1, step: 1, run: (*Node).restore},
		{name: "restore-asking", arity: -4, flags: write, first: 1, last: 1, step: 1, run: (*Node).restore},
		{name: "migrate", arity: -6, flags: write | noMulti, keys: migrateKeys, run: (*Node).migrate},
	}
}

// asking is ASKING: the next command is here because another node said so.
func (k *cluster) asking(c *client, _ [][]byte) {
	c.asking = true
	c.out.OK()
}

// addSlots is CLUSTER ADDSLOTS slot ... and ADDSLOTSRANGE first last ...: slots of
// nobody are this node's.
func (k *cluster) addSlots(c *client, args [][]byte) {
	k.change(c, args, k.self)
}

// delSlots is CLUSTER DELSLOTS and DELSLOTSRANGE: slots of anybody are nobody's.
func (k *cluster) delSlots(c *client, args [][]byte) {
	k.change(c, args, nil)
}

// change gives slots to a node that nobody has, or takes slots away, all or none.
func (k *cluster) change(c *client, args [][]byte, to *peer) {
	slots, problem := slotsNamed(args)
	if problem != "" {
		c.fail(problem)
		return
	}
	seen := map[int]bool{}
	for _, s := range slots {
		switch {
		case to != nil && k.owners[s] != nil:
			c.fail(fmt.Sprintf("ERR Slot %d is already busy", s))
			return
		case to == nil && k.owners[s] == nil:
			c.fail(fmt.Sprintf("ERR Slot %d is already unassigned", s))
			return
		case seen[s]:
			c.fail(fmt.Sprintf("ERR Slot %d specified multiple times", s))
			return
		}
		seen[s] = true
	}
	for _, s := range slots {
		k.assign(s, to)
		if to != nil {
			k.importing[s] = nil
		}
	}
	c.out.OK()
}

// slotsNamed reads the slots behind ADDSLOTS and the like, or the first and last slots
// of ranges behind ADDSLOTSRANGE and the like. The problem is the answer to what is
// none. No more slots are returned than make sure that one is there twice.
func slotsNamed(args [][]byte) (slots []int, problem string) {
	name, words := upper(args[1]), args[2:]
	ranges := name == "ADDSLOTSRANGE" || name == "DELSLOTSRANGE"
	if ranges && len(words)%2 != 0 {
		return nil, fmt.Sprintf("ERR wrong number of arguments for 'cluster|%s' command", strings.ToLower(string(args[1])))
	}
	for i := 0; i < len(words); i++ {
		first, problem := parseSlot(words[i])
		if problem != "" {
			return nil, problem
		}
		last := first
		if ranges {
			i++
			if last, problem = parseSlot(words[i]); problem != "" {
				return nil, problem
			}
			if first > last {
				return nil, fmt.Sprintf("ERR start slot number %d is greater than end slot number %d", first, last)
			}
		}
		for s := first; s <= last && len(slots) <= slotCount; s++ {
			slots = append(slots, s)
		}
	}
	return slots, ""
}

// parseSlot reads a slot. The problem is the answer to what is none.
func parseSlot(word []byte) (slot int, problem string) {
	s, ok := parseInt(word)
	if !ok || s < 0 || s >= slotCount {
		return 0, "ERR Invalid or out of range slot"
	}
	return int(s), ""
}

// flushSlots is CLUSTER FLUSHSLOTS: this node has no slots.
func (k *cluster) flushSlots(c *client, _ [][]byte) {
	if k.node.keys.entries.len() > 0 {
		c.fail("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.")
		return
	}
	for s, owner := range k.owners {
		if owner == k.self {
			k.assign(s, nil)
		}
	}
	c.out.OK()
}

// setSlot is CLUSTER SETSLOT slot MIGRATING id | IMPORTING id | NODE id | STABLE. Words
// behind these have no meaning here, as TIMEOUT has none without replicas.
func (k *cluster) setSlot(c *client, args [][]byte) {
	slot, problem := parseSlot(args[2])
	if problem != "" {
		c.fail(problem)
		return
	}
	var p *peer
	if len(args) > 4 {
		p = k.peers[string(args[4])]
	}
	switch action := upper(args[3]); {
	case action == "STABLE":
		k.migrating[slot], k.importing[slot] = nil, nil
	case action == "MIGRATING" && len(args) > 4:
		switch {
		case k.owners[slot] != k.self:
			problem = fmt.Sprintf("ERR I'm not the owner of hash slot %d", slot)
		case p == nil:
			problem = fmt.Sprintf("ERR I don't know about node %s", args[4])
		default:
			k.migrating[slot] = p
		}
	case action == "IMPORTING" && len(args) > 4:
		switch {
		case k.owners[slot] == k.self:
			problem = fmt.Sprintf("ERR I'm already the owner of hash slot %d", slot)
		case p == nil:
			problem = fmt.Sprintf("ERR I don't know about node %s", args[4])
		default:
			k.importing[slot] = p
		}
	case action == "NODE" && len(args) > 4:
		if p == nil {
			problem = fmt.Sprintf("ERR Unknown node %s", args[4])
		} else {
			problem = k.giveTo(slot, p)
		}
	default:
		problem = "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"
	}
	if problem != "" {
		c.fail(problem)
		return
	}
	c.out.OK()
}

// giveTo says that from now on a slot is a node's. The problem is why it cannot be.
func (k *cluster) giveTo(slot int, p *peer) (problem string) {
	empty := len(k.node.keysIn(slot, 1)) == 0
	if k.owners[slot] == k.self && p != k.self && !empty {
		return fmt.Sprintf("ERR Can't assign hashslot %d to a different node while I still hold keys for this hash slot.", slot)
	}
	if empty {
		k.migrating[slot] = nil
	}
	k.assign(slot, p)
	if p == k.self && k.importing[slot] != nil {
		k.importing[slot] = nil
		k.bumpEpoch()
	}
	return ""
}

// forget is CLUSTER FORGET id.
func (k *cluster) forget(c *client, args [][]byte) {
	p := k.peers[string(args[2])]
	switch p {
	case nil:
		c.fail(fmt.Sprintf("ERR Unknown node %s", args[2]))
		return
	case k.self:
		c.fail("ERR I tried hard but I can't forget myself...")
		return
	}
	delete(k.peers, p.id)
	for s := range slotCount {
		if k.owners[s] == p {
			k.assign(s, nil)
		}
		if k.migrating[s] == p {
			k.migrating[s] = nil
		}
		if k.importing[s] == p {
			k.importing[s] = nil
		}
	}
	c.out.OK()
}

// setConfigEpoch is CLUSTER SET-CONFIG-EPOCH epoch, for nodes that nobody knows yet.
func (k *cluster) setConfigEpoch(c *client, args [][]byte) {
	epoch, ok := parseInt(args[2])
	switch {
	case !ok:
		c.fail(notInteger)
	case epoch < 0:
		c.fail(fmt.Sprintf("ERR Invalid config epoch specified: %d", epoch))
	case len(k.peers) > 1:
		c.fail("ERR The user can assign a config epoch only when the node does not know any other node.")
	case k.self.epoch != 0:
		c.fail("ERR Node config epoch is already non-zero")
	default:
		k.self.epoch = epoch
		k.epoch = max(k.epoch, epoch)
		c.out.OK()
	}
}

// meetCommand is CLUSTER MEET ip port [bus-port]. It is answered before anything is
// known of the other node.
func (k *cluster) meetCommand(c *client, args [][]byte) {
	if len(args) > 5 {
		c.fail("ERR unknown subcommand or wrong number of arguments for 'MEET'. Try CLUSTER HELP.")
		return
	}
	port, ok := parseInt(args[3])
	if !ok {
		c.fail(fmt.Sprintf("ERR Invalid base port specified: %s", args[3]))
		return
	}
	bus := port + busOffset
	if len(args) > 4 {
		if bus, ok = parseInt(args[4]); !ok {
			c.fail(fmt.Sprintf("ERR Invalid bus port specified: %s", args[4]))
			return
		}
	}
	ip, err := netip.ParseAddr(string(args[2]))
	if err != nil || port <= 0 || port > math.MaxUint16 || bus <= 0 || bus > math.MaxUint16 {
		c.fail(fmt.Sprintf("ERR Invalid node address specified: %s:%s", args[2], args[3]))
		return
	}
	if !k.meet(netip.AddrPortFrom(ip, uint16(port))) {
		c.fail(fmt.Sprintf("ERR too many nodes: the lab knows %d", maxPeers))
		return
	}
	c.out.OK()
}
