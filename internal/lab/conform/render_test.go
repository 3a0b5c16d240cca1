package conform

import (
	"bufio"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestLinesOfReplies(t *testing.T) {
	names := newNormaliser()
	names.know("a", netip.MustParseAddrPort("127.0.0.1:12345"))
	id := strings.Repeat("0a", 20)
	for _, c := range []struct {
		name, command, reply string
		want                 []string
	}{
		{"simple string", "PING", "+PONG\r\n", []string{"+PONG"}},
		{"error", "GET", "-ERR no\r\n", []string{"-ERR no"}},
		{"redirect", "GET k", "-REDIRECT 127.0.0.1:12345\r\n", []string{"-REDIRECT {a}"}},
		{"redirect to a stranger", "GET k", "-REDIRECT 127.0.0.1:123\r\n", []string{"-REDIRECT 127.0.0.1:123"}},
		{"string", "GET k", "$4\r\na\"\r\n\r\n", []string{`"a\"\r\n"`}},
		{"empty string", "GET k", "$0\r\n\r\n", []string{`""`}},
		{"nulls", "EXEC", "*3\r\n$-1\r\n*-1\r\n_\r\n", []string{"[$nil *nil _]"}},
		{"types of RESP3", "X", "*4\r\n#t\r\n,1.5\r\n(12\r\n=5\r\ntxt:x\r\n", []string{`[#t ,1.5 (12 ="txt:x"]`}},
		{"map, set, push", "X", "*3\r\n%1\r\n+k\r\n:1\r\n~1\r\n:2\r\n>1\r\n:3\r\n", []string{"[{+k => :1} ~[:2] >[:3]]"}},
		{"ID of a client", "client id", ":7\r\n", []string{":{id}"}},
		{"another number", "CLIENT LIST", ":7\r\n", []string{":7"}},
		{"HELLO", "HELLO", "*14\r\n+server\r\n+x\r\n+version\r\n+8\r\n+proto\r\n:2\r\n+id\r\n:9\r\n+mode\r\n+s\r\n+role\r\n+r\r\n+modules\r\n*0\r\n",
			[]string{"[+server +x +version +8 +proto :2 +id :{id} +mode +s +role +r +modules []]"}},
		{"ROLE of a primary", "ROLE", "*3\r\n$6\r\nmaster\r\n:9\r\n*1\r\n*3\r\n$9\r\n127.0.0.1\r\n$5\r\n12345\r\n$1\r\n9\r\n",
			[]string{`["master" :{offset} [["127.0.0.1" "{a.port}" "{offset}"]]]`}},
		{"ROLE of a replica", "ROLE", "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:12345\r\n$4\r\nsync\r\n:-1\r\n",
			[]string{`["slave" "127.0.0.1" :{a.port} "sync" :-1]`}},
		{"KEYS", "KEYS *", "*2\r\n+b\r\n+a\r\n", []string{"[+a +b]"}},
		{"the same of another command", "MGET", "*2\r\n+b\r\n+a\r\n", []string{"[+b +a]"}},
		{"SCAN", "SCAN 0", "*2\r\n+0\r\n*2\r\n+b\r\n+a\r\n", []string{"[+0 [+a +b]]"}},
		{"settings", "CONFIG GET x", "%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n", []string{"{+a => :2, +b => :1}"}},
		{"INFO", "INFO", bulk("# Server\r\nrun_id:" + id + "\r\ntcp_port:12345\r\nfrob:1\r\n\r\n"),
			[]string{"$", "# Server", "run_id:*", "tcp_port:{a.port}"}},
		{"INFO of a replica's line", "INFO", bulk("# R\r\nslave0:ip=127.0.0.1,port=12345,state=online,offset=-1,lag=0\r\n"),
			[]string{"$", "# R", "slave0:ip=127.0.0.1,port={a.port},state=online,offset=*,lag=*"}},
		{"CLIENT LIST", "CLIENT LIST", bulk("id=3 addr=x name=z\nid=4 addr=y name=" + observer + "\nid=5 addr=z name=a\n"),
			[]string{"$", "id=* addr=* name=a", "id=* addr=* name=z"}},
		{"CLIENT INFO in RESP3", "CLIENT INFO", "=23\r\ntxt:id=3 addr=x name=z\n\r\n", []string{"=txt:", "id=* addr=* name=z"}},
		{"too short", "GET k", "$3\r\na\r\n", nil},
		{"too long", "GET k", "$3\r\nabcd\r\n", nil},
		{"no reply", "GET k", "hello\r\n", nil},
		{"longer than any", "GET k", "*9999999\r\n", nil},
		{"ID of a node", "X", bulk(id), []string{`"{replid}"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := readReply(bufio.NewReader(strings.NewReader(c.reply)))
			if c.want == nil {
				if err == nil {
					t.Fatalf("no error, but %v", r)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := names.lines(strings.Fields(c.command), r); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// bulk is a text as a server sends it.
func bulk(text string) string {
	return "$" + strconv.Itoa(len(text)) + "\r\n" + text + "\r\n"
}
