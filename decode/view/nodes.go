package view

import "bytes"

// readNodes reads the reply to CLUSTER NODES (cluster_legacy.c,
// clusterGenNodeDescription), a line a node:
//
//	id ip:port@cport[,hostname[,name=value ...]] flags primary|- ping pong epoch state [slot ...]
//
// A slot is a number, a range 0-5460, or one on the move: [100->-id], [100-<-id].
// A node that does not know its own address leaves it empty.
func readNodes(r *Reply) []Node {
	c := cluster{r: r}
	for line := range r.lines {
		if n, ok := readNode(line); ok {
			c.take(&n)
		}
	}
	return c.nodes
}

func readNode(line []byte) (n Node, ok bool) {
	n = Node{Source: SourceNodes, Mode: "cluster"}
	fields := 0
	for len(line) > 0 {
		var f []byte
		f, line = next(line, ' ')
		switch fields++; fields {
		case 1:
			if n.ID = id(f); len(n.ID) != idLen {
				return n, false
			}
		case 2:
			if !n.nodesAddress(f) {
				return n, false
			}
		case 3:
			n.nodesFlags(f)
		case 4:
			if string(f) != "-" {
				n.PrimaryID = id(f)
			}
		case 5, 6: // when it was pinged, and when it answered
		case 7:
			n.Epoch = epoch(f)
		case 8:
			if string(f) == "disconnected" && !n.Self {
				n.Flags = append(n.Flags, "disconnected")
			}
		default:
			n.nodesSlot(f)
		}
	}
	return n, fields >= 8
}

// nodesAddress reads ip:port@cport and what follows it behind commas.
func (n *Node) nodesAddress(f []byte) bool {
	first, more := next(f, ',')
	service, bus := next(first, '@')
	h, p := address(service)
	if p == nil {
		return false
	}
	n.Host, n.Port, n.BusPort = text(h), port(p), port(bus)
	for i := 0; len(more) > 0; i++ {
		var f []byte
		f, more = next(more, ',')
		if v, ok := bytes.CutPrefix(f, []byte("shard-id=")); ok {
			n.Shard = id(v)
		} else if i == 0 && bytes.IndexByte(f, '=') < 0 {
			n.Hostname = text(f)
		}
	}
	return true
}

// nodesFlags reads flags behind commas. Servers write pfail as "fail?".
func (n *Node) nodesFlags(b []byte) {
	for len(b) > 0 {
		var f []byte
		f, b = next(b, ',')
		switch s := string(f); s {
		case "myself":
			n.Self = true
		case "master", "slave", "primary", "replica":
			n.Role = role(f)
		case "fail?":
			n.Flags = append(n.Flags, "pfail")
		case "fail", "handshake", "noaddr", "nofailover":
			n.Flags = append(n.Flags, s)
		}
	}
}

// nodesSlot reads what a node serves or moves.
func (n *Node) nodesSlot(f []byte) {
	if len(f) > 0 && f[0] == '[' {
		s, ok := slot(f[1:max(bytes.IndexByte(f, '-'), 1)])
		switch {
		case !ok:
		case bytes.Contains(f, []byte("->-")):
			n.Migrating = append(n.Migrating, s)
		case bytes.Contains(f, []byte("-<-")):
			n.Importing = append(n.Importing, s)
		}
		return
	}
	from, to := next(f, '-')
	if to == nil {
		to = from
	}
	a, ok := slot(from)
	z, good := slot(to)
	if ok && good && a <= z {
		n.Slots = append(n.Slots, [2]uint16{a, z})
	}
}
