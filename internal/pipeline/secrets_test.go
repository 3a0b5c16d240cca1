package pipeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// secret is planted wherever a password or a value can be. It is as long as a
// real one, and one word, so that it is found whatever is cut around it.
const secret = "hunter2-S3CRET"

// TestSecretsStay plants passwords and values in commands that are redirected,
// that fail and that are served, and looks for them in all that is written.
func TestSecretsStay(t *testing.T) {
	for _, c := range []struct{ name, command string }{
		{"AUTH", "*AUTH " + secret},
		{"AUTH with user", "*AUTH default " + secret},
		{"auth in lower case", "*auth " + secret},
		{"HELLO AUTH", "*HELLO 3 AUTH default " + secret},
		{"HELLO AUTH SETNAME", "*HELLO 3 AUTH default " + secret + " SETNAME app"},
		{"HELLO SETNAME AUTH", "*HELLO 3 SETNAME app AUTH default " + secret},
		{"CONFIG SET requirepass", "*CONFIG SET requirepass " + secret},
		{"CONFIG SET masterauth among others", "*CONFIG SET maxmemory 1 masterauth " + secret},
		{"ACL SETUSER", "*ACL SETUSER alice on >" + secret + " ~* +@all"},
		{"ACL SETUSER hash", "*ACL SETUSER alice on #" + secret},
		{"ACL LOG", "*ACL DRYRUN alice GET " + secret},
		{"MIGRATE", "*MIGRATE 10.0.0.9 6379 key 0 5000 AUTH " + secret},
		{"MIGRATE AUTH2", "*MIGRATE 10.0.0.9 6379 \"\" 0 5000 AUTH2 user " + secret + " KEYS k1 k2"},
		{"MIGRATE COPY REPLACE AUTH", "*MIGRATE 10.0.0.9 6379 \"\" 0 5000 COPY REPLACE AUTH " + secret + " KEYS k1"},
		{"SENTINEL SET", "*SENTINEL SET mymaster auth-pass " + secret},
		{"SENTINEL CONFIG SET", "*SENTINEL CONFIG SET sentinel-pass " + secret},
		{"SET", "*SET key " + secret},
		{"SET with options", "*SET key " + secret + " EX 10"},
		{"SETEX", "*SETEX key 10 " + secret},
		{"PSETEX", "*PSETEX key 10 " + secret},
		{"SETNX", "*SETNX key " + secret},
		{"GETSET", "*GETSET key " + secret},
		{"MSET", "*MSET k1 " + secret + " k2 " + secret},
		{"MSETNX", "*MSETNX k1 " + secret},
		{"APPEND", "*APPEND key " + secret},
		{"SETRANGE", "*SETRANGE key 0 " + secret},
		{"HSET", "*HSET key field " + secret},
		{"HMSET", "*HMSET key f1 " + secret + " f2 " + secret},
		{"LPUSH", "*LPUSH key " + secret},
		{"LINSERT", "*LINSERT key BEFORE x " + secret},
		{"LREM", "*LREM key 0 " + secret},
		{"LSET", "*LSET key 0 " + secret},
		{"SADD", "*SADD key " + secret},
		{"SMOVE", "*SMOVE a b " + secret},
		{"ZADD", "*ZADD key 1 " + secret},
		{"XADD", "*XADD key * field " + secret},
		{"PUBLISH", "*PUBLISH channel " + secret},
		{"SPUBLISH", "*SPUBLISH channel " + secret},
		{"EVAL body", "*EVAL \"return '" + secret + "'\" 1 key"},
		{"EVAL argument", "*EVAL \"return 1\" 1 key " + secret},
		{"EVALSHA argument", "*EVALSHA 0123456789 1 key " + secret},
		{"FCALL argument", "*FCALL f 1 key " + secret},
		{"SCRIPT LOAD", "*SCRIPT LOAD \"return '" + secret + "'\""},
		{"FUNCTION LOAD", "*FUNCTION LOAD \"#!lua name=" + secret + "\""},
		{"RESTORE", "*RESTORE key 0 " + secret},
		{"PFADD", "*PFADD key " + secret},
		{"BITFIELD", "*BITFIELD key SET u8 0 " + secret},
		{"GEOADD", "*GEOADD key 1 2 " + secret},
		{"ECHO", "*ECHO " + secret},
		{"PING", "*PING " + secret},
		{"a command nobody knows", "*FROB key " + secret},
		{"a secret for a command", "*" + secret},
		{"a secret in inline form", "\"" + secret + "\\r\\n\""},
		{"inline AUTH", "\"AUTH " + secret + "\\r\\n\""},
		{"inline SET", "\"SET key " + secret + "\\r\\n\""},
		{"CLIENT KILL USER", "*CLIENT KILL USER " + secret},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, reply := range []string{
				"+OK", "$" + secret, "*[$a $" + secret + "]",
				"-REDIRECT {B}", "-MOVED 7 {B}",
				"-ERR unknown command 'x', with args beginning with: '" + secret + "' ",
				"-" + secret, "-" + secret + " is wrong", "-WRONGTYPE " + secret, "!SYNTAX " + secret,
				"-NOPERM User " + secret + " has no permissions", "-READONLY " + secret,
			} {
				checkSecret(t, c.command, reply)
			}
		})
	}
}

