package decode_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ricochet/decode"
)

// describeTold writes down what was told, one server after the other, without what
// was not said.
func describeTold(x *decode.Told) string {
	var b strings.Builder
	b.WriteString("told")
	if x.FromClient {
		b.WriteString(" by the client")
	}
	if x.Asked.Packet != 0 {
		fmt.Fprintf(&b, " asked in %d", x.Asked.Packet)
	}
	if x.Bus != "" {
		b.WriteString(" bus " + x.Bus)
	}
	switch {
	case x.Order != nil:
		b.WriteString(" order" + fieldsOf(*x.Order))
	case x.Sync != nil:
		b.WriteString(" sync" + fieldsOf(*x.Sync))
	}
	for _, n := range x.Nodes {
		b.WriteString(" node" + fieldsOf(n))
	}
	return b.String()
}

// fieldsOf writes the fields of a struct that are not zero: {name:value ...}.
func fieldsOf(x any) string {
	v := reflect.ValueOf(x)
	var parts []string
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			name := strings.ToLower(v.Type().Field(i).Name)
			if f.Kind() == reflect.Bool {
				parts = append(parts, name)
			} else {
				parts = append(parts, fmt.Sprintf("%s:%v", name, f))
			}
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// listener is a Handler that writes down what it is told, without the packets.
type listener struct {
	discard
	told []string
}

func (l *listener) Told(x *decode.Told) {
	y := *x
	y.Asked = decode.Mark{}
	l.told = append(l.told, describeTold(&y))
}

// talk is what the sides of a connection say in turn.
type talk []struct {
	from int
	text string
}

const (
	oneID   = "c59b073c088c03e1fece832e0443fa920e70e4dc"
	otherID = "7602d80bbd3e467356b8c6c22ebc2ad8abb5a3d5"
	hello   = "10.0.0.3,26379," + oneID + ",3,m,10.0.0.1,6379,2"
)

func bulkOf(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

func talks() map[string]talk {
	role := "*3\r\n$6\r\nmaster\r\n:5\r\n*1\r\n" + array("10.0.0.2", "6379", "5")
	info := "# Server\r\nvalkey_version:8.0.1\r\n# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"
	slots := "*1\r\n*3\r\n:0\r\n:99\r\n*3\r\n$8\r\n10.0.0.1\r\n:6379\r\n" + bulkOf(oneID)
	return map[string]talk{
		"questions": {
			{client, array("ROLE") + array("GET", "k") + array("INFO") + array("CLUSTER", "SLOTS")},
			{server, role + "$1\r\nv\r\n" + bulkOf(info) + slots},
			{client, array("HELLO", "3") + array("CLUSTER", "NODES")},
			{server, "%1\r\n$4\r\nmode\r\n$7\r\ncluster\r\n" + bulkOf(oneID+" :6379@16379 myself,master - 0 0 1 connected 0-99\n")},
		},
		"orders": {
			{client, array("FAILOVER", "TO", "10.0.0.2", "6379") + array("MULTI") + array("SLAVEOF", "NO", "ONE") + array("EXEC")},
			{server, "+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"},
			{client, array("PUBLISH", "__sentinel__:hello", hello) + array("CLIENT", "PAUSE", "5")},
			{server, ":1\r\n-ERR no\r\n"},
		},
		"messages": {
			{client, array("PSUBSCRIBE", "*")},
			{server, "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n" + array("pmessage", "*", "+sdown", "master m 10.0.0.1 6379")},
			{server, array("pmessage", "*", "news", "master m 10.0.0.1 6379") + array("pmessage", "*", "__sentinel__:hello", hello) + array("message", "+switch-master", "m 10.0.0.1 1 10.0.0.2 2")},
		},
		"a link": {
			{client, array("REPLCONF", "listening-port", "6380") + array("REPLCONF", "version", "8.0.1")},
			{server, "+OK\r\n+OK\r\n"},
			{client, array("PSYNC", oneID, "5", "FAILOVER")},
			{server, "-NOMASTERLINK Can't SYNC while failing over\r\n"},
			{client, array("ROLE")},
			{server, role},
			{client, array("PSYNC", "?", "-1")},
			{server, "\n\n+FULLRESYNC " + otherID + " 14\r\n$5\r\nREDIS"},
		},
	}
}

// TestWhatIsToldDoesNotDependOnSegments cuts what is said into segments in every
// place, once and again and again.
func TestWhatIsToldDoesNotDependOnSegments(t *testing.T) {
	for name, talk := range talks() {
		t.Run(name, func(t *testing.T) {
			run := func(size, first int) string {
				l := &listener{}
				w := newWire(decode.NewTable(decode.Options{}, l), 1).open()
				for _, p := range talk {
					rest := p.text
					for n := first; len(rest) > 0; n = size {
						n = min(max(n, 1), len(rest))
						w.say(p.from, rest[:n])
						rest = rest[n:]
					}
				}
				w.table.Flush()
				if s := w.table.Stats(); s.Blind[decode.CauseViews].Count != 0 {
					t.Errorf("%d replies were lost", s.Blind[decode.CauseViews].Count)
				}
				if bytes, slots := w.table.Held(); bytes != 0 || slots != 0 {
					t.Errorf("%d bytes and %d slots are held after Flush", bytes, slots)
				}
				return strings.Join(l.told, "\n")
			}
			want := run(1<<20, 1<<20)
			if strings.Count(want, "told") < 3 {
				t.Fatalf("told only %s", want)
			}
			longest := 0
			for _, p := range talk {
				longest = max(longest, len(p.text))
			}
			for n := 1; n < longest; n++ {
				if got := run(1<<20, n); got != want {
					t.Fatalf("cut at %d:\n%s\nwant\n%s", n, got, want)
				}
			}
			for size := 1; size < 40; size++ {
				if got := run(size, size); got != want {
					t.Fatalf("in segments of %d:\n%s\nwant\n%s", size, got, want)
				}
			}
		})
	}
}

// TestValuesAreNotTold answers everything but questions with what would be told
// if a question were answered with it.
func TestValuesAreNotTold(t *testing.T) {
	replies := []string{
		bulkOf(oneID + " 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-99\n"),
		bulkOf("# Replication\r\nrole:master\r\n"), bulkOf(oneID), array("10.0.0.1", "6379"),
		"*3\r\n$6\r\nmaster\r\n:5\r\n*0\r\n", array("message", "+sdown", "master m 10.0.0.1 6379"), "+OK\r\n",
	}
	for _, words := range [][]string{
		{"GET", "k"}, {"ECHO", "x"}, {"LRANGE", "l", "0", "-1"}, {"CONFIG", "GET", "*"}, {"ACL", "LIST"}, {"CLUSTER", "INFO"},
		{"CLIENT", "LIST"}, {"SENTINEL", "CONFIG", "GET", "*"}, {"SENTINEL", "SET", "m", "auth-pass", "x"}, {"EVAL", "x", "0"},
		{"PUBLISH", "__sentinel__:hello", "x"}, {"PUBLISH", "+switch-master", "m 10.0.0.1 1 10.0.0.2 2"}, {"GET", hello}, {"FROB", "ROLE"},
	} {
		l := &listener{}
		w := newWire(decode.NewTable(decode.Options{}, l), 1).open()
		for _, r := range replies {
			w.say(client, array(words...)+array("PING"))
			w.say(server, r+"+PONG\r\n")
		}
		w.table.Flush()
		if len(l.told) != 0 {
			t.Errorf("%q: told %q", words, l.told)
		}
	}
}
