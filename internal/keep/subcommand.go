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
	subPause

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
	case "PAUSE":
		return subPause
	case "CACHING", "GETNAME", "GETREDIR", "HELP", "ID", "IMPORT-SOURCE", "INFO", "KILL", "LIST", "NO-EVICT", "NO-TOUCH", "TRACKING",
		"TRACKINGINFO", "UNBLOCK", "UNPAUSE":
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
	case "ADDSLOTS", "ADDSLOTSRANGE", "BUMPEPOCH", "COUNT-FAILURE-REPORTS", "COUNTKEYSINSLOT", "DELSLOTS", "DELSLOTSRANGE",
		"FAILOVER", "FLUSHSLOTS", "FORGET", "GETKEYSINSLOT", "HELP", "KEYSLOT", "MEET", "REPLICATE", "RESET", "SAVECONFIG",
		"SET-CONFIG-EPOCH", "SETSLOT":
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
	case "CKQUORUM", "FAILOVER", "FLUSHCONFIG", "HELP", "INFO-CACHE", "MONITOR", "MYID", "PENDING-SCRIPTS", "REMOVE", "RESET",
		"SIMULATE-FAILURE":
		return subOther
	}
	return 0
}

// isTopologyChannel reports whether a channel is one of those on which sentinels
// tell each other and their clients about the nodes (sentinel.c, sentinelEvent
// and sentinelSendHello). +set is left out: it tells what was configured.
func isTopologyChannel(name []byte) bool {
	switch string(name) {
	case "__sentinel__:hello",
		"+switch-master", "+monitor", "+reset-master", "+config-update-from", "+promoted-slave",
		"+slave", "+sentinel", "-dup-sentinel", "+sdown", "-sdown", "+odown", "-odown", "+tilt", "-tilt",
		"+new-epoch", "+vote-for-leader", "+try-failover", "+elected-leader", "+selected-slave",
		"-failover-abort-no-good-slave", "-failover-abort-not-elected", "-failover-abort-slave-timeout",
		"+failover-state-select-slave", "+failover-state-send-slaveof-noone", "+failover-state-wait-promotion",
		"+failover-state-reconf-slaves", "+failover-end", "+failover-end-for-timeout", "+failover-detected",
		"+slave-reconf-sent", "+slave-reconf-inprog", "+slave-reconf-done", "+slave-reconf-sent-be",
		"+fix-slave-config", "+convert-to-slave", "+role-change", "-role-change", "+reboot":
		return true
	}
	return false
}
