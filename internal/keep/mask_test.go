package keep_test

import (
	"fmt"
	"strings"
	"testing"

	"ricochet/internal/keep"
)

// matches reports whether a stream is what a pattern says, in which ~ stands for
// any byte of a filler.
func matches(got, pattern string) bool {
	const filler = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if len(got) != len(pattern) {
		return false
	}
	for i := range len(got) {
		if pattern[i] != got[i] && (pattern[i] != '~' || strings.IndexByte(filler, got[i]) < 0) {
			return false
		}
	}
	return true
}

// TestCommands holds what is seen of commands, one class of them after another.
func TestCommands(t *testing.T) {
	for _, c := range []struct{ name, send, want string }{
		{"a key and a value", "*SET key value", "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\n~~~~~\r\n"},
		{"options", "*set key v EX 10", "*5\r\n$3\r\nset\r\n$3\r\nkey\r\n$1\r\n~\r\n$2\r\n~~\r\n$2\r\n~~\r\n"},
		{"a long value", "*SET key <30>", "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$30\r\n" + strings.Repeat("~", 20) + "xxxxxxxxxx\r\n"},
		{"an empty value", `*SET key ""`, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n"},
		{"every second argument a key", "*MSET a 1 b 2", "*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n~\r\n$1\r\nb\r\n$1\r\n~\r\n"},
		{"keys but for the last argument", "*BLPOP a b 5", "*4\r\n$5\r\nBLPOP\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\n~\r\n"},
		{"a script", "*EVAL body 1 key arg", "*5\r\n$4\r\nEVAL\r\n$4\r\n~~~~\r\n$1\r\n1\r\n$3\r\nkey\r\n$3\r\n~~~\r\n"},
		{"a number of keys that is none", "*EVAL body many key", "*4\r\n$4\r\nEVAL\r\n$4\r\n~~~~\r\n$4\r\n~~~~\r\n$3\r\n~~~\r\n"},
		{"a destination and a number of keys", "*ZUNIONSTORE d 1 k WEIGHTS 2", "*6\r\n$11\r\nZUNIONSTORE\r\n$1\r\nd\r\n$1\r\n1\r\n$1\r\nk\r\n$7\r\n~~~~~~~\r\n$1\r\n~\r\n"},
		{"streams", "*XREAD COUNT 2 STREAMS a b 0 0", "*8\r\n$5\r\nXREAD\r\n$5\r\n~~~~~\r\n$1\r\n~\r\n$7\r\nSTREAMS\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\n~\r\n$1\r\n~\r\n"},
		{"a group named STREAMS", "*XREADGROUP GROUP STREAMS c STREAMS a >", "*7\r\n$10\r\nXREADGROUP\r\n$5\r\n~~~~~\r\n$7\r\n~~~~~~~\r\n$1\r\n~\r\n$7\r\nSTREAMS\r\n$1\r\na\r\n$1\r\n~\r\n"},
		{"a subcommand and a key", "*OBJECT ENCODING key", "*3\r\n$6\r\nOBJECT\r\n$8\r\nENCODING\r\n$3\r\nkey\r\n"},
		{"a subcommand that is none", "*OBJECT password key", "*3\r\n$6\r\nOBJECT\r\n$8\r\n~~~~~~~~\r\n$3\r\nkey\r\n"},
		{"a password", "*AUTH pw", "*2\r\n$4\r\nAUTH\r\n$2\r\nxx\r\n"},
		{"a user and a password", "*AUTH me pw", "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\nxx\r\n"},
		{"a handshake", "*HELLO 3 AUTH me pw SETNAME n", "*7\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\nxx\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n"},
		{"settings", "*CONFIG SET a b", "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\nx\r\n"},
		{"a sentinel's settings", "*SENTINEL SET m auth-pass pw", "*5\r\n$8\r\nSENTINEL\r\n$3\r\nSET\r\n$1\r\nx\r\n$9\r\nxxxxxxxxx\r\n$2\r\nxx\r\n"},
		{"a question to a sentinel", "*SENTINEL masters", "*2\r\n$8\r\nSENTINEL\r\n$7\r\nmasters\r\n"},
		{"a migration", "*MIGRATE h 1 key 0 5 AUTH pw", "*8\r\n$7\r\nMIGRATE\r\n$1\r\n~\r\n$1\r\n~\r\n$3\r\nkey\r\n$1\r\n~\r\n$1\r\n~\r\n$4\r\nxxxx\r\n$2\r\nxx\r\n"},
		{"the name of a client", "*CLIENT SETNAME me", "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$2\r\nme\r\n"},
		{"the library of a client", "*CLIENT SETINFO LIB-NAME l", "*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$1\r\nl\r\n"},
		{"what a client can do", "*CLIENT CAPA redirect", "*3\r\n$6\r\nCLIENT\r\n$4\r\nCAPA\r\n$8\r\nredirect\r\n"},
		{"another client", "*CLIENT KILL USER me", "*4\r\n$6\r\nCLIENT\r\n$4\r\nKILL\r\n$4\r\n~~~~\r\n$2\r\n~~\r\n"},
		{"a slot", "*CLUSTER SETSLOT 7 NODE id", "*5\r\n$7\r\nCLUSTER\r\n$7\r\nSETSLOT\r\n$1\r\n7\r\n$4\r\nNODE\r\n$2\r\nid\r\n"},
		{"a replica", "*REPLICAOF 10.0.0.1 6379", "*3\r\n$9\r\nREPLICAOF\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n"},
		{"a failover", "*FAILOVER TO h 1 FORCE", "*5\r\n$8\r\nFAILOVER\r\n$2\r\nTO\r\n$1\r\nh\r\n$1\r\n1\r\n$5\r\nFORCE\r\n"},
		{"a message", "*PUBLISH news text", "*3\r\n$7\r\nPUBLISH\r\n$4\r\n~~~~\r\n$4\r\n~~~~\r\n"},
		{"a message on a shard channel", "*SPUBLISH news text", "*3\r\n$8\r\nSPUBLISH\r\n$4\r\nnews\r\n$4\r\n~~~~\r\n"},
		{"a message of a sentinel", "*PUBLISH __sentinel__:hello a,b", "*3\r\n$7\r\nPUBLISH\r\n$18\r\n__sentinel__:hello\r\n$3\r\na,b\r\n"},
		{"a message that sentinels do not publish", "*PUBLISH +switch-master text", "*3\r\n$7\r\nPUBLISH\r\n$14\r\n~~~~~~~~~~~~~~\r\n$4\r\n~~~~\r\n"},
		{"channels", "*SUBSCRIBE news +switch-master", "*3\r\n$9\r\nSUBSCRIBE\r\n$4\r\n~~~~\r\n$14\r\n+switch-master\r\n"},
		{"a command that nobody knows", "*FROB key", "*2\r\n$4\r\n~~~~\r\n$3\r\n~~~\r\n"},
		{"a name that is too long", "*" + strings.Repeat("N", 65) + " a", "*2\r\n$65\r\n" + strings.Repeat("~", 20) + strings.Repeat("x", 45) + "\r\n$1\r\n~\r\n"},
		{"inline", `"set  key value\r\n"`, "set  key ~~~~~\r\n"},
		{"inline without CR", `"GET key\n"`, "GET key\n"},
		{"inline with quotes", `"SET key \"a b\"\r\n"`, "xxxxxxxxxxxxx\r\n"},
		{"inline with quotes that do not match", `"SET key \"ab\r\n"`, "xxxxxxxxxxx\r\n"},
		{"inline, a password", `"AUTH pw\r\n"`, "AUTH xx\r\n"},
		{"inline, a name that nobody knows", `"frob key\r\n"`, "~~~~ ~~~\r\n"},
		{"inline with a NUL", `"GET a\x00secret\r\n"`, "GET a\x00xxxxxx\r\n"},
		{"inline, too long to look at", `"GET ` + strings.Repeat("k", keep.MaxInlineKept) + `\r\n"`, strings.Repeat("x", keep.MaxInlineKept+5) + "\n"},
		{"empty lines", `"\r\n\n*1\r\n$4\r\nPING\r\n"`, "\r\n\n*1\r\n$4\r\nPING\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mss := range []int{1448, 5, 1} {
				packets := script(t, fmt.Sprintf("mss %d\nopen c1.a>A\nc1.a>A *READONLY\nc1.a>A %s\nc1.a>A *READONLY\n", mss, c.send))
				written, _, _ := kept(t, keep.Options{}, packets)
				const around = "*1\r\n$8\r\nREADONLY\r\n"
				if got, _ := streams(written); !matches(got, around+c.want+around) {
					t.Errorf("segments of %d bytes:\n got %q\nwant %q", mss, got, around+c.want+around)
				}
			}
		})
	}
}

