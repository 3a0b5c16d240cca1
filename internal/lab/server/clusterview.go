package server

import (
	"fmt"
	"math"
	"strings"
)

// How a node of a cluster sees it, in the several forms that clients ask for.

// busOffset is how far behind its port a node's bus port is announced. There is no bus
// in the lab.
const busOffset = 10000

// slotRange is slots in a row that have the same owner.
type slotRange struct {
	first, last int
	owner       *peer
}

// ranges is all slots that have an owner, in their order.
func (k *cluster) ranges() []slotRange {
	var all []slotRange
	for s, owner := range k.owners {
		if owner == nil {
			continue
		}
		if last := len(all) - 1; last >= 0 && all[last].owner == owner && all[last].last == s-1 {
			all[last].last = s
		} else {
			all = append(all, slotRange{s, s, owner})
		}
	}
	return all
}

// nodes is CLUSTER NODES.
func (k *cluster) nodes(c *client, _ [][]byte) {
	c.out.Verbatim("txt", k.describe())
}

// describe is a line for each node that this one knows (clusterGenNodesDescription).
// The links to the others are never down: there are none that could be.
func (k *cluster) describe() string {
	var b strings.Builder
	all := k.ranges()
	for _, p := range k.known() {
		flags, met := "master", p.met.UnixMilli()
		if p == k.self {
			flags, met = "myself,master", 0
		}
		port := int(p.addr.Port())
		fmt.Fprintf(&b, "%s %s:%d@%d %s - 0 %d %d connected", p.id, p.host(), port, port+busOffset, flags, met, p.epoch)
		for _, r := range all {
			switch {
			case r.owner != p:
			case r.first == r.last:
				fmt.Fprintf(&b, " %d", r.first)
			default:
				fmt.Fprintf(&b, " %d-%d", r.first, r.last)
			}
		}
		if p == k.self {
			for s := range slotCount {
				if to := k.migrating[s]; to != nil {
					fmt.Fprintf(&b, " [%d->-%s]", s, to.id)
				} else if from := k.importing[s]; from != nil {
					fmt.Fprintf(&b, " [%d-<-%s]", s, from.id)
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// slots is CLUSTER SLOTS.
func (k *cluster) slots(c *client, _ [][]byte) {
	all := k.ranges()
	c.out.Array(len(all))
	for _, r := range all {
		c.out.Array(3)
		c.out.Int(int64(r.first))
		c.out.Int(int64(r.last))
		c.out.Array(4)
		c.out.BulkString(r.owner.host())
		c.out.Int(int64(r.owner.addr.Port()))
		c.out.BulkString(r.owner.id)
		c.out.Map(0) // what else is known of it: nothing
	}
}

// shards is CLUSTER SHARDS. A node is a shard: there are no replicas.
func (k *cluster) shards(c *client, _ [][]byte) {
	all := k.ranges()
	c.out.Array(len(k.peers))
	for _, p := range k.known() {
		var own []slotRange
		for _, r := range all {
			if r.owner == p {
				own = append(own, r)
			}
		}
		c.out.Map(2)
		c.out.BulkString("slots")
		c.out.Array(2 * len(own))
		for _, r := range own {
			c.out.Int(int64(r.first))
			c.out.Int(int64(r.last))
		}
		c.out.BulkString("nodes")
		c.out.Array(1)
		k.shardNode(c, p)
	}
}

// shardNode is a node in CLUSTER SHARDS.
func (k *cluster) shardNode(c *client, p *peer) {
	offset := int64(0)
	if p == k.self {
		offset = k.node.repl.offset
	}
	c.out.Map(7)
	for _, field := range []struct {
		name  string
		value any
	}{
		{"id", p.id},
		{"port", int64(p.addr.Port())},
		{"ip", p.host()},
		{"endpoint", p.host()},
		{"role", "master"},
		{"replication-offset", offset},
		{"health", "online"},
	} {
		c.out.BulkString(field.name)
		switch v := field.value.(type) {
		case int64:
			c.out.Int(v)
		case string:
			c.out.BulkString(v)
		}
	}
}

// info is CLUSTER INFO.
func (k *cluster) info(c *client, _ [][]byte) {
	state := "fail"
	if k.healthy() {
		state = "ok"
	}
	owners := map[*peer]bool{}
	for _, p := range k.owners {
		if p != nil {
			owners[p] = true
		}
	}
	var b strings.Builder
	for _, field := range []struct {
		name  string
		value any
	}{
		{"cluster_state", state},
		{"cluster_slots_assigned", k.assigned},
		{"cluster_slots_ok", k.assigned},
		{"cluster_slots_pfail", 0},
		{"cluster_slots_fail", 0},
		{"cluster_known_nodes", len(k.peers)},
		{"cluster_size", len(owners)},
		{"cluster_current_epoch", k.epoch},
		{"cluster_my_epoch", k.self.epoch},
		{"cluster_stats_messages_sent", 0},
		{"cluster_stats_messages_received", 0},
		{"total_cluster_links_buffer_limit_exceeded", 0},
	} {
		fmt.Fprintf(&b, "%s:%v\r\n", field.name, field.value)
	}
	c.out.Verbatim("txt", b.String())
}

// myID is CLUSTER MYID.
func (k *cluster) myID(c *client, _ [][]byte) { c.out.BulkString(k.self.id) }

// keySlot is CLUSTER KEYSLOT key.
func (k *cluster) keySlot(c *client, args [][]byte) { c.out.Int(int64(keySlot(args[2]))) }

// countKeysInSlot is CLUSTER COUNTKEYSINSLOT slot.
func (k *cluster) countKeysInSlot(c *client, args [][]byte) {
	slot, ok := parseInt(args[2])
	switch {
	case !ok:
		c.fail(notInteger)
	case slot < 0 || slot >= slotCount:
		c.fail("ERR Invalid slot")
	default:
		c.out.Int(int64(len(k.node.keysIn(int(slot), math.MaxInt64))))
	}
}

// getKeysInSlot is CLUSTER GETKEYSINSLOT slot count.
func (k *cluster) getKeysInSlot(c *client, args [][]byte) {
	slot, ok := parseInt(args[2])
	count, also := parseInt(args[3])
	switch {
	case !ok || !also:
		c.fail(notInteger)
	case slot < 0 || slot >= slotCount || count < 0:
		c.fail("ERR Invalid slot or number of keys")
	default:
		keys := k.node.keysIn(int(slot), count)
		c.out.Array(len(keys))
		for _, key := range keys {
			c.out.BulkString(key)
		}
	}
}
