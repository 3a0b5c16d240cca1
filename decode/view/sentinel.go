package view

// readPrimaryAddr reads the reply to SENTINEL GET-PRIMARY-ADDR-BY-NAME name: host
// and port, or null if the Sentinel does not watch that name.
func readPrimaryAddr(r *Reply, group []byte) []Node {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	n := Node{Source: SourceSentinel, Role: Primary, Group: text(group)}
	for i, it := range top.kids {
		switch i {
		case 0:
			n.Host = it.text()
		case 1:
			n.Port = it.port()
		}
	}
	return addNode(r, nil, n)
}

// readIsDown reads the reply to SENTINEL IS-PRIMARY-DOWN-BY-ADDR host port epoch
// run-ID, by which Sentinels ask each other: whether it is held to be down, and
// who was voted for. That it is not says nothing: a Sentinel in TILT mode says so
// of all (sentinel.c, sentinelCommand).
func readIsDown(r *Reply, args [][]byte) []Node {
	top, ok := r.top()
	if !ok || !top.isList() || top.element().n != 3 || len(args) < 3 {
		return nil
	}
	down := false
	for i, it := range top.kids {
		v, ok := it.number()
		down = down || i == 0 && ok && v == 1
	}
	if !down {
		return nil
	}
	n := Node{Source: SourceSentinel, Host: text(args[1]), Port: port(args[2]), Flags: []string{"s_down"}}
	return addNode(r, nil, n)
}

// readInstances reads the reply to SENTINEL PRIMARIES, REPLICAS or SENTINELS, a
// list of maps, and to SENTINEL PRIMARY, one map (sentinel.c,
// addReplySentinelRedisInstance). Of PRIMARIES group is nil: each map says it.
func readInstances(r *Reply, group []byte, one bool) (nodes []Node) {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	if one {
		return addNode(r, nil, readInstance(top, group))
	}
	for _, it := range top.kids {
		nodes = addNode(r, nodes, readInstance(it, group))
	}
	return nodes
}

func readInstance(it item, group []byte) Node {
	n := Node{Source: SourceSentinel, Group: text(group)}
	var name string
	for key, v := range it.pairs {
		switch string(key) {
		case "name":
			name = v.text()
		case "ip":
			n.Host = v.text()
		case "port":
			n.Port = v.port()
		case "runid":
			n.ID = id(v.bytes())
		case "flags":
			n.instanceFlags(v.bytes())
		case "config-epoch":
			n.Epoch = epoch(v.bytes())
		case "master-host", "primary-host":
			n.PrimaryHost = v.text()
		case "master-port", "primary-port":
			n.PrimaryPort = v.port()
		case "master-link-status", "primary-link-status":
			switch string(v.bytes()) {
			case "ok":
				n.Link = "up"
			case "err":
				n.Link = "down"
			}
		case "slave-repl-offset", "replica-repl-offset":
			n.Offset, _ = v.number()
		}
	}
	if n.Role == Primary && n.Group == "" {
		n.Group = name
	}
	if n.PrimaryPort == 0 { // it never said who its primary is
		n.PrimaryHost = ""
	}
	if n.Role == "" {
		return Node{}
	}
	return n
}

// instanceFlags reads the flags of an instance: its role, and what is the matter
// with it.
func (n *Node) instanceFlags(b []byte) {
	for len(b) > 0 {
		var f []byte
		f, b = next(b, ',')
		if r := role(f); r != "" {
			n.Role = r
			continue
		}
		switch s := string(f); s {
		case "s_down", "o_down", "disconnected", "failover_in_progress", "promoted", "reconf_sent", "reconf_inprog", "reconf_done":
			n.Flags = append(n.Flags, s)
		}
	}
}
