package keep_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
)

// secret is planted wherever a password or a value can be. Filler holds none of
// its bytes but by chance.
const secret = "hunter2-S3CRET"

// revealed returns how many bytes of the secret are seen of the occurrence of it
// of which most are, in any packet and whatever packets it is spread over.
func revealed(t testing.TB, original, written []capture.Packet) int {
	t.Helper()
	if len(original) != len(written) {
		t.Fatalf("%d packets became %d", len(original), len(written))
	}
	type stream struct {
		bytes map[uint32]byte
		seen  map[uint32]bool
	}
	flows := map[any]*stream{}
	was, is := payloads(original), payloads(written)
	for i := range was {
		f := flows[was[i].flow]
		if f == nil {
			f = &stream{map[uint32]byte{}, map[uint32]bool{}}
			flows[was[i].flow] = f
		}
		for k, b := range was[i].data {
			at := was[i].seq + uint32(k)
			f.bytes[at] = b
			if k < len(is[i].data) && is[i].data[k] == b {
				f.seen[at] = true
			}
		}
	}
	most := 0
	for _, f := range flows {
		for at := range f.bytes {
			n, seen := 0, 0
			for n < len(secret) && f.bytes[at+uint32(n)] == secret[n] {
				if f.seen[at+uint32(n)] {
					seen++
				}
				n++
			}
			if n == len(secret) {
				most = max(most, seen)
			}
		}
	}
	return most
}

// chance is how many of the bytes of a secret filler may be by chance: that five
// or more are happens in one of a million secrets.
const chance = 4

// checkSecret holds that nothing is seen of the secrets in packets, whole and
// damaged in several ways.
func checkSecret(t *testing.T, o keep.Options, packets []capture.Packet) {
	t.Helper()
	for name, damaged := range map[string][]capture.Packet{
		"as it is":  packets,
		"mixed up":  wiretest.Shuffle(wiretest.Duplicate(packets, 50, 7), 30, 7),
		"with loss": wiretest.Shuffle(wiretest.Drop(packets, 20, 8), 30, 7),
		"cut":       wiretest.Snap(packets, 78),
	} {
		written, file, _ := kept(t, o, damaged)
		if n := revealed(t, damaged, written); n > chance {
			t.Errorf("%s: %d bytes of a secret are seen", name, n)
		}
		for _, part := range []string{secret, secret[:8], secret[6:]} {
			if i := bytes.Index(bytes.ToLower(file), bytes.ToLower([]byte(part))); i >= 0 {
				t.Errorf("%s: the file has ...%q", name, file[max(0, i-60):i+len(part)])
			}
		}
	}
}

// values are commands with a value, credentials commands with a credential.
func values() []string {
	return []string{
		"*SET key " + secret, "*SET key " + secret + " EX 10", "*SETEX key 10 " + secret, "*PSETEX key 10 " + secret,
		"*SETNX key " + secret, "*GETSET key " + secret, "*MSET k1 " + secret + " k2 " + secret, "*MSETNX k1 " + secret,
		"*APPEND key " + secret, "*SETRANGE key 0 " + secret, "*HSET key field " + secret,
		"*HMSET key f1 " + secret + " f2 " + secret, "*LPUSH key " + secret, "*LINSERT key BEFORE x " + secret,
		"*LREM key 0 " + secret, "*LSET key 0 " + secret, "*SADD key " + secret, "*SMOVE a b " + secret,
		"*ZADD key 1 " + secret, "*XADD key * field " + secret, "*PUBLISH channel " + secret, "*SPUBLISH channel " + secret,
		"*PUBLISH " + secret + " x", "*EVAL \"return '" + secret + "'\" 1 key", "*EVAL \"return 1\" 1 key " + secret,
		"*EVALSHA 0123456789 1 key " + secret, "*FCALL f 1 key " + secret, "*SCRIPT LOAD \"return '" + secret + "'\"",
		"*FUNCTION LOAD \"#!lua name=" + secret + "\"", "*RESTORE key 0 " + secret, "*PFADD key " + secret,
		"*BITFIELD key SET u8 0 " + secret, "*GEOADD key 1 2 " + secret, "*ECHO " + secret, "*PING " + secret,
		"*SUBSCRIBE " + secret, "*EXPIRE key " + secret, "*XREAD COUNT " + secret + " STREAMS key 0",
		"*ZADD key " + secret + " member", "*DEBUG " + secret, "*OBJECT " + secret, "*CLUSTER " + secret,
		"*CLIENT " + secret, "*CLIENT KILL USER " + secret, "*CLIENT NO-EVICT " + secret,
		"*INFO", "*ROLE", "*HELLO 3", "*CLUSTER SLOTS", "*CLUSTER NODES", // which are not answered like that
		"\"SET key " + secret + "\\r\\n\"", "\"SET key '" + secret + "'\\r\\n\"", "\"SET key '" + secret + "\\r\\n\"",
	}
}

