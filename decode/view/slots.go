package view

// readSlots reads the reply to CLUSTER SLOTS (cluster.c, clusterCommandSlots): for
// each range of slots
//
//	first, last, primary, replica ...
//
// where a node is its endpoint, port, ID and a map of what else it is called. Older
// servers leave out the map, still older ones the ID. An endpoint that is null is
// the host that was asked.
func readSlots(r *Reply) []Node {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	c := cluster{r: r}
	for _, entry := range top.kids {
		var span [2]uint16
		good := true
		primary := -1
		for i, it := range entry.kids {
			switch {
			case i < 2:
				v, ok := it.number()
				good = good && ok && v >= 0 && v < 16384
				span[i] = uint16(v)
			case i == 2:
				if !good || span[0] > span[1] {
					break
				}
				if n := slotsNode(it); n.Port != 0 {
					n.Role = Primary
					primary = c.take(&n)
				}
				if primary >= 0 {
					c.nodes[primary].Slots = append(c.nodes[primary].Slots, span)
				}
			case primary >= 0:
				if n := slotsNode(it); n.Port != 0 {
					p := &c.nodes[primary]
					n.Role, n.PrimaryHost, n.PrimaryPort, n.PrimaryID = Replica, p.Host, p.Port, p.ID
					c.take(&n)
				}
			}
		}
	}
	return c.nodes
}

func slotsNode(it item) Node {
	n := Node{Source: SourceSlots, Mode: "cluster"}
	for i, part := range it.kids {
		switch i {
		case 0:
			n.Host = part.text()
		case 1:
			n.Port = part.port()
		case 2:
			n.ID = id(part.bytes())
		case 3:
			for key, v := range part.pairs {
				switch string(key) {
				case "ip": // the endpoint is another name of it
					if ip := v.text(); ip != "" {
						n.Hostname, n.Host = n.Host, ip
					}
				case "hostname":
					n.Hostname = v.text()
				}
			}
		}
	}
	if n.Hostname == "?" {
		n.Hostname = ""
	}
	return n
}