// TestReplies holds what is seen of what servers send.
func TestReplies(t *testing.T) {
	const id = "0123456789abcdef0123456789fedcba01234567"
	for _, c := range []struct{ name, send, reply, want string }{
		{"a value", "*GET k", "$value", "$5\r\nxxxxx\r\n"},
		{"no value", "*GET k", "nil", "$-1\r\n"},
		{"a status", "*SET k v", "+OK", "+OK\r\n"},
		{"a string", "*TYPE k", "+hash", "+xxxx\r\n"},
		{"an integer", "*INCR k", ":-42", ":-00\r\n"},
		{"a double", "*ZSCORE k m", ",-1.5e10", ",-0.0e00\r\n"},
		{"infinity", "*ZSCORE k m", ",inf", ",inf\r\n"},
		{"a big number", "*GET k", "(-123", "(-000\r\n"},
		{"a boolean", "*GET k", "#f", "#t\r\n"},
		{"a null", "*GET k", "_", "_\r\n"},
		{"a verbatim string", "*GET k", "=txt:word", "=8\r\ntxt:xxxx\r\n"},
		{"an array", "*LRANGE k 0 1", "*[$a *[$b :7] nil]", "*3\r\n$1\r\nx\r\n*2\r\n$1\r\nx\r\n:0\r\n$-1\r\n"},
		{"a map with an attribute", "*HGETALL k", "|[$ttl :5] | %[$f $v]", "|1\r\n$3\r\nxxx\r\n:0\r\n%1\r\n$1\r\nx\r\n$1\r\nx\r\n"},
		{"a streamed string", "*GET k", `"$?\r\n;3\r\nabc\r\n;0\r\n"`, "$?\r\n;3\r\nxxx\r\n;0\r\n"},
		{"a streamed array", "*GET k", `"*?\r\n$1\r\na\r\n.\r\n"`, "*?\r\n$1\r\nx\r\n.\r\n"},
		{"an error", "*GET k", "-WRONGTYPE Operation against", "-WRONGTYPE xxxxxxxxxxxxxxxxx\r\n"},
		{"an error without a code", "*GET k", "-oh no", "-xxxxx\r\n"},
		{"a bulk error", "*GET k", "!SYNTAX bad", "!10\r\nSYNTAX xxx\r\n"},
		{"a redirect", "*GET k", "-MOVED 7 {B}", "-MOVED 7 10.0.0.2:6379\r\n"},
		{"what looks like a redirect", "*GET k", "-MOVED 7 my secret:6379", "-MOVED xxxxxxxxxxxxxxxx\r\n"},
		{"errors in an array", "*EXEC", `"*2\r\n-ASK 7 h:1\r\n-ERR no\r\n"`, "*2\r\n-ASK 7 h:1\r\n-ERR xx\r\n"},
		{"a long error", "*GET k", "-ERR " + strings.Repeat("e", 400), "-ERR " + strings.Repeat("x", 400) + "\r\n"},
		{"a long string", "*GET k", "+" + strings.Repeat("s", 400), "+" + strings.Repeat("x", 400) + "\r\n"},
		{"the text of INFO", "*INFO", `$"# Server\r\nredis_version:8.0.1\r\n"`, "$31\r\n# Server\r\nredis_version:8.0.1\r\n\r\n"},
		{"another text", "*INFO", "$secret", "$6\r\nxxxxxx\r\n"},
		{"a text for another command", "*GET k", `$"# Server\r\nsecret"`, "$16\r\nxxxxxxxxxxxxxxxx\r\n"},
		{"the role of a replica", "*ROLE", "*[$slave $10.0.0.1 :6379 $connected :7]", "*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:7\r\n"},
		{"no role", "*ROLE", "*[$secret :7]", "*2\r\n$6\r\nxxxxxx\r\n:0\r\n"},
		{"a handshake", "*HELLO 3", "%[$server $valkey $proto :3]", "%2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$5\r\nproto\r\n:3\r\n"},
		{"modules and their arguments", "*HELLO 3", "%[$server $v $modules *[%[$name $m $args *[$pw :7]]] $role $master]",
			"%3\r\n$6\r\nserver\r\n$1\r\nv\r\n$7\r\nmodules\r\n*1\r\n%2\r\n$4\r\nxxxx\r\n$1\r\nx\r\n$4\r\nxxxx\r\n*2\r\n$2\r\nxx\r\n:0\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"},
		{"slots", "*CLUSTER SLOTS", "*[*[:0 :5460 *[$h :1 $" + id + "]]]", "*1\r\n*3\r\n:0\r\n:5460\r\n*3\r\n$1\r\nh\r\n:1\r\n$40\r\n" + id + "\r\n"},
		{"nodes", "*CLUSTER NODES", `$"` + id + ` h:1@2 master"`, "$53\r\n" + id + " h:1@2 master\r\n"},
		{"the state of a cluster", "*CLUSTER INFO", "$cluster_state:ok", "$16\r\ncluster_state:ok\r\n"},
		{"what is as long as the ID of a node", "*GET k", "$" + id, "$40\r\n?" + strings.Repeat("x", 39) + "\r\n"},
		{"keys in a slot", "*CLUSTER GETKEYSINSLOT 7 1", "*[$key]", "*1\r\n$3\r\nxxx\r\n"},
		{"masters", "*SENTINEL MASTERS", "*[*[$name $m $ip $h]]", "*1\r\n*4\r\n$4\r\nname\r\n$1\r\nm\r\n$2\r\nip\r\n$1\r\nh\r\n"},
		{"the address of a master", "*SENTINEL GET-MASTER-ADDR-BY-NAME m", "*[$10.0.0.1 $6379]", "*2\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n"},
		{"a sentinel's settings", "*SENTINEL CONFIG GET x", "*[$x $pw]", "*2\r\n$1\r\nx\r\n$2\r\nxx\r\n"},
		{"settings", "*CONFIG GET *", "*[$requirepass $pw]", "*2\r\n$11\r\nxxxxxxxxxxx\r\n$2\r\nxx\r\n"},
		{"a push", "*GET k", ">[$invalidate *[$key]] | $v", ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nxxx\r\n$1\r\nx\r\n"},
		{"a confirmation", "*SUBSCRIBE news", "*[$subscribe $news :1]", "*3\r\n$9\r\nsubscribe\r\n$4\r\nxxxx\r\n:1\r\n"},
		{"a message", "*SUBSCRIBE news", "*[$subscribe $news :1] | *[$message $news $text]", "*3\r\n$9\r\nsubscribe\r\n$4\r\nxxxx\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nxxxx\r\n$4\r\nxxxx\r\n"},
		{"a message of a sentinel", "*PSUBSCRIBE *", `*[$pmessage $* $+switch-master $"m h 1 i 2"]`, "*4\r\n$8\r\npmessage\r\n$1\r\nx\r\n$14\r\n+switch-master\r\n$9\r\nm h 1 i 2\r\n"},
		{"what a sentinel was told to set", "*PSUBSCRIBE *", `*[$pmessage $* $+set $"master m h 1 auth-pass pw"]`, "*4\r\n$8\r\npmessage\r\n$1\r\nx\r\n$4\r\n+set\r\n$25\r\nmaster m h 1 xxxxxxxxxxxx\r\n"},
		{"what is said of a replica", "*SUBSCRIBE +slave", `*[$message $+slave $"slave a:1 a 1 @ m h 1 more"]`, "*3\r\n$7\r\nmessage\r\n$6\r\n+slave\r\n$26\r\nslave a:1 a 1 @ m h 1 xxxx\r\n"},
		{"a greeting of a sentinel", "*SUBSCRIBE __sentinel__:hello", "*[$message $__sentinel__:hello $h,1,i,2,m,a,3,4]", "*3\r\n$7\r\nmessage\r\n$18\r\n__sentinel__:hello\r\n$15\r\nh,1,i,2,m,a,3,4\r\n"},
		{"a message like those of sentinels", "*SUBSCRIBE +news", `*[$message $+news $"master of secrets"]`, "*3\r\n$7\r\nmessage\r\n$5\r\n+news\r\n$17\r\n" + strings.Repeat("x", 17) + "\r\n"},
		{"what looks like a message", "*LRANGE k 0 2", "*[$message $+switch-master $secret]", "*3\r\n$7\r\nmessage\r\n$14\r\nxxxxxxxxxxxxxx\r\n$6\r\nxxxxxx\r\n"},
		{"a line of MONITOR", "*MONITOR", "+OK | +1700000000.123456 [0 h] \"SET\" \"k\"", "+OK\r\n+1700000000.12345xxxxxxxxxxxxxxxxx\r\n"},
		{"a refusal to replicate", "*PSYNC ? -1", "-NOMASTERLINK Can't", "-NOMASTERLINK Can't\r\n"},
		{"a confirmation before a resumed replication", "*PSYNC ? -1", "+OK | +CONTINUE", "+OK\r\n+CONTINUE\r\n"},
		{"an order taken", "*REPLICAOF h 1", "+OK Already connected", "+OK Already connected\r\n"},
		{"an order refused", "*FAILOVER", "-ERR FAILOVER requires connected replicas.", "-ERR FAILOVER requires connected replicas.\r\n"},
		{"an order to a cluster refused", "*CLUSTER FAILOVER", "-ERR You should send", "-ERR You should send\r\n"},
		{"an order to a sentinel refused", "*SENTINEL FAILOVER m", "-NOGOODSLAVE No suitable", "-NOGOODSLAVE No suitable\r\n"},
		{"a pause", "*CLIENT PAUSE 9 WRITE", "-ERR timeout is", "-ERR timeout is\r\n"},
		{"a value for an order", "*REPLICAOF h 1", "$secret", "$6\r\nxxxxxx\r\n"},
		{"a resumed replication", "*PSYNC ? -1", "+CONTINUE | *SET k v | \"\\n\" | *SELECT 0", "+CONTINUE\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n~\r\n\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"},
		{"a snapshot with its length", "*PSYNC ? -1", `"\n" | "+FULLRESYNC ` + id + ` 7\r\n" | "\n$6\r\nREDIS*" | *DEL k`,
			"\n+FULLRESYNC " + id + " 7\r\n\n$6\r\nxxxxxx*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"},
		{"a snapshot up to a mark", "*SYNC", `"$EOF:` + id + `\r\nREDIS0123` + id[:33] + "x" + id + `" | *DEL k`,
			"$EOF:" + id + "\r\n" + strings.Repeat("x", 5+4+34) + id + "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"},
		{"a snapshot that begins with its mark's start", "*SYNC", `"$EOF:` + id + `\r\n` + id[:30] + id + `" | *DEL k`,
			"$EOF:" + id + "\r\n" + strings.Repeat("x", 30) + id + "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mss := range []int{1448, 5, 1} {
				packets := script(t, fmt.Sprintf("mss %d\nopen c1.a>A\nc1.a>A %s\nA>c1.a %s\n", mss, c.send, c.reply))
				written, _, _ := kept(t, keep.Options{}, packets)
				if _, got := streams(written); !matches(got, c.want) {
					t.Errorf("segments of %d bytes:\n got %q\nwant %q", mss, got, c.want)
				}
			}
		})
	}
}

