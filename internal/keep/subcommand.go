package keep

// subcommand is the first argument of a container command. Those that matter
// have a name of their own.
type subcommand uint8

const (
	_ subcommand = iota
	subOther

	subSetName // CLIENT
	subSetInfo
	subCapa
	subReply

	subOrder // CLIENT, CLUSTER, SENTINEL: changes roles; the answer is a line that is seen

	subText // CLUSTER: answered by a text that tells the topology
	subTree // CLUSTER, SENTINEL: answered by an array that does

	subMasters // SENTINEL: answered by nodes, field by field
	subAddress // SENTINEL GET-MASTER-ADDR-BY-NAME
	subSet     // SENTINEL: credentials among its arguments
)

// credentials reports whether the arguments of a subcommand of SENTINEL, or its
// reply, may hold credentials.
func (s subcommand) credentials() bool { return s == subSet || s == 0 }

// subcommandOf finds a subcommand by its name in capitals. One that is not known
// is 0: it may be anything, a password typed in the wrong place among others.
func subcommandOf(o op, name []byte) subcommand {
	switch o {
	case opClient:
		return clientSubcommand(name)
	case opCluster:
		return clusterSubcommand(name)
	case opSentinel:
		return sentinelSubcommand(name)
	}
	switch string(name) {
	case "CAT", "DELUSER", "DRYRUN", "GENPASS", "GETUSER", "LIST", "LOAD", "LOG", "SAVE", "SETUSER", "USERS", "WHOAMI", // ACL
		"GET", "SET", "RESETSTAT", "REWRITE", // CONFIG
		"LOADEX", "UNLOAD", // MODULE
		"COUNT", "DOCS", "GETKEYS", "GETKEYSANDFLAGS", "INFO", // COMMAND
		"SLEEP", "OBJECT", "RELOAD", "LOADAOF", "JMAP", "SEGFAULT", // DEBUG
		"DELETE", "DUMP", "FLUSH", "KILL", "RESTORE", "STATS", // FUNCTION
		"DOCTOR", "GRAPH", "HISTOGRAM", "HISTORY", "LATEST", "RESET", // LATENCY
		"MALLOC-STATS", "PURGE", "USAGE", // MEMORY
		"ENCODING", "FREQ", "IDLETIME", "REFCOUNT", // OBJECT
		"CHANNELS", "NUMPAT", "NUMSUB", "SHARDCHANNELS", "SHARDNUMSUB", // PUBSUB
		"EXISTS", "SHOW", // SCRIPT
		"LEN",                                                         // SLOWLOG
		"CREATE", "CREATECONSUMER", "DELCONSUMER", "DESTROY", "SETID", // XGROUP
		"CONSUMERS", "GROUPS", "STREAM", // XINFO
		"HELP":
		return subOther
	}
	return 0
}

func clientSubcommand(name []byte) subcommand {
	switch string(name) {
	case "SETNAME":
		return subSetName
	case "SETINFO":
		return subSetInfo
	case "CAPA":
		return subCapa
	case "REPLY":
		return subReply
	case "PAUSE", "UNPAUSE":
		return subOrder
	case "CACHING", "GETNAME", "GETREDIR", "HELP", "ID", "IMPORT-SOURCE", "INFO", "KILL", "LIST", "NO-EVICT", "NO-TOUCH", "TRACKING",
		"TRACKINGINFO", "UNBLOCK":
		return subOther
	}
	return 0
}

func clusterSubcommand(name []byte) subcommand {
	switch string(name) {
	case "INFO", "MYID", "MYSHARDID", "NODES":
		return subText
	case "LINKS", "REPLICAS", "SHARDS", "SLAVES", "SLOTS", "SLOT-STATS":
		return subTree
	case "FAILOVER", "REPLICATE", "SETSLOT":
		return subOrder
	case "ADDSLOTS", "ADDSLOTSRANGE", "BUMPEPOCH", "COUNT-FAILURE-REPORTS", "COUNTKEYSINSLOT", "DELSLOTS", "DELSLOTSRANGE",
		"FLUSHSLOTS", "FORGET", "GETKEYSINSLOT", "HELP", "KEYSLOT", "MEET", "RESET", "SAVECONFIG", "SET-CONFIG-EPOCH":
		return subOther
	}
	return 0
}

func sentinelSubcommand(name []byte) subcommand {
	switch string(name) {
	case "MASTER", "MASTERS", "PRIMARY", "PRIMARIES", "REPLICAS", "SENTINELS", "SLAVES":
		return subMasters
	case "GET-MASTER-ADDR-BY-NAME", "GET-PRIMARY-ADDR-BY-NAME":
		return subAddress
	case "IS-MASTER-DOWN-BY-ADDR", "IS-PRIMARY-DOWN-BY-ADDR":
		return subTree
	case "CONFIG", "DEBUG", "SET":
		return subSet
	case "FAILOVER":
		return subOrder
	case "CKQUORUM", "FLUSHCONFIG", "HELP", "INFO-CACHE", "MONITOR", "MYID", "PENDING-SCRIPTS", "REMOVE", "RESET",
		"SIMULATE-FAILURE":
		return subOther
	}
	return 0
}
