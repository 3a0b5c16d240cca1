package decode_test

import (
	"strings"
	"testing"

	"ricochet/decode"
)

// TestText holds what is shown of a command: its name and its keys.
func TestText(t *testing.T) {
	long := strings.Repeat("k", 65)
	for _, c := range []struct {
		name    string
		command []string
		want    string
	}{
		{"one key", []string{"GET", "a"}, "GET a"},
		{"a name in small letters", []string{"get", "a"}, "GET a"},
		{"a value is not shown", []string{"SET", "a", "secret", "EX", "10"}, "SET a"},
		{"several keys", []string{"DEL", "a", "b", "c"}, "DEL a b c"},
		{"keys and values by turns", []string{"MSET", "a", "1", "b", "2"}, "MSET a b"},
		{"a timeout behind the keys", []string{"BLPOP", "a", "b", "0"}, "BLPOP a b"},
		{"two keys, then words", []string{"LMOVE", "a", "b", "LEFT", "RIGHT"}, "LMOVE a b"},
		{"an operation before the keys", []string{"BITOP", "AND", "dst", "a", "b"}, "BITOP dst a b"},
		{"a subcommand before the key", []string{"OBJECT", "ENCODING", "a"}, "OBJECT a"},
		{"a subcommand without a key", []string{"OBJECT", "HELP"}, "OBJECT"},
		{"a counted script", []string{"EVAL", "return 'secret'", "2", "a", "b", "arg"}, "EVAL a b"},
		{"a script without keys", []string{"EVAL", "return 1", "0", "arg"}, "EVAL"},
		{"a script whose count is no number", []string{"EVAL", "return 1", "x", "a"}, "EVAL"},
		{"a script whose count is negative", []string{"EVAL", "return 1", "-1", "a"}, "EVAL"},
		{"a script whose count is too large", []string{"EVAL", "return 1", "99", "a"}, "EVAL a"},
		{"a function", []string{"FCALL", "f", "1", "a", "arg"}, "FCALL a"},
		{"a destination before counted keys", []string{"ZUNIONSTORE", "dst", "2", "a", "b", "WEIGHTS", "1", "2"}, "ZUNIONSTORE dst a b"},
		{"counted keys", []string{"ZUNION", "2", "a", "b", "WITHSCORES"}, "ZUNION a b"},
		{"counted keys behind a timeout", []string{"BLMPOP", "0", "2", "a", "b", "LEFT"}, "BLMPOP a b"},
		{"streams", []string{"XREAD", "COUNT", "2", "STREAMS", "a", "b", "0-0", "0-1"}, "XREAD a b"},
		{"streams of a group", []string{"XREADGROUP", "GROUP", "g", "c", "streams", "a", ">"}, "XREADGROUP a"},
		{"a group called STREAMS", []string{"XREADGROUP", "GROUP", "STREAMS", "c", "STREAMS", "a", ">"}, "XREADGROUP a"},
		{"a stream called STREAMS", []string{"XREAD", "STREAMS", "STREAMS", "a", "0", "0"}, "XREAD STREAMS a"},
		{"a stream without its ID", []string{"XREAD", "STREAMS", "a", "b", "0"}, "XREAD a"},
		{"a shard channel", []string{"SPUBLISH", "ch", "message"}, "SPUBLISH ch"},
		{"MIGRATE", []string{"MIGRATE", "h", "6379", "a", "0", "1000", "AUTH", "secret"}, "MIGRATE a"},
		{"no argument of a command without keys", []string{"ECHO", "secret"}, "ECHO"},
		{"no argument of a command that is not known", []string{"FROB", "secret"}, "(a command that ricochet does not know)"},
		{"a name that is none", []string{"", "secret"}, "(no name)"},
		{"a name that is too long", []string{strings.Repeat("N", 65), "a"}, "(no name)"},
		{"terminal escapes", []string{"GET", "\x1b[2J\x07\xff\r\n\\"}, `GET \x1b[2J\x07\xff\x0d\x0a\\`},
		{"an empty key", []string{"GET", ""}, "GET"},
		{"a long key", []string{"GET", long}, "GET " + long[:64] + "..."},
		{"a key of just the bound", []string{"GET", long[:64]}, "GET " + long[:64]},
		{"too many keys", []string{"DEL", long, long, long, long, long}, "DEL" + strings.Repeat(" "+long[:64]+"...", 4) + " ..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h last
			w := newWire(decode.NewTable(decode.Options{}, &h), 1).open()
			w.say(client, array(c.command...))
			w.say(server, "-READONLY no\r\n")
			if h.reply.Text != c.want {
				t.Errorf("got  %s\nwant %s", h.reply.Text, c.want)
			}
		})
	}
}

// TestFingerprint holds which commands are the same.
func TestFingerprint(t *testing.T) {
	key := strings.Repeat("k", 64)
	for _, c := range []struct {
		name string
		a, b []string
		same bool
	}{
		{"the same bytes", []string{"SET", "a", "1"}, []string{"SET", "a", "1"}, true},
		{"another case of the name", []string{"SET", "a", "1"}, []string{"set", "a", "1"}, true},
		{"another name", []string{"GET", "a"}, []string{"TTL", "a"}, false},
		{"another key", []string{"GET", "a"}, []string{"GET", "b"}, false},
		{"another value", []string{"SET", "a", "1"}, []string{"SET", "a", "2"}, false},
		{"another length of a long value", []string{"SET", "a", key + "x"}, []string{"SET", "a", key + "xy"}, false},
		{"another end of a long value", []string{"SET", "a", key + "x"}, []string{"SET", "a", key + "y"}, true},
		{"one argument more", []string{"DEL", "a"}, []string{"DEL", "a", ""}, false},
		{"another cut between arguments", []string{"DEL", "ab", "c"}, []string{"DEL", "a", "bc"}, false},
		{"zeros at the end", []string{"GET", "a"}, []string{"GET", "a\x00"}, false},
		{"unknown commands of other names", []string{"FROB", "a"}, []string{"FRAB", "a"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a, b := fingerprint(c.a), fingerprint(c.b); (a == b) != c.same {
				t.Errorf("got %x and %x, want the same: %v", a, b, c.same)
			}
		})
	}
}

func fingerprint(command []string) uint64 {
	var h last
	w := newWire(decode.NewTable(decode.Options{}, &h), 1).open()
	w.say(client, array(command...))
	return h.command.Fingerprint
}