// TestDoubt has replies that cannot be paired with certainty: they show nothing.
func TestDoubt(t *testing.T) {
	const info = `$"# Server\r\nv:8"`
	for _, c := range []struct{ name, script string }{
		{"the command was lost", "open c1.a>A\nlose c1.a>A *INFO\nA>c1.a " + info},
		{"an earlier reply was lost", "open c1.a>A\nc1.a>A *GET k\nc1.a>A *GET k\nlose A>c1.a $v\nc1.a>A *INFO\nA>c1.a $v\nA>c1.a " + info},
		{"replies are off", "open c1.a>A\nc1.a>A *CLIENT REPLY OFF\nc1.a>A *GET k\nc1.a>A *CLIENT REPLY ON\nA>c1.a +OK\nc1.a>A *INFO\nA>c1.a " + info},
		{"joined with a command outstanding", "join c1.a>A\nA>c1.a $v\nA>c1.a " + info},
		{"a subscriber", "open c1.a>A\nc1.a>A *SUBSCRIBE c\nc1.a>A *INFO\nA>c1.a " + info},
		{"in a transaction", "open c1.a>A\nc1.a>A *MULTI\nA>c1.a +OK\nc1.a>A *INFO\nA>c1.a " + info},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, keepValues := range []bool{false, true} {
				written, _, _ := kept(t, keep.Options{KeepValues: keepValues && c.name != "in a transaction"}, script(t, c.script))
				if _, got := streams(written); strings.Contains(got, "Server") {
					t.Errorf("seen: %q", got)
				}
			}
		})
	}
	// A client that waits for its replies is paired again when nothing is outstanding.
	written, _, _ := kept(t, keep.Options{}, script(t, "join c1.a>A\nA>c1.a $v\nc1.a>A *PING\nA>c1.a +PONG\nc1.a>A *INFO\nA>c1.a "+info))
	if _, got := streams(written); !strings.Contains(got, "Server") {
		t.Errorf("the reply to INFO is not seen after joining: %q", got)
	}
}

