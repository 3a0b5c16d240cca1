package view

import (
	"strings"
	"testing"
)

func TestReadOrder(t *testing.T) {
	const node = "c59b073c088c03e1fece832e0443fa920e70e4dc"
	for _, c := range []struct{ command, want string }{
		{"FAILOVER", "verb:FAILOVER slot:-1"},
		{"FAILOVER TO 10.0.0.2 6380", "verb:FAILOVER host:10.0.0.2 port:6380 slot:-1"},
		{"failover to 10.0.0.2 6380 force timeout 500", "verb:FAILOVER host:10.0.0.2 port:6380 slot:-1 timeout:500 force"},
		{"FAILOVER TIMEOUT 500 TO h 1", "verb:FAILOVER host:h port:1 slot:-1 timeout:500"},
		{"FAILOVER ABORT", "verb:FAILOVER slot:-1 abort"},
		{"FAILOVER TO h", ""},
		{"FAILOVER TO h 0", ""},
		{"FAILOVER NOW", ""},
		{"FAILOVER TIMEOUT x", ""},
		{"REPLICAOF 10.0.0.1 6379", "verb:REPLICAOF host:10.0.0.1 port:6379 slot:-1"},
		{"SLAVEOF fd00::1 6379", "verb:REPLICAOF host:fd00::1 port:6379 slot:-1"},
		{"REPLICAOF no one", "verb:REPLICAOF slot:-1 noone"},
		{"REPLICAOF 10.0.0.1", ""},
		{"REPLICAOF 10.0.0.1 port", ""},
		{"CLUSTER FAILOVER", "verb:CLUSTER FAILOVER slot:-1"},
		{"CLUSTER FAILOVER FORCE", "verb:CLUSTER FAILOVER slot:-1 force"},
		{"CLUSTER FAILOVER takeover", "verb:CLUSTER FAILOVER slot:-1 take"},
		{"CLUSTER FAILOVER now", ""},
		{"CLUSTER REPLICATE " + node, "verb:CLUSTER REPLICATE id:" + node + " slot:-1"},
		{"CLUSTER REPLICATE NO ONE", "verb:CLUSTER REPLICATE slot:-1 noone"},
		{"CLUSTER REPLICATE", ""},
		{"CLUSTER SETSLOT 100 NODE " + node, "verb:CLUSTER SETSLOT id:" + node + " slot:100 state:NODE"},
		{"CLUSTER SETSLOT 16383 migrating " + node + " TIMEOUT 10", "verb:CLUSTER SETSLOT id:" + node + " slot:16383 state:MIGRATING"},
		{"CLUSTER SETSLOT 0 IMPORTING " + node, "verb:CLUSTER SETSLOT id:" + node + " state:IMPORTING"},
		{"CLUSTER SETSLOT 100 STABLE", "verb:CLUSTER SETSLOT slot:100 state:STABLE"},
		{"CLUSTER SETSLOT 16384 STABLE", ""},
		{"CLUSTER SETSLOT 100 NODE", ""},
		{"CLUSTER SETSLOT 100", ""},
		{"CLIENT PAUSE 1000", "verb:CLIENT PAUSE slot:-1 state:ALL timeout:1000"},
		{"CLIENT PAUSE 1000 write", "verb:CLIENT PAUSE slot:-1 state:WRITE timeout:1000"},
		{"CLIENT PAUSE", ""},
		{"CLIENT PAUSE soon", ""},
		{"CLIENT UNPAUSE", "verb:CLIENT UNPAUSE slot:-1"},
		{"SENTINEL FAILOVER mymaster", "verb:SENTINEL FAILOVER slot:-1"},
		{"SENTINEL FAILOVER mymaster COORDINATED", "verb:SENTINEL FAILOVER slot:-1"},
		{"SENTINEL FAILOVER", ""},
	} {
		t.Run(c.command, func(t *testing.T) {
			name, args := words(c.command)
			q := Ask(name, args)
			if !q.IsOrder() {
				t.Fatalf("question %d is no order", q)
			}
			o := q.ReadOrder(name, args)
			if o == nil {
				if c.want != "" {
					t.Errorf("it is none, want %s", c.want)
				}
				return
			}
			text := o.Text
			o.Text = ""
			if got := show(*o); got != c.want || !strings.EqualFold(text, c.command) {
				t.Errorf("got %s, %q; want %s", got, text, c.want)
			}
		})
	}
}

func words(command string) (name string, args [][]byte) {
	f := strings.Fields(command)
	for _, w := range f[1:] {
		args = append(args, []byte(w))
	}
	return strings.ToUpper(f[0]), args
}

func TestCommandsThatAreAboutNothingHere(t *testing.T) {
	for _, command := range []string{
		"GET k", "CLUSTER", "CLUSTER INFO", "CLUSTER ADDSLOTS 1", "CLIENT SETNAME x", "CLIENT LIST", "CLIENT", "SENTINEL",
		"SENTINEL SET m auth-pass x", "SENTINEL CONFIG GET *", "CONFIG SET replicaof x", "PUBLISH __sentinel__:hello x", "ECHO x",
	} {
		if q := Ask(words(command)); q != None {
			t.Errorf("%s is question %d", command, q)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct{ line, word, all string }{
		{"OK", "OK", "OK"},
		{"QUEUED", "QUEUED", "QUEUED"},
		{"OK Already connected to specified master", "OK", "OK Already connected to specified master"},
		{"ERR FAILOVER already in progress.", "ERR", "ERR FAILOVER already in progress."},
		{"a\x00b c\\", `a\x00b`, `a\x00b c\\`},
		{strings.Repeat("x", 400), "", strings.Repeat("x", maxLine) + "..."},
	} {
		var o Order
		if o.ReadAnswer([]byte(c.line)); o.Answer != c.word || o.Line != c.all {
			t.Errorf("%q is read as %q, %q", c.line, o.Answer, o.Line)
		}
	}
}
