package view

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ricochet/decode/resp"
)

// collector is a resp.Visitor that collects each reply.
type collector struct {
	reply Reply
	keep  int
	each  func(r *Reply, complete bool)
}

func (c *collector) Begin(resp.Kind) int {
	c.reply.Reset()
	return c.keep
}
func (c *collector) Token(t *resp.Token) { c.reply.Add(t) }
func (c *collector) End(complete bool)   { c.each(&c.reply, complete) }

// collect parses one reply.
func collect(tb testing.TB, wire string) *Reply {
	tb.Helper()
	c := &collector{keep: MaxWhole, each: func(*Reply, bool) {}}
	var p resp.Parser
	p.Init(resp.Server)
	if err := p.Feed([]byte(wire), c); err != nil || !p.Idle() {
		tb.Fatalf("parse %q: %v", wire, err)
	}
	return &c.reply
}

// bulks writes an array of bulk strings.
func bulks(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

// show writes the fields of a struct that are not zero.
func show(x any) string {
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
	return strings.Join(parts, " ")
}

func showAll(nodes []Node) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteString(show(n) + "\n")
	}
	return b.String()
}

// ask reads a reply as the answer to a command line.
func ask(command string, r *Reply) []Node {
	words := strings.Fields(command)
	var args [][]byte
	for _, w := range words[1:] {
		args = append(args, []byte(w))
	}
	return Ask(strings.ToUpper(words[0]), args).Read(r, args)
}

func TestRepliesOverABound(t *testing.T) {
	many := func(n int, each string) string {
		return fmt.Sprintf("*%d\r\n", n) + strings.Repeat(each, n)
	}
	replica := "*3\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n$1\r\n0\r\n"
	line := "slave0:ip=10.0.0.2,port=6379,state=online,offset=5,lag=1,type=replica\r\n"
	for _, c := range []struct {
		name, command, wire string
		want                int // nodes
		short               bool
	}{
		{"as many replicas as are kept", "ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n" + many(MaxNodes, replica), MaxNodes + 1, false},
		{"one more", "ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n" + many(MaxNodes+1, replica), MaxNodes + 1, true},
		{"more elements than are kept", "ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n" + many(MaxElements, replica), MaxNodes + 1, true},
		{"a long text", "INFO", bulk("# Replication\r\nrole:master\r\n" + strings.Repeat(line, 900)), 901, false},
		{"a text too long", "INFO", bulk("# Replication\r\nrole:master\r\n" + strings.Repeat(line, 1000)), 1 + (MaxWhole-28)/len(line), true},
		{"a host too long", "ROLE", "*5\r\n$5\r\nslave\r\n" + bulk(strings.Repeat("h", MaxText+1)) + ":6379\r\n$9\r\nconnected\r\n:5\r\n", 1, false},
		{"more shards than there are elements", "CLUSTER SLOTS", many(MaxElements, "*3\r\n:1\r\n:2\r\n"+bulks("h", "1")), 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := collect(t, c.wire)
			if n := len(ask(c.command, r)); n != c.want || r.Short() != c.short {
				t.Errorf("%d nodes, short %v; want %d, %v", n, r.Short(), c.want, c.short)
			}
			if limit := 2 * (MaxElements*elementSize + MaxBytes); r.Size() > limit {
				t.Errorf("it takes %d bytes, want at most %d", r.Size(), limit)
			}
		})
	}
}

func TestElementSize(t *testing.T) {
	if n := reflect.TypeFor[element]().Size(); n != elementSize {
		t.Errorf("an element takes %d bytes, want %d", n, elementSize)
	}
}

// TestRepliesThatAreCut has bytes missing in the midst of a text.
func TestRepliesThatAreCut(t *testing.T) {
	const info = "# Server\r\nvalkey_version:8.0.1\r\n\r\n# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"
	wire := bulk(info)
	from := strings.Index(wire, "10.0.0.1")
	for _, c := range []struct {
		name string
		at   int
		want string
	}{
		{"inside a value", from + 3, "source:info self role:replica software:valkey version:8.0.1\n"},
		{"at the end of a line", from + len("10.0.0.1\r\n"), "source:info self role:replica primaryhost:10.0.0.1 software:valkey version:8.0.1\n"},
		{"before anything is said", 20, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &collector{keep: MaxWhole, each: func(r *Reply, complete bool) {
				if got := showAll(ask("INFO", r)); got != c.want || !complete || !r.Short() {
					t.Errorf("got %q, complete %v, short %v; want %q", got, complete, r.Short(), c.want)
				}
			}}
			var p resp.Parser
			p.Init(resp.Server)
			if err := p.Feed([]byte(wire[:c.at]), v); err != nil {
				t.Fatal(err)
			}
			p.Gap(4, v)
			if err := p.Feed([]byte(wire[c.at+4:]), v); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAttributesBelongToNoReply(t *testing.T) {
	r := collect(t, "|1\r\n+ttl\r\n*2\r\n:1\r\n:2\r\n*3\r\n$6\r\nmaster\r\n|1\r\n+a\r\n+b\r\n:7\r\n*0\r\n")
	if got, want := showAll(ask("ROLE", r)), "source:role self role:primary offset:7\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRepliesThatAreNone(t *testing.T) {
	for _, command := range []string{
		"ROLE", "INFO", "HELLO", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER NODES", "CLUSTER MYID", "SENTINEL MASTERS",
		"SENTINEL MASTER m", "SENTINEL REPLICAS m", "SENTINEL GET-MASTER-ADDR-BY-NAME m", "SENTINEL IS-MASTER-DOWN-BY-ADDR h 1 0 *",
	} {
		for _, wire := range []string{
			"*-1\r\n", "*0\r\n", "_\r\n", "$-1\r\n", "$0\r\n\r\n", "+OK\r\n", ":1\r\n", "%0\r\n", "#t\r\n", "*1\r\n*0\r\n", "*1\r\n:1\r\n",
			"*?\r\n.\r\n", "$?\r\n;3\r\nabc\r\n;0\r\n", "*2\r\n$6\r\nserver\r\n*0\r\n", "=7\r\ntxt:abc\r\n", bulks("a", "b", "c"),
		} {
			if nodes := ask(command, collect(t, wire)); len(nodes) != 0 {
				t.Errorf("%s answered %q is %s", command, wire, showAll(nodes))
			}
		}
	}
}

func TestAReplyIsReusedWithoutAllocations(t *testing.T) {
	r := &Reply{}
	host := []byte("127.0.0.1")
	fill := func() {
		r.Reset()
		r.Add(&resp.Token{Kind: resp.Array, N: 2})
		r.Add(&resp.Token{Kind: resp.Bulk, Depth: 1, N: int64(len(host)), Head: host})
		r.Add(&resp.Token{Kind: resp.Integer, Depth: 1, Index: 1, N: 5})
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
