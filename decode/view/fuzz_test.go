package view

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"ricochet/decode/resp"
)

// bounded fails if a text is not printable ASCII, or too long for what it is.
func bounded(t *testing.T, x any) {
	t.Helper()
	v := reflect.ValueOf(x)
	for i := range v.NumField() {
		texts, name := []string{}, v.Type().Field(i).Name
		switch f := v.Field(i).Interface().(type) {
		case string:
			texts = append(texts, f)
		case []string:
			texts = f
			if len(f) > 16 {
				t.Errorf("%d words in %s", len(f), name)
			}
		}
		limit := 4 * MaxText
		switch name {
		case "Line":
			limit = 4*maxLine + len("...")
		case "Text":
			limit = 4 * MaxPayload
		}
		for _, s := range texts {
			if len(s) > limit {
				t.Errorf("%s has %d bytes", name, len(s))
			}
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%s is %q, which is not escaped", name, s)
			}
		}
	}
}

func audit(t *testing.T, nodes []Node) {
	t.Helper()
	if len(nodes) > MaxNodes+1 {
		t.Errorf("%d nodes", len(nodes))
	}
	for _, n := range nodes {
		bounded(t, n)
		if n.Source == "" {
			t.Errorf("a node of no source: %+v", n)
		}
		if n.Role != "" && n.Role != Primary && n.Role != Replica && n.Role != Sentinel {
			t.Errorf("the role %q", n.Role)
		}
		if n.Mode != "" && mode([]byte(n.Mode)) == "" {
			t.Errorf("the mode %q", n.Mode)
		}
		for _, s := range n.Slots {
			if s[0] > s[1] || s[1] >= 16384 {
				t.Errorf("the slots %v", s)
			}
		}
		for _, s := range append(n.Migrating, n.Importing...) {
			if s >= 16384 {
				t.Errorf("the slot %d", s)
			}
		}
	}
}

// questions are what the replies of FuzzReplies answer.
func questions() []string {
	return []string{
		"ROLE", "INFO", "HELLO", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER NODES", "CLUSTER MYID", "SENTINEL MASTERS",
		"SENTINEL MASTER m", "SENTINEL REPLICAS m", "SENTINEL GET-MASTER-ADDR-BY-NAME m", "SENTINEL IS-MASTER-DOWN-BY-ADDR h 1 0 *",
	}
}

// FuzzReplies reads arbitrary replies. The same bytes cut in two must say the
// same, and so must the same reply read twice; all texts are escaped and within
// their bounds, all slots there are.
func FuzzReplies(f *testing.F) {
	seeds, err := os.ReadFile("testdata/replies.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(seeds), "\n== ")[1:] {
		lines := strings.Split(c, "\n")
		var wire strings.Builder
		for _, l := range lines[2:] {
			if s, err := strconv.Unquote(l); err == nil {
				wire.WriteString(s)
			}
		}
		for i, command := range questions() {
			if strings.HasPrefix(strings.ToUpper(lines[1]), strings.TrimSuffix(command, " m")) {
				f.Add(byte(i), wire.String(), uint16(wire.Len()/2))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, wire string, cut uint16) {
		command := questions()[int(which)%len(questions())]
		read := func(parts ...string) []string {
			var all []string
			c := &collector{keep: MaxWhole}
			c.each = func(r *Reply, complete bool) {
				if !complete {
					return
				}
				nodes := ask(command, r)
				audit(t, nodes)
				if again := ask(command, r); !reflect.DeepEqual(nodes, again) {
					t.Errorf("%s, then %s", showAll(nodes), showAll(again))
				}
				all = append(all, showAll(nodes))
				if r.Size() > 2*(MaxElements*elementSize+MaxBytes) {
					t.Errorf("%d bytes", r.Size())
				}
			}
			var p resp.Parser
			p.Init(resp.Server)
			for _, part := range parts {
				if p.Feed([]byte(part), c) != nil {
					break
				}
			}
			return all
		}
		n := min(int(cut), len(wire))
		whole, split := read(wire), read(wire[:n], wire[n:])
		if !reflect.DeepEqual(whole, split) {
			t.Errorf("whole %q, cut at %d %q", whole, n, split)
		}
	})
}

// FuzzMessages reads arbitrary messages of channels. What is read names a group
// and valid ports, and was said on a channel of Sentinels.
func FuzzMessages(f *testing.F) {
	f.Add(Greeting, "127.0.0.1,26379,e68db3f9206c09717dcd5d64249e9107e2b0183d,3,mymaster,10.0.0.1,6379,2")
	f.Add("+switch-master", "mymaster 10.0.0.1 6379 10.0.0.2 6380")
	f.Add("-role-change", "slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379 new reported role is master")
	f.Add("+sdown", "master m h 1")
	f.Fuzz(func(t *testing.T, channel, payload string) {
		nodes := ReadMessage([]byte(channel), []byte(payload))
		audit(t, nodes)
		for _, n := range nodes {
			if !Listens([]byte(channel)) || n.Group == "" && n.Host == "" || n.Port == 0 || n.Self {
				t.Errorf("%q on %q says %s", payload, channel, show(n))
			}
		}
	})
}

// FuzzCommands reads arbitrary commands, a word a line. An order is about one
// thing, with a valid slot.
func FuzzCommands(f *testing.F) {
	for _, s := range []string{
		"FAILOVER\nTO\nh\n1\nFORCE\nTIMEOUT\n5", "REPLICAOF\nh\n1", "CLUSTER\nSETSLOT\n5\nNODE\nabc", "CLIENT\nPAUSE\n5\nWRITE",
		"SENTINEL\nFAILOVER\nm", "CLUSTER\nREPLICATE\nabc", "CLUSTER\nFAILOVER\nTAKEOVER", "PSYNC\nabc\n5\nFAILOVER\n+CONTINUE x",
		"REPLCONF\nlistening-port\n5\nip-address\nh\nversion\n1", "SYNC\n$5", "PSYNC\n?\n-1\n-ERR x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > MaxPayload/2 {
			return
		}
		var args [][]byte
		for _, w := range strings.Split(line, "\n")[1:] {
			args = append(args, []byte(w))
		}
		name, _, _ := strings.Cut(line, "\n")
		if q := Ask(name, args); q.IsOrder() {
			if o := q.ReadOrder(name, args); o != nil {
				o.ReadAnswer([]byte(line))
				bounded(t, *o)
				if o.Slot < -1 || o.Slot >= 16384 || o.Verb == "" || (o.Host == "") != (o.Port == 0) {
					t.Errorf("%q is %s", line, show(*o))
				}
			}
		}
		var s Sync
		said := s.Announce(args)
		if said != (s.Port != 0 || s.Host != "" || s.Version != "") {
			t.Errorf("said %v: %s", said, show(s))
		}
		s.Ask("PSYNC", args)
		if len(args) > 0 && s.ReadAnswer(args[len(args)-1]) && s.Answer == "" {
			t.Errorf("%q is no answer", args[len(args)-1])
		}
		bounded(t, s)
	})
}