func credentials() []string {
	return []string{
		"*AUTH " + secret, "*AUTH default " + secret, "*auth " + secret, "*HELLO 3 AUTH default " + secret,
		"*HELLO 3 AUTH default " + secret + " SETNAME app", "*HELLO 3 SETNAME app AUTH default " + secret,
		"*CONFIG SET requirepass " + secret, "*CONFIG SET maxmemory 1 masterauth " + secret, "*CONFIG " + secret, "*CONFIG GET requirepass",
		"*ACL SETUSER alice on >" + secret + " ~* +@all", "*ACL SETUSER alice on #" + secret, "*ACL GETUSER " + secret,
		"*ACL DRYRUN alice GET " + secret, "*MIGRATE 10.0.0.9 6379 key 0 5000 AUTH " + secret,
		"*MIGRATE 10.0.0.9 6379 \"\" 0 5000 AUTH2 user " + secret + " KEYS k1 k2",
		"*MIGRATE 10.0.0.9 6379 \"\" 0 5000 COPY REPLACE AUTH " + secret + " KEYS k1",
		"*SENTINEL SET mymaster auth-pass " + secret, "*SENTINEL CONFIG SET sentinel-pass " + secret, "*SENTINEL " + secret,
		"*SENTINEL CONFIG GET sentinel-pass", "*MODULE LOADEX /m.so CONFIG pass " + secret,
		"*FROB key " + secret, "*" + secret, "*" + secret + " x",
		"\"" + secret + "\\r\\n\"", "\"AUTH " + secret + "\\r\\n\"", "\"'AUTH' " + secret + "\\r\\n\"",
		"\"HELLO 3 AUTH default " + secret + "\\r\\n\"", "\"AUTH '" + secret + "\\r\\n\"",
	}
}

// replies are what a command may be answered with.
func replies() []string {
	return []string{
		"+OK", "$" + secret, "+" + secret, "*[$a $" + secret + "]", "*[$message $" + secret + " $" + secret + "]",
		"%[$name $" + secret + "]", "|[$a $" + secret + "] | $" + secret, "=txt:" + secret, "~[$" + secret + " :1]",
		"-REDIRECT {B}", "-MOVED 7 {B}",
		"-ERR unknown command 'x', with args beginning with: '" + secret + "' ", "-" + secret, "-" + secret + " is wrong",
		"-WRONGTYPE " + secret, "!SYNTAX " + secret, "-NOPERM User " + secret + " has no permissions", "-READONLY " + secret,
		"\"$?\\r\\n;5\\r\\n01234\\r\\n;14\\r\\n" + secret + "\\r\\n;0\\r\\n\"", "*[*[*[$" + secret + "]]]",
	}
}

// pushes are what comes without being asked for.
func pushes() []string {
	return []string{
		">[$message $c $" + secret + "]", ">[$pmessage $" + secret + " $c $" + secret + "]", ">[$" + secret + "]",
		">[$message $+sdown $" + secret + "]", ">[$message $+set $\"master m h 1 auth-pass " + secret + "\"]",
		">[$invalidate *[$" + secret + "]]", ">[$subscribe $" + secret + " :1]", "+1700000000.123456 [0 10.0.0.1:1] " + secret,
	}
}