// TestSecretsAreMissedOnly holds that the test above does not pass for want of
// output: the name and the keys of the same commands are shown.
func TestSecretsAreMissedOnly(t *testing.T) {
	for command, shown := range map[string]string{
		"*AUTH " + secret:                        "AUTH from",
		"*SET key:1 " + secret:                   "SET key:1 from",
		"*MSET k1 " + secret + " k2 " + secret:   "MSET k1 k2 from",
		"*EVAL \"" + secret + "\" 1 key:1 value": "EVAL key:1 from",
	} {
		text := strings.ReplaceAll(bouncing, "*GET key:1", command)
		if _, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", script(t, text))); !strings.Contains(out.text, shown) {
			t.Errorf("the text lacks %q:\n%s", shown, out.text)
		}
	}
}

// checkSecret has a command answered in the same way by two nodes in turn, alone
// and in a transaction.
func checkSecret(t *testing.T, command, reply string) {
	t.Helper()
	text := "open c1.a>A\nopen c1.b>B\n1ms c1.a>A *CLIENT SETNAME app\n1ms A>c1.a +OK\n"
	for i := range 3 {
		text += fmt.Sprintf("%dms c1.a>A %s\n%dms A>c1.a %s\n", 10*i+2, command, 10*i+3, reply)
		text += fmt.Sprintf("%dms c1.b>B %s\n%dms B>c1.b %s\n", 10*i+4, command, 10*i+5, strings.ReplaceAll(reply, "{B}", "{A}"))
	}
	text += "100ms c1.a>A *MULTI\n100ms A>c1.a +OK\n101ms c1.a>A " + command + "\n101ms A>c1.a +QUEUED\n" +
		"102ms c1.a>A *EXEC\n103ms A>c1.a " + reply + "\n"
	_, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", script(t, text)))
	// Even a part of a secret is too much.
	for _, part := range []string{secret, secret[:8], secret[8:]} {
		for _, form := range []string{out.text, out.json, out.ndjson} {
			if i := strings.Index(strings.ToLower(form), strings.ToLower(part)); i >= 0 {
				t.Errorf("%s answered by %s shows ...%.120q", command, reply, form[max(0, i-60):])
				return
			}
		}
	}
}

// TestHostileNames has keys and names that try to be more than text: they come
// out escaped, in every form.
func TestHostileNames(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"terminal escape", "\x1b[2J\x1b]0;owned\x07"},
		{"C1 control", "\u009b31m"},
		{"newline", "a\nF9 critical bounce: forged"},
		{"carriage return", "a\rforged"},
		{"NUL", "a\x00b"},
		{"not UTF-8", "\xff\xfe\x80"},
		{"right to left", "a\u202egnp.exe"},
		{"quote and brace", `"},{"verdict":"clean`},
		{"backslash", `a\nb\`},
		{"HTML", "<script>alert(1)</script>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(bouncing, "*GET key:1", fmt.Sprintf("*GET %q", c.text))
			text = fmt.Sprintf("open c1.a>A\nc1.a>A *CLIENT SETNAME %[1]q\nA>c1.a +OK\nc1.a>A *CLIENT SETINFO LIB-NAME %[1]q\nA>c1.a +OK\n", c.text) +
				strings.Replace(text, "0ms open c1.a>A\n", "", 1) +
				fmt.Sprintf("20ms c1.a>A *GET x\n20ms A>c1.a %q\n", "-"+c.text+" wrong\r\n")
			r, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", script(t, text)))
			if r.Totals.BouncedCommands != 1 {
				t.Fatalf("%d commands bounced", r.Totals.BouncedCommands)
			}
			for form, s := range map[string]string{"text": out.text, "JSON": out.json, "NDJSON": out.ndjson} {
				for i, b := range []byte(s) {
					if b != '\n' && (b < 0x20 || b > 0x7e) {
						t.Errorf("%s has byte %#x after %q", form, b, s[max(0, i-30):i])
						break
					}
				}
				if !utf8.ValidString(s) {
					t.Errorf("%s is not UTF-8", form)
				}
			}
			if !json.Valid([]byte(out.json)) {
				t.Errorf("invalid JSON: %s", out.json)
			}
			for line := range strings.Lines(out.ndjson) {
				if !json.Valid([]byte(line)) {
					t.Errorf("invalid line: %s", line)
				}
			}
			if strings.Contains(out.text, "\nF9 ") {
				t.Error("a line is forged")
			}
		})
	}
}
