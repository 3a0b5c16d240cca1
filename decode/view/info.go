package view

import "bytes"

// section is a part of the reply to INFO.
type section uint8

const (
	otherSection section = iota
	serverSection
	replicationSection
	clusterSection
	sentinelSection
)

// readInfo reads the reply to INFO (server.c, genValkeyInfoString): lines of
// key:value in sections. Sections of modules have names of their own, so that
// their keys are not mistaken for the server's.
func readInfo(r *Reply) []Node {
	n := Node{Source: SourceInfo, Self: true}
	var others []Node
	in := otherSection
	for line := range r.lines {
		if name, ok := bytes.CutPrefix(line, []byte("# ")); ok {
			in = sectionOf(name)
			continue
		}
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		switch in {
		case serverSection:
			n.infoServer(key, value)
		case replicationSection:
			if !n.infoReplication(key, value) {
				others = addNode(r, others, infoReplica(key, value))
			}
		case clusterSection:
			if string(key) == "cluster_enabled" && string(value) == "1" {
				n.Mode = "cluster"
			}
		case sentinelSection:
			n.Mode = "sentinel"
			others = addNode(r, others, infoGroup(key, value))
		}
	}
	if n.Mode == "sentinel" {
		n.Role = Sentinel
	}
	if n.Role == "" && n.Version == "" && n.ID == "" && n.Mode == "" {
		return nil
	}
	return append([]Node{n}, others...)
}

func sectionOf(name []byte) section {
	switch string(name) {
	case "Server":
		return serverSection
	case "Replication":
		return replicationSection
	case "Cluster":
		return clusterSection
	case "Sentinel":
		return sentinelSection
	}
	return otherSection
}

// infoServer takes a line of the section Server. Valkey also says the version of
// Redis that it is compatible with, before its own.
func (n *Node) infoServer(key, value []byte) {
	switch string(key) {
	case "redis_version":
		if n.Software == "" {
			n.Software, n.Version = "redis", text(value)
		}
	case "valkey_version":
		n.Software, n.Version = "valkey", text(value)
	case "server_mode", "valkey_mode", "redis_mode":
		n.Mode = mode(value)
	case "run_id":
		n.ID = id(value)
	case "tcp_port":
		n.Port = port(value)
	}
}

// infoReplication takes a line of the section Replication about the server itself,
// and reports whether it was one.
func (n *Node) infoReplication(key, value []byte) bool {
	switch string(key) {
	case "role":
		n.Role = role(value)
	case "master_host":
		n.PrimaryHost = text(value)
	case "master_port":
		n.PrimaryPort = port(value)
	case "master_link_status":
		n.Link = text(value)
	case "master_failover_state":
		n.Failover = text(value)
	case "master_replid":
		n.ReplID = replID(value)
	case "master_replid2":
		n.ReplID2 = replID(value)
	case "master_repl_offset":
		n.Offset, _ = decimal(value)
	default:
		return false
	}
	return true
}

// replID reads a replication ID. One of zeros is none (replication.c,
// clearReplicationId2).
func replID(b []byte) string {
	if len(bytes.Trim(b, "0")) == 0 {
		return ""
	}
	return id(b)
}

// infoReplica reads a line of a primary about a replica:
//
//	slave0:ip=10.0.0.2,port=6379,state=online,offset=5,lag=1,type=replica
func infoReplica(key, value []byte) Node {
	number, ok := bytes.CutPrefix(key, []byte("slave"))
	if _, numbered := decimal(number); !ok || !numbered {
		return Node{}
	}
	n := Node{Source: SourceInfo, Role: Replica}
	for len(value) > 0 {
		var field []byte
		field, value = next(value, ',')
		switch k, v := next(field, '='); string(k) {
		case "ip":
			n.Host = text(v)
		case "port":
			n.Port = port(v)
		case "state":
			n.Link = text(v)
		case "offset":
			n.Offset, _ = decimal(v)
		}
	}
	return n
}

// infoGroup reads a line of a Sentinel about a primary:
//
//	master0:name=mymaster,status=ok,address=10.0.0.1:6379,slaves=1,sentinels=3
func infoGroup(key, value []byte) Node {
	number, ok := bytes.CutPrefix(key, []byte("master"))
	if _, numbered := decimal(number); !ok || !numbered {
		return Node{}
	}
	n := Node{Source: SourceInfo, Role: Primary}
	for len(value) > 0 {
		var field []byte
		field, value = next(value, ',')
		switch k, v := next(field, '='); string(k) {
		case "name":
			n.Group = text(v)
		case "status":
			switch string(v) {
			case "sdown":
				n.Flags = []string{"s_down"}
			case "odown":
				n.Flags = []string{"o_down"}
			}
		case "address":
			h, p := address(v)
			n.Host, n.Port = text(h), port(p)
		}
	}
	return n
}
