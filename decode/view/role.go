package view

// readRole reads the reply to ROLE (server.c and sentinel.c, roleCommand):
//
//	master, offset, [[host, port, offset] ...]
//	slave, host of the primary, port of it, state of the link, offset
//	sentinel, [name ...]
func readRole(r *Reply) []Node {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	n := Node{Source: SourceRole, Self: true}
	var replicas []Node
	for i, it := range top.kids {
		if i == 0 {
			if n.Role = role(it.bytes()); n.Role == Sentinel {
				n.Mode = "sentinel"
			}
			continue
		}
		switch n.Role {
		case Primary:
			switch i {
			case 1:
				n.Offset, _ = it.number()
			case 2:
				replicas = readRoleReplicas(it)
			}
		case Replica:
			switch i {
			case 1:
				n.PrimaryHost = it.text()
			case 2:
				n.PrimaryPort = it.port()
			case 3:
				n.Link = it.text()
			case 4:
				n.Offset, _ = it.number()
			}
		}
	}
	if n.Role == "" || n.Role == Replica && n.PrimaryPort == 0 {
		return nil
	}
	return append([]Node{n}, replicas...)
}

func readRoleReplicas(list item) (nodes []Node) {
	for _, it := range list.kids {
		n := Node{Source: SourceRole, Role: Replica}
		for i, part := range it.kids {
			switch i {
			case 0:
				n.Host = part.text()
			case 1:
				n.Port = part.port()
			case 2:
				n.Offset, _ = part.number()
			}
		}
		nodes = addNode(list.r, nodes, n)
	}
	return nodes
}

// addNode appends a node whose address is known.
func addNode(r *Reply, nodes []Node, n Node) []Node {
	if n.Host == "" || n.Port == 0 {
		return nodes
	}
	if len(nodes) >= MaxNodes {
		r.short = true
		return nodes
	}
	return append(nodes, n)
}
