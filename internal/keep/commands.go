package keep

// op marks the commands whose arguments or replies are treated in a way of their
// own.
type op uint8

const (
	opPlain        op = iota // keys are kept, other arguments are values
	opControl                // no argument is a value
	opContainer              // the first argument is a subcommand
	opSecret                 // a container of which the arguments may be credentials
	opSentinel               // the same, some of whose replies tell the topology
	opAuth                   // AUTH
	opHello                  // HELLO
	opMigrate                // MIGRATE
	opClient                 // CLIENT
	opCluster                // CLUSTER
	opSubscribe              // SUBSCRIBE and its siblings
	opPublish                // PUBLISH
	opMonitor                // MONITOR
	opSync                   // SYNC, PSYNC
	opReplconf               // REPLCONF
	opRole                   // ROLE
	opOrder                  // FAILOVER, REPLICAOF: the answer is a line that is seen
	opInfo                   // INFO
	opStreams                // XREAD: keys follow the word STREAMS
	opGroupStreams           // XREADGROUP: the same, after GROUP, a group and a consumer
	opMulti                  // MULTI
	opExec                   // EXEC
	opDiscard                // DISCARD
	opReset                  // RESET
)

// spec is what is known of a command.
type spec struct {
	first, last, step int8 // positions of keys; last counts from the end if negative; first 0: none
	numkeys           int8 // position of the number of keys, which follow it; 0: none
	known             bool
	op                op
}

