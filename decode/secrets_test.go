package decode_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ricochet/decode"
)

// planted is what no Handler may ever be given.
const planted = "hunter2"

// secretCommands are commands with a credential or a value; %s stands for it.
func secretCommands() []struct {
	name  string
	words []string
} {
	return []struct {
		name  string
		words []string
	}{
		{"AUTH", []string{"AUTH", "%s"}},
		{"AUTH with a user", []string{"AUTH", "alice", "%s"}},
		{"AUTH with a word too many", []string{"AUTH", "alice", "%s", "%s"}},
		{"HELLO AUTH", []string{"HELLO", "3", "AUTH", "alice", "%s"}},
		{"HELLO AUTH in small letters", []string{"hello", "3", "auth", "alice", "%s", "setname", "x"}},
		{"HELLO AUTH without a version", []string{"HELLO", "AUTH", "alice", "%s"}},
		{"HELLO with a name AUTH", []string{"HELLO", "3", "SETNAME", "AUTH", "AUTH", "alice", "%s"}},
		{"HELLO AUTH twice", []string{"HELLO", "3", "AUTH", "alice", "%s", "AUTH", "alice", "%s"}},
		{"HELLO AUTH behind many words", append(append([]string{"HELLO", "3"}, strings.Fields(strings.Repeat("SETNAME x ", 9))...), "AUTH", "alice", "%s")},
		{"CONFIG SET requirepass", []string{"CONFIG", "SET", "requirepass", "%s"}},
		{"CONFIG SET masterauth", []string{"CONFIG", "SET", "maxmemory", "0", "masterauth", "%s"}},
		{"ACL SETUSER", []string{"ACL", "SETUSER", "alice", "on", ">%s", "~*"}},
		{"MIGRATE AUTH", []string{"MIGRATE", "h", "6379", "k", "0", "1000", "AUTH", "%s"}},
		{"MIGRATE AUTH2", []string{"MIGRATE", "h", "6379", "", "0", "1000", "REPLACE", "AUTH2", "alice", "%s", "KEYS", "k"}},
		{"SENTINEL SET auth-pass", []string{"SENTINEL", "SET", "mymaster", "auth-pass", "%s"}},
		{"SENTINEL SET in small letters", []string{"sentinel", "set", "mymaster", "auth-pass", "%s"}},
		{"SENTINEL CONFIG SET", []string{"SENTINEL", "CONFIG", "SET", "sentinel-pass", "%s"}},
		{"SENTINEL with an unknown word", []string{"SENTINEL", "%s", "%s"}},
		{"MODULE LOADEX", []string{"MODULE", "LOADEX", "m.so", "CONFIG", "password", "%s"}},
	}
}

func TestSecretsAreNotHandedOut(t *testing.T) {
	commands := secretCommands()
	for _, words := range [][]string{
		{"SET", "k", "%s"}, {"MSET", "k", "%s", "l", "%s"}, {"HSET", "k", "field", "%s"}, {"EVAL", "return '%s'", "0", "%s"},
		{"PUBLISH", "ch", "%s"}, {"PUBLISH", "__sentinel__:hello", "%s"}, {"PUBLISH", "+sdown", "master %s 10.0.0.1 6379"}, {"LPUSH", "k", "%s"}, {"XADD", "k", "*", "f", "%s"}, {"FROB", "%s"}, {"ECHO", "%s"},
	} {
		commands = append(commands, struct {
			name  string
			words []string
		}{"a value of " + words[0], words})
	}
	for _, c := range commands {
		for _, reply := range []string{"+OK\r\n", "-ERR no\r\n", "-REDIRECT 10.0.0.2:6379\r\n", "-" + planted + "\r\n"} {
			t.Run(c.name+" answered "+strings.Fields(reply)[0], func(t *testing.T) {
				h := &searcher{t: t}
				w := newWire(decode.NewTable(decode.Options{}, h), 1).open()
				w.say(client, plant(c.words, planted))
				w.say(server, reply)
				w.say(client, array("MULTI")+plant(c.words, planted)+array("EXEC")+array("PING"))
				w.say(server, "+OK\r\n+QUEUED\r\n*1\r\n-MOVED 5 10.0.0.2:6379\r\n+PONG\r\n")
				w.table.Flush()
				if h.calls < 8 {
					t.Errorf("%d calls of the Handler, want at least 8", h.calls)
				}
				h.search(reflect.ValueOf(w.table.Stats()), "Stats")
			})
		}
	}
}

func TestFingerprintsDoNotDependOnPasswords(t *testing.T) {
	for _, c := range secretCommands() {
		t.Run(c.name, func(t *testing.T) {
			for _, cut := range []int{0, 5, 9} { // captured in one piece, or with bytes missing inside the name
				a, b := cutFingerprint(c.words, "hunter2", cut), cutFingerprint(c.words, "letmein", cut)
				if a != b {
					t.Errorf("cut %d: the fingerprints %x and %x tell two passwords apart", cut, a, b)
				}
			}
		})
	}
}

// cutFingerprint returns the fingerprint of a command of which one byte behind
// its first cut bytes is missing, or none if cut is 0.
func cutFingerprint(words []string, secret string, cut int) uint64 {
	var h last
	w := newWire(decode.NewTable(decode.Options{}, &h), 1).open()
	text := plant(words, secret)
	if cut == 0 {
		w.say(client, text)
		return h.command.Fingerprint
	}
	w.say(client, text[:cut])
	w.next[client]++
	w.say(client, text[cut+1:])
	w.table.Flush()
	return h.command.Fingerprint
}

func plant(words []string, secret string) string {
	filled := make([]string, len(words))
	for i, w := range words {
		filled[i] = strings.ReplaceAll(w, "%s", secret)
	}
	return array(filled...)
}

// searcher is a Handler that looks for the planted secret in all it is given.
type searcher struct {
	t     *testing.T
	calls int
}

func (h *searcher) Command(x *decode.Exchange) { h.calls++; h.search(reflect.ValueOf(x), "Command") }
func (h *searcher) Reply(x *decode.Exchange)   { h.calls++; h.search(reflect.ValueOf(x), "Reply") }
func (h *searcher) Event(c *decode.Conn, e decode.Event, m decode.Mark) {
	h.search(reflect.ValueOf(c), "Event")
}

func (h *searcher) Told(x *decode.Told) { h.search(reflect.ValueOf(x), "Told") }

func (h *searcher) search(v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			h.search(v.Elem(), at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			h.search(v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			h.search(v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			h.search(k, at+" key")
			h.search(v.MapIndex(k), at+" value")
		}
	case reflect.String:
		if strings.Contains(v.String(), planted) {
			h.t.Errorf("%s is %q", at, v.String())
		}
	}
}
