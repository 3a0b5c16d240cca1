package view

import "slices"

// readShards reads the reply to CLUSTER SHARDS (cluster.c, clusterCommandShards):
// for each shard a map with its slots, as pairs of the first and last of a range,
// and its nodes, each a map.
func readShards(r *Reply) []Node {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	c := cluster{r: r}
	for _, shard := range top.kids {
		var slots [][2]uint16
		var name string
		first := len(c.nodes)
		for key, it := range shard.pairs {
			switch string(key) {
			case "slots":
				slots = ranges(it)
			case "id":
				name = id(it.bytes())
			case "nodes":
				for _, node := range it.kids {
					if n := shardsNode(node); n.ID != "" && n.Role != "" {
						c.take(&n)
					}
				}
			}
		}
		settleShard(c.nodes[first:], name, slots)
	}
	return c.nodes
}

// settleShard tells the nodes of a shard what is said of it as a whole. Where more
// than one of them is primary, and not failed, it is not known whose the slots and
// replicas are.
func settleShard(nodes []Node, name string, slots [][2]uint16) {
	var primary *Node
	alive := 0
	for i := range nodes {
		n := &nodes[i]
		n.Shard = name
		if n.Role != Primary {
			continue
		}
		failed := slices.Contains(n.Flags, "fail")
		if !failed {
			alive++
		}
		if primary == nil || !failed {
			primary = n
		}
	}
	if primary == nil || alive > 1 {
		return
	}
	primary.Slots = slots
	for i := range nodes {
		if n := &nodes[i]; n.Role == Replica {
			n.PrimaryHost, n.PrimaryPort, n.PrimaryID = primary.Host, primary.Port, primary.ID
		}
	}
}

// ranges reads pairs of slots.
func ranges(it item) (out [][2]uint16) {
	var from int64
	for i, k := range it.kids {
		n, ok := k.number()
		if !ok || n < 0 || n >= 16384 {
			return nil
		}
		if i%2 == 0 {
			from = n
		} else if from <= n {
			out = append(out, [2]uint16{uint16(from), uint16(n)})
		}
	}
	return out
}

func shardsNode(it item) Node {
	n := Node{Source: SourceShards, Mode: "cluster"}
	var endpoint string
	var tls uint16
	for key, v := range it.pairs {
		switch string(key) {
		case "id":
			n.ID = id(v.bytes())
		case "port":
			n.Port = v.port()
		case "tls-port":
			tls = v.port()
		case "ip":
			n.Host = v.text()
		case "endpoint":
			endpoint = v.text()
		case "hostname":
			n.Hostname = v.text()
		case "role":
			n.Role = role(v.bytes())
		case "replication-offset":
			n.Offset, _ = v.number()
		case "health":
			switch string(v.bytes()) {
			case "fail", "failed":
				n.Flags = []string{"fail"}
			case "loading":
				n.Flags = []string{"loading"}
			}
		}
	}
	if n.Host == "" {
		n.Host = endpoint
	}
	if n.Port == 0 {
		n.Port = tls
	}
	return n
}