// nonsense is no RESP.
func nonsense() []string {
	return []string{
		`"+` + secret + `\rx\r\n"`, `"-` + secret + `\n\r\n"`, `"+x` + secret + `\n"`, `":` + secret + `\r\n"`, `",1` + secret + `\r\n"`,
		`"$5\r\n` + secret + `\r\n"`, `"$20\r\n` + secret + `\r\n12345678\r\n"`, `"$` + secret + `\r\n"`, `"*` + secret + `\r\n"`,
		`"` + secret + `\r\n"`, `"#` + secret + `\r\n"`, `"=3\r\n` + secret + `\r\n"`, `"*1\r\n` + secret + `\r\n"`,
		`"$?\r\n;14\r\n` + secret + `\r\n` + secret + `\r\n"`, `"|1\r\n+` + secret + `\r\n+` + secret + `\rx"`,
		`"$-5\r\n` + secret + `\r\n"`, `"*-1\r\n` + secret + `\r\n"`, `"(` + secret + `\r\n"`, `"_` + secret + `\r\n"`,
	}
}

// conversation has a command answered in several ways, each on a connection of
// its own, alone and in a transaction.
func conversation(mss int, command string, replies []string) string {
	text := fmt.Sprintf("mss %d\n", mss)
	for i, reply := range replies {
		c := fmt.Sprintf("c%d.%c", i%9+1, 'a'+i/9)
		text += fmt.Sprintf(`%[1]dms open %[2]s>A
%[1]dms %[2]s>A *CLIENT SETNAME app
%[1]dms A>%[2]s +OK
%[1]dms %[2]s>A %[3]s
%[1]dms A>%[2]s %[4]s
%[1]dms again A>%[2]s
%[1]dms %[2]s>A *MULTI
%[1]dms A>%[2]s +OK
%[1]dms %[2]s>A %[3]s
%[1]dms A>%[2]s +QUEUED
%[1]dms %[2]s>A *EXEC
%[1]dms again %[2]s>A
%[1]dms A>%[2]s *[%[5]s]
%[1]dms %[2]s>A %[3]s | %[3]s
%[1]dms A>%[2]s %[4]s | %[4]s
%[1]dms close %[2]s
`, i, c, command, reply, nested(reply))
	}
	return text
}

// nested returns a reply that can be an element of an array.
func nested(reply string) string {
	if strings.ContainsAny(reply[:1], "-!|>\"+") {
		return "$" + secret
	}
	return reply
}

// TestSecretsStay plants values and credentials in commands and their replies,
// in segments of several sizes, and looks for them in what is written.
func TestSecretsStay(t *testing.T) {
	for _, command := range append(values(), credentials()...) {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			for _, mss := range []int{1448, 7} {
				checkSecret(t, keep.Options{}, script(t, conversation(mss, command, slices.Concat(replies(), pushes(), nonsense()))))
			}
		})
	}
}

// TestCredentialsStay has values kept: credentials are not.
func TestCredentialsStay(t *testing.T) {
	for _, command := range credentials() {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			for _, mss := range []int{1448, 7} {
				checkSecret(t, keep.Options{KeepValues: true}, script(t, conversation(mss, command, append(replies(), nonsense()...))))
			}
		})
	}
}

// TestSecretsAreLookedFor holds that the tests above do not pass for want of
// secrets.
func TestSecretsAreLookedFor(t *testing.T) {
	packets := script(t, conversation(3, "*SET key "+secret, replies()))
	if n := revealed(t, packets, packets); n != len(secret) {
		t.Errorf("%d bytes are seen of secrets that are not masked", n)
	}
	written, _, _ := kept(t, keep.Options{KeepValues: true}, packets)
	if n := revealed(t, packets, written); n != len(secret) {
		t.Errorf("%d bytes are seen of a value that is kept", n)
	}
}