// lookup finds a command by its name in capitals. The commands and the positions
// of their keys are those of package decode, to which a test holds them.
func lookup(name []byte) spec {
	switch string(name) {
	case "BGREWRITEAOF", "BGSAVE", "DBSIZE", "ECHO", "FLUSHALL", "FLUSHDB", "KEYS", "LASTSAVE", "LOLWUT", "PING",
		"RANDOMKEY", "SAVE", "SCAN", "SHUTDOWN", "SWAPDB", "TIME":
		return spec{known: true}
	case "DEL", "EXISTS", "MGET", "PFCOUNT", "PFMERGE", "SDIFF", "SDIFFSTORE", "SINTER", "SINTERSTORE", "SUNION",
		"SUNIONSTORE", "TOUCH", "UNLINK", "WATCH":
		return spec{known: true, first: 1, last: -1, step: 1}
	case "MSET", "MSETNX":
		return spec{known: true, first: 1, last: -1, step: 2}
	case "BLPOP", "BRPOP", "BZPOPMAX", "BZPOPMIN":
		return spec{known: true, first: 1, last: -2, step: 1}
	case "APPEND", "BITCOUNT", "BITFIELD", "BITFIELD_RO", "BITPOS", "DECR", "DECRBY", "DELIFEQ", "DUMP", "EXPIRE",
		"EXPIREAT", "EXPIRETIME", "GEOADD", "GEODIST", "GEOHASH", "GEOPOS", "GEORADIUS", "GEORADIUSBYMEMBER",
		"GEORADIUSBYMEMBER_RO", "GEORADIUS_RO", "GEOSEARCH", "GET", "GETBIT", "GETDEL", "GETEX", "GETRANGE", "GETSET",
		"HDEL", "HEXISTS", "HEXPIRE", "HEXPIREAT", "HEXPIRETIME", "HGET", "HGETALL", "HGETDEL", "HGETEX", "HINCRBY",
		"HINCRBYFLOAT", "HKEYS", "HLEN", "HMGET", "HMSET", "HPERSIST", "HPEXPIRE", "HPEXPIREAT", "HPEXPIRETIME",
		"HPTTL", "HRANDFIELD", "HSCAN", "HSET", "HSETEX", "HSETNX", "HSTRLEN", "HTTL", "HVALS", "INCR", "INCRBY",
		"INCRBYFLOAT", "LINDEX", "LINSERT", "LLEN", "LPOP", "LPOS", "LPUSH", "LPUSHX", "LRANGE", "LREM", "LSET",
		"LTRIM", "MOVE", "PERSIST", "PEXPIRE", "PEXPIREAT", "PEXPIRETIME", "PFADD", "PSETEX", "PTTL", "RESTORE",
		"RESTORE-ASKING", "RPOP", "RPUSH", "RPUSHX", "SADD", "SCARD", "SET", "SETBIT", "SETEX", "SETNX", "SETRANGE",
		"SISMEMBER", "SMEMBERS", "SMISMEMBER", "SORT", "SORT_RO", "SPOP", "SPUBLISH", "SRANDMEMBER", "SREM", "SSCAN",
		"STRLEN", "SUBSTR", "TTL", "TYPE", "XACK", "XADD", "XAUTOCLAIM", "XCLAIM", "XDEL", "XLEN", "XPENDING",
		"XRANGE", "XREVRANGE", "XSETID", "XTRIM", "ZADD", "ZCARD", "ZCOUNT", "ZINCRBY", "ZLEXCOUNT", "ZMSCORE",
		"ZPOPMAX", "ZPOPMIN", "ZRANDMEMBER", "ZRANGE", "ZRANGEBYLEX", "ZRANGEBYSCORE", "ZRANK", "ZREM",
		"ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZREVRANGE", "ZREVRANGEBYLEX", "ZREVRANGEBYSCORE",
		"ZREVRANK", "ZSCAN", "ZSCORE":
		return spec{known: true, first: 1, last: 1, step: 1}
	case "ZDIFFSTORE", "ZINTERSTORE", "ZUNIONSTORE":
		return spec{known: true, first: 1, last: 1, step: 1, numkeys: 2}
	case "BLMOVE", "BRPOPLPUSH", "COPY", "GEOSEARCHSTORE", "LCS", "LMOVE", "RENAME", "RENAMENX", "RPOPLPUSH", "SMOVE",
		"ZRANGESTORE":
		return spec{known: true, first: 1, last: 2, step: 1}
	case "BITOP":
		return spec{known: true, first: 2, last: -1, step: 1}
	case "LMPOP", "SINTERCARD", "ZDIFF", "ZINTER", "ZINTERCARD", "ZMPOP", "ZUNION":
		return spec{known: true, numkeys: 1}
	case "BLMPOP", "BZMPOP", "EVAL", "EVALSHA", "EVALSHA_RO", "EVAL_RO", "FCALL", "FCALL_RO":
		return spec{known: true, numkeys: 2}
	case "SSUBSCRIBE", "SUNSUBSCRIBE":
		return spec{known: true, first: 1, last: -1, step: 1, op: opSubscribe}
	case "MEMORY", "OBJECT", "XGROUP", "XINFO":
		return spec{known: true, first: 2, last: 2, step: 1, op: opContainer}
	case "MIGRATE":
		return spec{known: true, first: 3, last: 3, step: 1, op: opMigrate}
	case "AUTH":
		return spec{known: true, op: opAuth}
	case "CLIENT":
		return spec{known: true, op: opClient}
	case "CLUSTER":
		return spec{known: true, op: opCluster}
	case "COMMAND", "DEBUG", "FUNCTION", "LATENCY", "PUBSUB", "SCRIPT", "SLOWLOG":
		return spec{known: true, op: opContainer}
	case "ASKING", "QUIT", "READONLY", "READWRITE", "SELECT", "UNWATCH", "WAIT", "WAITAOF":
		return spec{known: true, op: opControl}
	case "FAILOVER", "REPLICAOF", "SLAVEOF":
		return spec{known: true, op: opOrder}
	case "DISCARD":
		return spec{known: true, op: opDiscard}
	case "EXEC":
		return spec{known: true, op: opExec}
	case "XREADGROUP":
		return spec{known: true, op: opGroupStreams}
	case "HELLO":
		return spec{known: true, op: opHello}
	case "INFO":
		return spec{known: true, op: opInfo}
	case "MONITOR":
		return spec{known: true, op: opMonitor}
	case "MULTI":
		return spec{known: true, op: opMulti}
	case "PUBLISH":
		return spec{known: true, op: opPublish}
	case "REPLCONF":
		return spec{known: true, op: opReplconf}
	case "RESET":
		return spec{known: true, op: opReset}
	case "ROLE":
		return spec{known: true, op: opRole}
	case "ACL", "CONFIG", "MODULE":
		return spec{known: true, op: opSecret}
	case "SENTINEL":
		return spec{known: true, op: opSentinel}
	case "XREAD":
		return spec{known: true, op: opStreams}
	case "PSUBSCRIBE", "PUNSUBSCRIBE", "SUBSCRIBE", "UNSUBSCRIBE":
		return spec{known: true, op: opSubscribe}
	case "PSYNC", "SYNC":
		return spec{known: true, op: opSync}
	}
	return spec{}
}