// TestKeepValues holds that values are seen where that was asked for.
func TestKeepValues(t *testing.T) {
	packets := script(t, "open c1.a>A\nc1.a>A *SET key value\nA>c1.a +done\nc1.a>A *GET key\nA>c1.a %[$a :12]\nc1.a>A *AUTH me pw\nA>c1.a -ERR no")
	written, _, _ := kept(t, keep.Options{KeepValues: true}, packets)
	client, server := streams(written)
	if want := "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\nxx\r\n"; client != want {
		t.Errorf("got %q, want %q", client, want)
	}
	if want := "+done\r\n%1\r\n$1\r\na\r\n:12\r\n-ERR xx\r\n"; server != want {
		t.Errorf("got %q, want %q", server, want)
	}
}

// TestKeepValuesOfAConnectionThatWasJoined holds that values are seen there once
// none of the replies can be one to a command that was not.
func TestKeepValuesOfAConnectionThatWasJoined(t *testing.T) {
	const get = "c1.a>A *GET key\nA>c1.a $value\n"
	for _, c := range []struct {
		name, script string
		want         bool
	}{
		{"at first", strings.Repeat(get, 10), false},
		{"later", strings.Repeat(get, 100), true},
		{"after a credential", "c1.a>A *CONFIG GET a\nA>c1.a *[$a $b]\n" + strings.Repeat(get, 100), false},
	} {
		written, _, _ := kept(t, keep.Options{KeepValues: true}, script(t, "join c1.a>A\n"+c.script))
		if _, server := streams(written); strings.Contains(server, "value") != c.want {
			t.Errorf("%s: values are seen: %v", c.name, !c.want)
		}
	}
}

