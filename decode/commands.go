package decode

// special marks the commands that change how a connection goes on, or what is
// said about roles.
type special uint8

const (
	plain special = iota
	unknown
	streams // keys follow the word STREAMS
	roles   // asks who is primary or changes it, in some of its forms
	publish
	// What follows is about the connection.
	multi
	exec
	discard
	asking
	client
	hello
	auth
	secret // carries credentials in some of its forms
	reset
	subscribe
	unsubscribe
	monitor
	psync
	replconf
	readonly
	readwrite
	watch
	quit
	migrate
	sentinel // asks or changes roles in some of its forms, carries passwords in others
)

// control reports whether a command is about its connection, and says nothing of
// what its client does.
func (s special) control() bool { return s >= multi }

// spec is what the decoder knows of a command. A command that it does not know
// is decoded and paired like any other; only its keys cannot be shown.
type spec struct {
	name              string
	first, last, step int8 // positions of keys; last counts from the end if negative; first 0: none
	numkeys           int8 // position of the number of keys, which follow it; 0: none
	write             bool // changes data
	special           special
}

// lookup finds a command by its name in capitals. Key positions and write flags
// are those of COMMAND INFO in Valkey 8.0 and 9.0.
func lookup(name []byte) spec {
	switch string(name) {
	case "ACL":
		return spec{name: "ACL", special: secret}
	case "APPEND":
		return spec{name: "APPEND", first: 1, last: 1, step: 1, write: true}
	case "ASKING":
		return spec{name: "ASKING", special: asking}
	case "AUTH":
		return spec{name: "AUTH", special: auth}
	case "BGREWRITEAOF":
		return spec{name: "BGREWRITEAOF"}
	case "BGSAVE":
		return spec{name: "BGSAVE"}
	case "BITCOUNT":
		return spec{name: "BITCOUNT", first: 1, last: 1, step: 1}
	case "BITFIELD":
		return spec{name: "BITFIELD", first: 1, last: 1, step: 1, write: true}
	case "BITFIELD_RO":
		return spec{name: "BITFIELD_RO", first: 1, last: 1, step: 1}
	case "BITOP":
		return spec{name: "BITOP", first: 2, last: -1, step: 1, write: true}
	case "BITPOS":
		return spec{name: "BITPOS", first: 1, last: 1, step: 1}
	case "BLMOVE":
		return spec{name: "BLMOVE", first: 1, last: 2, step: 1, write: true}
	case "BLMPOP":
		return spec{name: "BLMPOP", numkeys: 2, write: true}
	case "BLPOP":
		return spec{name: "BLPOP", first: 1, last: -2, step: 1, write: true}
	case "BRPOP":
		return spec{name: "BRPOP", first: 1, last: -2, step: 1, write: true}
	case "BRPOPLPUSH":
		return spec{name: "BRPOPLPUSH", first: 1, last: 2, step: 1, write: true}
	case "BZMPOP":
		return spec{name: "BZMPOP", numkeys: 2, write: true}
	case "BZPOPMAX":
		return spec{name: "BZPOPMAX", first: 1, last: -2, step: 1, write: true}
	case "BZPOPMIN":
		return spec{name: "BZPOPMIN", first: 1, last: -2, step: 1, write: true}
	case "CLIENT":
		return spec{name: "CLIENT", special: client}
	case "CLUSTER":
		return spec{name: "CLUSTER", special: roles}
	case "COMMAND":
		return spec{name: "COMMAND"}
	case "CONFIG":
		return spec{name: "CONFIG", special: secret}
	case "COPY":
		return spec{name: "COPY", first: 1, last: 2, step: 1, write: true}
	case "DBSIZE":
		return spec{name: "DBSIZE"}
	case "DEBUG":
		return spec{name: "DEBUG"}
	case "DECR":
		return spec{name: "DECR", first: 1, last: 1, step: 1, write: true}
	case "DECRBY":
		return spec{name: "DECRBY", first: 1, last: 1, step: 1, write: true}
	case "DEL":
		return spec{name: "DEL", first: 1, last: -1, step: 1, write: true}
	case "DELIFEQ":
		return spec{name: "DELIFEQ", first: 1, last: 1, step: 1, write: true}
	case "DISCARD":
		return spec{name: "DISCARD", special: discard}
	case "DUMP":
		return spec{name: "DUMP", first: 1, last: 1, step: 1}
	case "ECHO":
		return spec{name: "ECHO"}
	case "EVAL":
		return spec{name: "EVAL", numkeys: 2, write: true}
	case "EVALSHA":
		return spec{name: "EVALSHA", numkeys: 2, write: true}
	case "EVALSHA_RO":
		return spec{name: "EVALSHA_RO", numkeys: 2}
	case "EVAL_RO":
		return spec{name: "EVAL_RO", numkeys: 2}
	case "EXEC":
		return spec{name: "EXEC", special: exec}
	case "EXISTS":
		return spec{name: "EXISTS", first: 1, last: -1, step: 1}
	case "EXPIRE":
		return spec{name: "EXPIRE", first: 1, last: 1, step: 1, write: true}
	case "EXPIREAT":
		return spec{name: "EXPIREAT", first: 1, last: 1, step: 1, write: true}
	case "EXPIRETIME":
		return spec{name: "EXPIRETIME", first: 1, last: 1, step: 1}
	case "FAILOVER":
		return spec{name: "FAILOVER", special: roles}
	case "FCALL":
		return spec{name: "FCALL", numkeys: 2, write: true}
	case "FCALL_RO":
		return spec{name: "FCALL_RO", numkeys: 2}
	case "FLUSHALL":
		return spec{name: "FLUSHALL", write: true}
	case "FLUSHDB":
		return spec{name: "FLUSHDB", write: true}
	case "FUNCTION":
		return spec{name: "FUNCTION"}
	case "GEOADD":
		return spec{name: "GEOADD", first: 1, last: 1, step: 1, write: true}
	case "GEODIST":
		return spec{name: "GEODIST", first: 1, last: 1, step: 1}
	case "GEOHASH":
		return spec{name: "GEOHASH", first: 1, last: 1, step: 1}
	case "GEOPOS":
		return spec{name: "GEOPOS", first: 1, last: 1, step: 1}
	case "GEORADIUS":
		return spec{name: "GEORADIUS", first: 1, last: 1, step: 1, write: true}
	case "GEORADIUSBYMEMBER":
		return spec{name: "GEORADIUSBYMEMBER", first: 1, last: 1, step: 1, write: true}
	case "GEORADIUSBYMEMBER_RO":
		return spec{name: "GEORADIUSBYMEMBER_RO", first: 1, last: 1, step: 1}
	case "GEORADIUS_RO":
		return spec{name: "GEORADIUS_RO", first: 1, last: 1, step: 1}
	case "GEOSEARCH":
		return spec{name: "GEOSEARCH", first: 1, last: 1, step: 1}
	case "GEOSEARCHSTORE":
		return spec{name: "GEOSEARCHSTORE", first: 1, last: 2, step: 1, write: true}
	case "GET":
		return spec{name: "GET", first: 1, last: 1, step: 1}
	case "GETBIT":
		return spec{name: "GETBIT", first: 1, last: 1, step: 1}
	case "GETDEL":
		return spec{name: "GETDEL", first: 1, last: 1, step: 1, write: true}
	case "GETEX":
		return spec{name: "GETEX", first: 1, last: 1, step: 1, write: true}
	case "GETRANGE":
		return spec{name: "GETRANGE", first: 1, last: 1, step: 1}
	case "GETSET":
		return spec{name: "GETSET", first: 1, last: 1, step: 1, write: true}
	case "HDEL":
		return spec{name: "HDEL", first: 1, last: 1, step: 1, write: true}
	case "HELLO":
		return spec{name: "HELLO", special: hello}
	case "HEXISTS":
		return spec{name: "HEXISTS", first: 1, last: 1, step: 1}
	case "HEXPIRE":
		return spec{name: "HEXPIRE", first: 1, last: 1, step: 1, write: true}
	case "HEXPIREAT":
		return spec{name: "HEXPIREAT", first: 1, last: 1, step: 1, write: true}
	case "HEXPIRETIME":
		return spec{name: "HEXPIRETIME", first: 1, last: 1, step: 1}
	case "HGET":
		return spec{name: "HGET", first: 1, last: 1, step: 1}
	case "HGETALL":
		return spec{name: "HGETALL", first: 1, last: 1, step: 1}
	case "HGETDEL":
		return spec{name: "HGETDEL", first: 1, last: 1, step: 1, write: true}
	case "HGETEX":
		return spec{name: "HGETEX", first: 1, last: 1, step: 1, write: true}
	case "HINCRBY":
		return spec{name: "HINCRBY", first: 1, last: 1, step: 1, write: true}
	case "HINCRBYFLOAT":
		return spec{name: "HINCRBYFLOAT", first: 1, last: 1, step: 1, write: true}
	case "HKEYS":
		return spec{name: "HKEYS", first: 1, last: 1, step: 1}
	case "HLEN":
		return spec{name: "HLEN", first: 1, last: 1, step: 1}
	case "HMGET":
		return spec{name: "HMGET", first: 1, last: 1, step: 1}
	case "HMSET":
		return spec{name: "HMSET", first: 1, last: 1, step: 1, write: true}
	case "HPERSIST":
		return spec{name: "HPERSIST", first: 1, last: 1, step: 1, write: true}
	case "HPEXPIRE":
		return spec{name: "HPEXPIRE", first: 1, last: 1, step: 1, write: true}
	case "HPEXPIREAT":
		return spec{name: "HPEXPIREAT", first: 1, last: 1, step: 1, write: true}
	case "HPEXPIRETIME":
		return spec{name: "HPEXPIRETIME", first: 1, last: 1, step: 1}
	case "HPTTL":
		return spec{name: "HPTTL", first: 1, last: 1, step: 1}
	case "HRANDFIELD":
		return spec{name: "HRANDFIELD", first: 1, last: 1, step: 1}
	case "HSCAN":
		return spec{name: "HSCAN", first: 1, last: 1, step: 1}
	case "HSET":
		return spec{name: "HSET", first: 1, last: 1, step: 1, write: true}
	case "HSETEX":
		return spec{name: "HSETEX", first: 1, last: 1, step: 1, write: true}
	case "HSETNX":
		return spec{name: "HSETNX", first: 1, last: 1, step: 1, write: true}
	case "HSTRLEN":
		return spec{name: "HSTRLEN", first: 1, last: 1, step: 1}
	case "HTTL":
		return spec{name: "HTTL", first: 1, last: 1, step: 1}
	case "HVALS":
		return spec{name: "HVALS", first: 1, last: 1, step: 1}
	case "INCR":
		return spec{name: "INCR", first: 1, last: 1, step: 1, write: true}
	case "INCRBY":
		return spec{name: "INCRBY", first: 1, last: 1, step: 1, write: true}
	case "INCRBYFLOAT":
		return spec{name: "INCRBYFLOAT", first: 1, last: 1, step: 1, write: true}
	case "INFO":
		return spec{name: "INFO", special: roles}
	case "KEYS":
		return spec{name: "KEYS"}
	case "LASTSAVE":
		return spec{name: "LASTSAVE"}
	case "LATENCY":
		return spec{name: "LATENCY"}
	case "LCS":
		return spec{name: "LCS", first: 1, last: 2, step: 1}
	case "LINDEX":
		return spec{name: "LINDEX", first: 1, last: 1, step: 1}
	case "LINSERT":
		return spec{name: "LINSERT", first: 1, last: 1, step: 1, write: true}
	case "LLEN":
		return spec{name: "LLEN", first: 1, last: 1, step: 1}
	case "LMOVE":
		return spec{name: "LMOVE", first: 1, last: 2, step: 1, write: true}
	case "LMPOP":
		return spec{name: "LMPOP", numkeys: 1, write: true}
	case "LOLWUT":
		return spec{name: "LOLWUT"}
	case "LPOP":
		return spec{name: "LPOP", first: 1, last: 1, step: 1, write: true}
	case "LPOS":
		return spec{name: "LPOS", first: 1, last: 1, step: 1}
	case "LPUSH":
		return spec{name: "LPUSH", first: 1, last: 1, step: 1, write: true}
	case "LPUSHX":
		return spec{name: "LPUSHX", first: 1, last: 1, step: 1, write: true}
	case "LRANGE":
		return spec{name: "LRANGE", first: 1, last: 1, step: 1}
	case "LREM":
		return spec{name: "LREM", first: 1, last: 1, step: 1, write: true}
	case "LSET":
		return spec{name: "LSET", first: 1, last: 1, step: 1, write: true}
	case "LTRIM":
		return spec{name: "LTRIM", first: 1, last: 1, step: 1, write: true}
	case "MEMORY":
		return spec{name: "MEMORY", first: 2, last: 2, step: 1}
	case "MGET":
		return spec{name: "MGET", first: 1, last: -1, step: 1}
	case "MIGRATE":
		return spec{name: "MIGRATE", first: 3, last: 3, step: 1, write: true, special: migrate}
	case "MODULE":
		return spec{name: "MODULE", special: secret}
	case "MONITOR":
		return spec{name: "MONITOR", special: monitor}
	case "MOVE":
		return spec{name: "MOVE", first: 1, last: 1, step: 1, write: true}
	case "MSET":
		return spec{name: "MSET", first: 1, last: -1, step: 2, write: true}
	case "MSETNX":
		return spec{name: "MSETNX", first: 1, last: -1, step: 2, write: true}
	case "MULTI":
		return spec{name: "MULTI", special: multi}
	case "OBJECT":
		return spec{name: "OBJECT", first: 2, last: 2, step: 1}
	case "PERSIST":
		return spec{name: "PERSIST", first: 1, last: 1, step: 1, write: true}
	case "PEXPIRE":
		return spec{name: "PEXPIRE", first: 1, last: 1, step: 1, write: true}
	case "PEXPIREAT":
		return spec{name: "PEXPIREAT", first: 1, last: 1, step: 1, write: true}
	case "PEXPIRETIME":
		return spec{name: "PEXPIRETIME", first: 1, last: 1, step: 1}
	case "PFADD":
		return spec{name: "PFADD", first: 1, last: 1, step: 1, write: true}
	case "PFCOUNT":
		return spec{name: "PFCOUNT", first: 1, last: -1, step: 1}
	case "PFMERGE":
		return spec{name: "PFMERGE", first: 1, last: -1, step: 1, write: true}
	case "PING":
		return spec{name: "PING"}
	case "PSETEX":
		return spec{name: "PSETEX", first: 1, last: 1, step: 1, write: true}
	case "PSUBSCRIBE":
		return spec{name: "PSUBSCRIBE", special: subscribe}
	case "PSYNC":
		return spec{name: "PSYNC", special: psync}
	case "PTTL":
		return spec{name: "PTTL", first: 1, last: 1, step: 1}
	case "PUBLISH":
		return spec{name: "PUBLISH", special: publish}
	case "PUBSUB":
		return spec{name: "PUBSUB"}
	case "PUNSUBSCRIBE":
		return spec{name: "PUNSUBSCRIBE", special: unsubscribe}
	case "QUIT":
		return spec{name: "QUIT", special: quit}
	case "RANDOMKEY":
		return spec{name: "RANDOMKEY"}
	case "READONLY":
		return spec{name: "READONLY", special: readonly}
	case "READWRITE":
		return spec{name: "READWRITE", special: readwrite}
	case "RENAME":
		return spec{name: "RENAME", first: 1, last: 2, step: 1, write: true}
	case "RENAMENX":
		return spec{name: "RENAMENX", first: 1, last: 2, step: 1, write: true}
	case "REPLCONF":
		return spec{name: "REPLCONF", special: replconf}
	case "REPLICAOF":
		return spec{name: "REPLICAOF", special: roles}
	case "RESET":
		return spec{name: "RESET", special: reset}
	case "RESTORE":
		return spec{name: "RESTORE", first: 1, last: 1, step: 1, write: true}
	case "RESTORE-ASKING":
		return spec{name: "RESTORE-ASKING", first: 1, last: 1, step: 1, write: true}
	case "ROLE":
		return spec{name: "ROLE", special: roles}
	case "RPOP":
		return spec{name: "RPOP", first: 1, last: 1, step: 1, write: true}
	case "RPOPLPUSH":
		return spec{name: "RPOPLPUSH", first: 1, last: 2, step: 1, write: true}
	case "RPUSH":
		return spec{name: "RPUSH", first: 1, last: 1, step: 1, write: true}
	case "RPUSHX":
		return spec{name: "RPUSHX", first: 1, last: 1, step: 1, write: true}
	case "SADD":
		return spec{name: "SADD", first: 1, last: 1, step: 1, write: true}
	case "SAVE":
		return spec{name: "SAVE"}
	case "SCAN":
		return spec{name: "SCAN"}
	case "SCARD":
		return spec{name: "SCARD", first: 1, last: 1, step: 1}
	case "SCRIPT":
		return spec{name: "SCRIPT"}
	case "SDIFF":
		return spec{name: "SDIFF", first: 1, last: -1, step: 1}
	case "SDIFFSTORE":
		return spec{name: "SDIFFSTORE", first: 1, last: -1, step: 1, write: true}
	case "SELECT":
		return spec{name: "SELECT"}
	case "SENTINEL":
		return spec{name: "SENTINEL", special: sentinel}
	case "SET":
		return spec{name: "SET", first: 1, last: 1, step: 1, write: true}
	case "SETBIT":
		return spec{name: "SETBIT", first: 1, last: 1, step: 1, write: true}
	case "SETEX":
		return spec{name: "SETEX", first: 1, last: 1, step: 1, write: true}
	case "SETNX":
		return spec{name: "SETNX", first: 1, last: 1, step: 1, write: true}
	case "SETRANGE":
		return spec{name: "SETRANGE", first: 1, last: 1, step: 1, write: true}
	case "SHUTDOWN":
		return spec{name: "SHUTDOWN"}
	case "SINTER":
		return spec{name: "SINTER", first: 1, last: -1, step: 1}
	case "SINTERCARD":
		return spec{name: "SINTERCARD", numkeys: 1}
	case "SINTERSTORE":
		return spec{name: "SINTERSTORE", first: 1, last: -1, step: 1, write: true}
	case "SISMEMBER":
		return spec{name: "SISMEMBER", first: 1, last: 1, step: 1}
	case "SLAVEOF":
		return spec{name: "SLAVEOF", special: roles}
	case "SLOWLOG":
		return spec{name: "SLOWLOG"}
	case "SMEMBERS":
		return spec{name: "SMEMBERS", first: 1, last: 1, step: 1}
	case "SMISMEMBER":
		return spec{name: "SMISMEMBER", first: 1, last: 1, step: 1}
	case "SMOVE":
		return spec{name: "SMOVE", first: 1, last: 2, step: 1, write: true}
	case "SORT":
		return spec{name: "SORT", first: 1, last: 1, step: 1, write: true}
	case "SORT_RO":
		return spec{name: "SORT_RO", first: 1, last: 1, step: 1}
	case "SPOP":
		return spec{name: "SPOP", first: 1, last: 1, step: 1, write: true}
	case "SPUBLISH":
		return spec{name: "SPUBLISH", first: 1, last: 1, step: 1}
	case "SRANDMEMBER":
		return spec{name: "SRANDMEMBER", first: 1, last: 1, step: 1}
	case "SREM":
		return spec{name: "SREM", first: 1, last: 1, step: 1, write: true}
	case "SSCAN":
		return spec{name: "SSCAN", first: 1, last: 1, step: 1}
	case "SSUBSCRIBE":
		return spec{name: "SSUBSCRIBE", first: 1, last: -1, step: 1, special: subscribe}
	case "STRLEN":
		return spec{name: "STRLEN", first: 1, last: 1, step: 1}
	case "SUBSCRIBE":
		return spec{name: "SUBSCRIBE", special: subscribe}
	case "SUBSTR":
		return spec{name: "SUBSTR", first: 1, last: 1, step: 1}
	case "SUNION":
		return spec{name: "SUNION", first: 1, last: -1, step: 1}
	case "SUNIONSTORE":
		return spec{name: "SUNIONSTORE", first: 1, last: -1, step: 1, write: true}
	case "SUNSUBSCRIBE":
		return spec{name: "SUNSUBSCRIBE", first: 1, last: -1, step: 1, special: unsubscribe}
	case "SWAPDB":
		return spec{name: "SWAPDB", write: true}
	case "SYNC":
		return spec{name: "SYNC", special: psync}
	case "TIME":
		return spec{name: "TIME"}
	case "TOUCH":
		return spec{name: "TOUCH", first: 1, last: -1, step: 1}
	case "TTL":
		return spec{name: "TTL", first: 1, last: 1, step: 1}
	case "TYPE":
		return spec{name: "TYPE", first: 1, last: 1, step: 1}
	case "UNLINK":
		return spec{name: "UNLINK", first: 1, last: -1, step: 1, write: true}
	case "UNSUBSCRIBE":
		return spec{name: "UNSUBSCRIBE", special: unsubscribe}
	case "UNWATCH":
		return spec{name: "UNWATCH"}
	case "WAIT":
		return spec{name: "WAIT"}
	case "WAITAOF":
		return spec{name: "WAITAOF"}
	case "WATCH":
		return spec{name: "WATCH", first: 1, last: -1, step: 1, special: watch}
	case "XACK":
		return spec{name: "XACK", first: 1, last: 1, step: 1, write: true}
	case "XADD":
		return spec{name: "XADD", first: 1, last: 1, step: 1, write: true}
	case "XAUTOCLAIM":
		return spec{name: "XAUTOCLAIM", first: 1, last: 1, step: 1, write: true}
	case "XCLAIM":
		return spec{name: "XCLAIM", first: 1, last: 1, step: 1, write: true}
	case "XDEL":
		return spec{name: "XDEL", first: 1, last: 1, step: 1, write: true}
	case "XGROUP":
		return spec{name: "XGROUP", first: 2, last: 2, step: 1, write: true}
	case "XINFO":
		return spec{name: "XINFO", first: 2, last: 2, step: 1}
	case "XLEN":
		return spec{name: "XLEN", first: 1, last: 1, step: 1}
	case "XPENDING":
		return spec{name: "XPENDING", first: 1, last: 1, step: 1}
	case "XRANGE":
		return spec{name: "XRANGE", first: 1, last: 1, step: 1}
	case "XREAD":
		return spec{name: "XREAD", special: streams}
	case "XREADGROUP":
		return spec{name: "XREADGROUP", write: true, special: streams}
	case "XREVRANGE":
		return spec{name: "XREVRANGE", first: 1, last: 1, step: 1}
	case "XSETID":
		return spec{name: "XSETID", first: 1, last: 1, step: 1, write: true}
	case "XTRIM":
		return spec{name: "XTRIM", first: 1, last: 1, step: 1, write: true}
	case "ZADD":
		return spec{name: "ZADD", first: 1, last: 1, step: 1, write: true}
	case "ZCARD":
		return spec{name: "ZCARD", first: 1, last: 1, step: 1}
	case "ZCOUNT":
		return spec{name: "ZCOUNT", first: 1, last: 1, step: 1}
	case "ZDIFF":
		return spec{name: "ZDIFF", numkeys: 1}
	case "ZDIFFSTORE":
		return spec{name: "ZDIFFSTORE", first: 1, last: 1, step: 1, numkeys: 2, write: true}
	case "ZINCRBY":
		return spec{name: "ZINCRBY", first: 1, last: 1, step: 1, write: true}
	case "ZINTER":
		return spec{name: "ZINTER", numkeys: 1}
	case "ZINTERCARD":
		return spec{name: "ZINTERCARD", numkeys: 1}
	case "ZINTERSTORE":
		return spec{name: "ZINTERSTORE", first: 1, last: 1, step: 1, numkeys: 2, write: true}
	case "ZLEXCOUNT":
		return spec{name: "ZLEXCOUNT", first: 1, last: 1, step: 1}
	case "ZMPOP":
		return spec{name: "ZMPOP", numkeys: 1, write: true}
	case "ZMSCORE":
		return spec{name: "ZMSCORE", first: 1, last: 1, step: 1}
	case "ZPOPMAX":
		return spec{name: "ZPOPMAX", first: 1, last: 1, step: 1, write: true}
	case "ZPOPMIN":
		return spec{name: "ZPOPMIN", first: 1, last: 1, step: 1, write: true}
	case "ZRANDMEMBER":
		return spec{name: "ZRANDMEMBER", first: 1, last: 1, step: 1}
	case "ZRANGE":
		return spec{name: "ZRANGE", first: 1, last: 1, step: 1}
	case "ZRANGEBYLEX":
		return spec{name: "ZRANGEBYLEX", first: 1, last: 1, step: 1}
	case "ZRANGEBYSCORE":
		return spec{name: "ZRANGEBYSCORE", first: 1, last: 1, step: 1}
	case "ZRANGESTORE":
		return spec{name: "ZRANGESTORE", first: 1, last: 2, step: 1, write: true}
	case "ZRANK":
		return spec{name: "ZRANK", first: 1, last: 1, step: 1}
	case "ZREM":
		return spec{name: "ZREM", first: 1, last: 1, step: 1, write: true}
	case "ZREMRANGEBYLEX":
		return spec{name: "ZREMRANGEBYLEX", first: 1, last: 1, step: 1, write: true}
	case "ZREMRANGEBYRANK":
		return spec{name: "ZREMRANGEBYRANK", first: 1, last: 1, step: 1, write: true}
	case "ZREMRANGEBYSCORE":
		return spec{name: "ZREMRANGEBYSCORE", first: 1, last: 1, step: 1, write: true}
	case "ZREVRANGE":
		return spec{name: "ZREVRANGE", first: 1, last: 1, step: 1}
	case "ZREVRANGEBYLEX":
		return spec{name: "ZREVRANGEBYLEX", first: 1, last: 1, step: 1}
	case "ZREVRANGEBYSCORE":
		return spec{name: "ZREVRANGEBYSCORE", first: 1, last: 1, step: 1}
	case "ZREVRANK":
		return spec{name: "ZREVRANK", first: 1, last: 1, step: 1}
	case "ZSCAN":
		return spec{name: "ZSCAN", first: 1, last: 1, step: 1}
	case "ZSCORE":
		return spec{name: "ZSCORE", first: 1, last: 1, step: 1}
	case "ZUNION":
		return spec{name: "ZUNION", numkeys: 1}
	case "ZUNIONSTORE":
		return spec{name: "ZUNIONSTORE", first: 1, last: 1, step: 1, numkeys: 2, write: true}
	}
	return spec{special: unknown}
}
