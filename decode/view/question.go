package view

// Question is what a command asks for, or does, as far as roles are concerned.
type Question uint8

// None is the Question of all other commands.
const None Question = 0

const (
	_ Question = iota
	askRole
	askInfo
	askHello
	askSlots
	askShards
	askNodes
	askMyID
	askPrimaryAddr
	askIsDown
	askPrimaries
	askPrimary
	askReplicas
	askSentinels
	// What follows changes something.
	orderFailover
	orderReplicaOf
	orderClusterFailover
	orderClusterReplicate
	orderClusterSetSlot
	orderClientPause
	orderClientUnpause
	orderSentinelFailover
)

// IsOrder reports whether the command changes something: it is read by ReadOrder,
// and its answer is a word. All others are read by Read.
func (q Question) IsOrder() bool { return q >= orderFailover }

// IsText reports whether the reply is one long text.
func (q Question) IsText() bool { return q == askInfo || q == askNodes }

// Ask says what a command is about, by its name in capitals and its arguments.
func Ask(name string, args [][]byte) Question {
	switch name {
	case "ROLE":
		return askRole
	case "INFO":
		return askInfo
	case "HELLO":
		return askHello
	case "FAILOVER":
		return orderFailover
	case "REPLICAOF", "SLAVEOF":
		return orderReplicaOf
	}
	if len(args) == 0 {
		return None
	}
	switch name {
	case "CLUSTER":
		return askCluster(args[0])
	case "SENTINEL":
		return askSentinel(args[0])
	case "CLIENT":
		switch {
		case is(args[0], "PAUSE"):
			return orderClientPause
		case is(args[0], "UNPAUSE"):
			return orderClientUnpause
		}
	}
	return None
}

func askCluster(sub []byte) Question {
	switch {
	case is(sub, "SLOTS"):
		return askSlots
	case is(sub, "SHARDS"):
		return askShards
	case is(sub, "NODES"):
		return askNodes
	case is(sub, "MYID"):
		return askMyID
	case is(sub, "FAILOVER"):
		return orderClusterFailover
	case is(sub, "REPLICATE"):
		return orderClusterReplicate
	case is(sub, "SETSLOT"):
		return orderClusterSetSlot
	}
	return None
}

// askSentinel knows subcommands by both of their names. Other subcommands carry
// passwords: SENTINEL SET and SENTINEL CONFIG SET.
func askSentinel(sub []byte) Question {
	switch {
	case is(sub, "GET-MASTER-ADDR-BY-NAME"), is(sub, "GET-PRIMARY-ADDR-BY-NAME"):
		return askPrimaryAddr
	case is(sub, "IS-MASTER-DOWN-BY-ADDR"), is(sub, "IS-PRIMARY-DOWN-BY-ADDR"):
		return askIsDown
	case is(sub, "MASTERS"), is(sub, "PRIMARIES"):
		return askPrimaries
	case is(sub, "MASTER"), is(sub, "PRIMARY"):
		return askPrimary
	case is(sub, "SLAVES"), is(sub, "REPLICAS"):
		return askReplicas
	case is(sub, "SENTINELS"):
		return askSentinels
	case is(sub, "FAILOVER"):
		return orderSentinelFailover
	}
	return None
}

// Read reads the reply to a command with these arguments. What it returns is nil
// if the reply says nothing; whether something of it is missing, Short of r says.
func (q Question) Read(r *Reply, args [][]byte) []Node {
	var group []byte
	if len(args) > 1 {
		group = args[1]
	}
	switch q {
	case askRole:
		return readRole(r)
	case askInfo:
		return readInfo(r)
	case askHello:
		return readHello(r)
	case askSlots:
		return readSlots(r)
	case askShards:
		return readShards(r)
	case askNodes:
		return readNodes(r)
	case askMyID:
		return readMyID(r)
	case askPrimaryAddr:
		return readPrimaryAddr(r, group)
	case askIsDown:
		return readIsDown(r, args)
	case askPrimaries:
		return readInstances(r, nil, false)
	case askPrimary:
		return readInstances(r, group, true)
	case askReplicas, askSentinels:
		return readInstances(r, group, false)
	}
	return nil
}
