package conform

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// minCommands is how many commands the scripts have at least.
const minCommands = 1000

// named lists the commands that the lab is there for, and which therefore have to be
// in the scripts.
const named = `BLPOP, BRPOP, LPUSH, RPUSH, LPOP, RPOP, LLEN, LRANGE,
GET, SET, DEL, INCR, MGET, SCAN, MULTI, EXEC, DISCARD, WATCH, UNWATCH,
HELLO 2, HELLO 3, CLIENT CAPA, CLIENT SETNAME, CLIENT SETINFO, CLIENT LIST, CLIENT INFO,
CLIENT PAUSE, CLIENT UNPAUSE, CLIENT REPLY, CLIENT ID, READONLY, READWRITE,
ROLE, INFO server, INFO replication, INFO errorstats, REPLICAOF, SLAVEOF,
FAILOVER, FAILOVER TO, FAILOVER TIMEOUT, FAILOVER ABORT, WAIT, PING, RESET,
CONFIG GET, CONFIG SET, SUBSCRIBE, UNSUBSCRIBE, PUBLISH`

func TestScriptsHaveEveryCommand(t *testing.T) {
	var commands []string
	for _, path := range scripts(t) {
		for _, s := range readScript(t, path) {
			if verb, command, ok := strings.Cut(s.text, " "); ok && strings.ContainsAny(verb, ":>") {
				commands = append(commands, command+" ")
			}
		}
	}
	if len(commands) < minCommands {
		t.Errorf("the scripts have %d commands, fewer than %d", len(commands), minCommands)
	}
	for name := range strings.SplitSeq(strings.ReplaceAll(named, "\n", " "), ", ") {
		if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, name+" ") }) {
			t.Errorf("no script has %s", name)
		}
	}
}

// A file that -update would write otherwise shows differences that nobody made.
func TestScriptsAreWrittenAsUpdateWritesThem(t *testing.T) {
	for _, path := range scripts(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatScript(readScript(t, path)); got != string(text) {
			t.Errorf("%s is written otherwise", path)
		}
	}
}

func TestParseScriptRefusesRepliesToNothing(t *testing.T) {
	for _, text := range []string{"\t+OK\n", "# comment\n\t+OK\n", "\n\t+OK\n"} {
		if _, err := parseScript(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestWantedAtTheLab(t *testing.T) {
	steps, err := parseScript("a1: PING\n\t+PONG\n\tlab -ERR no\na1: GET k\n\t\"v\"\n")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"-ERR no", `"v"`} {
		if got := steps[i].wanted(true); !slices.Equal(got, []string{want}) {
			t.Errorf("line %d at the lab: got %q, want %q", steps[i].line, got, want)
		}
	}
	if got := steps[0].wanted(false); !slices.Equal(got, []string{"+PONG"}) {
		t.Errorf("at the server: got %q", got)
	}
}

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"words and blanks", " SET  k v ", []string{"SET", "k", "v"}},
		{"quotes", `SET "a b" "" "\r\n\x00"`, []string{"SET", "a b", "", "\r\n\x00"}},
		{"quotes within a word", `SET a"b`, []string{"SET", `a"b`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := splitWords(c.text); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, error %v", got, err)
			}
		})
	}
	if got, err := splitWords(`SET "a`); err == nil {
		t.Errorf("an open quote: %q, no error", got)
	}
}