// TestFillerTellsValuesApart holds that equal values are replaced alike and
// others differently, and in another run all of them by something else.
func TestFillerTellsValuesApart(t *testing.T) {
	head := strings.Repeat("h", 63)
	packets := script(t, "open c1.a>A\nc1.a>A *ECHO value-1\nc1.a>A *ECHO value-2\nc1.a>A *ECHO value-1\n"+
		"c1.a>A *ECHO "+head+"1tail\nc1.a>A *ECHO "+head+"2tail\nc1.a>A *frob\nc1.a>A *FROB\n")
	var runs [2][]string
	for i := range runs {
		written, _, _ := kept(t, keep.Options{}, packets)
		for _, p := range payloads(written) {
			if lines := strings.Split(string(p.data), "\r\n"); len(lines) > 4 {
				runs[i] = append(runs[i], lines[4])
			} else if len(lines) > 2 {
				runs[i] = append(runs[i], lines[2])
			}
		}
	}
	v := runs[0]
	if len(v) != 7 {
		t.Fatalf("%d values: %q", len(v), v)
	}
	if v[0] != v[2] || v[0] == v[1] || v[3] == v[4] || v[5] != v[6] || v[0] == runs[1][0] {
		t.Errorf("%q, then %q", v, runs[1])
	}
}

// TestOtherProtocols holds that nothing is seen of what is not RESP but what
// tells the protocol.
func TestOtherProtocols(t *testing.T) {
	for _, c := range []struct {
		name, host, send, want string
		opaque                 int64
	}{
		{"TLS", "", `"\x16\x03\x01\x00\x05hello"`, "\x16\x03\x01\x00\x05xxxxx", 1},
		{"the start of what may be the cluster bus", "host A 10.0.0.1:16379\n", `"RCmb\x00secret"`, "RCmbxxxxxxx", 0},
		{"HTTP", "", `"POST / HTTP/1.1\r\nHost: h\r\n"`, "????????????????\n????????\n", 1},
		{"text on a port of no interest", "host A 10.0.0.1:8080\n", `"secret word\n"`, "???????????\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			packets := script(t, c.host+"open c1.a>A\nc1.a>A "+c.send)
			written, _, stats := kept(t, keep.Options{}, packets)
			if got, _ := streams(written); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if stats.Opaque != c.opaque {
				t.Errorf("%+v", stats)
			}
			sameReport(t, analyze(t, written), analyze(t, packets), nil)
		})
	}
}
