package keep_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/decode/frame"
	"ricochet/decode/resp"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// FuzzPackets writes packets of arbitrary bytes. Each is written, in its order and
// with its time and length, and what a decoder of frames says of it stays the same
// unless it is a fragment.
func FuzzPackets(f *testing.F) {
	var seed []byte
	for _, p := range script(f, "open c1.a>A\nc1.a>A *SET key value\nA>c1.a +OK\nclose c1.a") {
		seed = append(append(seed, byte(len(p.Data)), 1), p.Data...)
	}
	f.Add(seed)
	f.Add([]byte("\x0e\x01aaaaaabbbbbb\x08\x06\x03\x65xyz"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var packets []capture.Packet
		for len(b) >= 2 && len(packets) < 200 {
			n := min(int(b[0]), len(b)-2)
			link := capture.LinkType(b[1])
			packets = append(packets, capture.Packet{
				Time: int64(len(packets)) * 1e8, Link: link, Number: int64(len(packets) + 1), Len: n, Data: b[2 : 2+n],
			})
			b = b[2+n:]
		}
		written, _, stats := kept(t, keep.Options{}, packets)
		if len(written) != len(packets) || stats.Packets != int64(len(packets)) {
			t.Fatalf("%d packets became %d, %+v", len(packets), len(written), stats)
		}
		var seg frame.Segment
		for i := range packets {
			was, is := &packets[i], &written[i]
			if was.Time != is.Time || was.Len != is.Len || was.Link != is.Link || len(is.Data) > len(was.Data) {
				t.Fatalf("packet %d: %v became %v", i+1, was, is)
			}
			a := new(frame.Decoder).Decode(was.Link, was.Data, was.Len, 0, &seg)
			b := new(frame.Decoder).Decode(is.Link, is.Data, is.Len, 0, &seg)
			if a != b {
				t.Errorf("packet %d: %v became %v", i+1, a, b)
			}
		}
		if _, err := pipeline.Run(context.Background(), wiretest.NewSource("f", written), pipeline.Options{}); err != nil {
			t.Error(err)
		}
	})
}

// shape is what a parser says of a stream but for its values.
type shape struct{ tokens []string }

func (s *shape) Begin(resp.Kind) int { return 0 }

func (s *shape) Token(t *resp.Token) {
	switch {
	case t.Kind == resp.Integer:
		s.tokens = append(s.tokens, fmt.Sprint(t.Kind, t.Depth, t.Index))
	case t.Kind != resp.Inline:
		s.tokens = append(s.tokens, fmt.Sprint(t.Kind, t.Depth, t.Index, t.N))
	case t.Depth == 0: // what is quoted makes one word of several
		s.tokens = append(s.tokens, "inline")
	}
}

func (s *shape) End(complete bool) { s.tokens = append(s.tokens, fmt.Sprint("end ", complete)) }

// shapeOf parses a stream up to its first fault.
func shapeOf(side resp.Side, b string) (tokens []string, ok bool) {
	var s shape
	var p resp.Parser
	p.Init(side)
	if err := p.Feed([]byte(b), &s); err != nil {
		return s.tokens[:max(0, len(s.tokens)-1)], false
	}
	return s.tokens, true
}

// FuzzStreams has a client and a server that send arbitrary bytes. What is
// written of them parses as they do, up to where they are not RESP, and is the
// same in segments of any size.
func FuzzStreams(f *testing.F) {
	f.Add([]byte("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*1\r\n$4\r\nINFO\r\n"), []byte("+OK\r\n$10\r\n# Server\r\n\r\n"), byte(7))
	f.Add([]byte("SET key 'a b'\r\nGET \"x\r\n\r\n*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n"), []byte("|1\r\n+k\r\n:1\r\n%1\r\n$?\r\n;3\r\nabc\r\n;0\r\n,1.5\r\n-MOVED 1 h:2\r\n"), byte(1))
	f.Add([]byte("*1\r\n$7\r\nMONITOR\r\n"), []byte(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n!5\r\nERR x\r\n=7\r\ntxt:abc\r\n(123\r\n#t\r\n_\r\n*?\r\n.\r\n*-1\r\n$-1\r\n"), byte(3))
	f.Add([]byte("*2\r\n$4\r\nPING\r\n$0\r\n\r\n*0\r\n*-1\r\n"), []byte("+"+strings.Repeat("a", 300)+"\r\n-"+strings.Repeat("E", 300)+" b\r\n"), byte(100))
	f.Fuzz(func(t *testing.T, client, server []byte, mss byte) {
		if len(client) == 0 || len(server) == 0 || len(client) > 4096 || len(server) > 4096 {
			return
		}
		// A first exchange tells the protocol.
		const ping, pong = "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"
		text := fmt.Sprintf("open c1.a>A\nc1.a>A %q\nA>c1.a %q\nc1.a>A %q\nA>c1.a %q\n", ping, pong, client, server)
		whole, _, _ := kept(t, keep.Options{}, script(t, text))
		from, to := streams(whole)
		isSync := bytes.Contains(bytes.ToUpper(client), []byte("SYNC"))
		okAll := true
		for _, c := range []struct {
			side resp.Side
			was  string
			is   string
		}{{resp.Client, ping + string(client), from}, {resp.Server, pong + string(server), to}} {
			if c.side == resp.Server && isSync {
				continue
			}
			was, ok := shapeOf(c.side, c.was)
			is, _ := shapeOf(c.side, c.is)
			okAll = okAll && ok
			if len(is) < len(was) || len(c.was) != len(c.is) && len(c.is) > 0 {
				t.Fatalf("%q (%d tokens) became %q (%d tokens)", c.was, len(was), c.is, len(is))
			}
			for i := range was {
				if was[i] != is[i] {
					t.Fatalf("%q became %q: token %d: %s, then %s", c.was, c.is, i, was[i], is[i])
				}
			}
		}
		if !okAll || isSync || mss == 0 {
			return // a lost stream is found again depending on its segments
		}
		split, _, _ := kept(t, keep.Options{}, script(t, fmt.Sprintf("mss %d\n", mss)+text))
		cfrom, cto := streams(split)
		if !alike(from, cfrom) || !alike(to, cto) {
			t.Errorf("whole    %q\n         %q\nsegments %q\n         %q", from, to, cfrom, cto)
		}
	})
}

// alike reports whether two streams are the same but for filler, which differs
// from run to run.
func alike(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	plain := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	for i := range len(a) {
		if a[i] != b[i] && (!plain(a[i]) || !plain(b[i])) {
			return false
		}
	}
	return true
}

// exchangesAboutRoles are commands about roles with their replies, and others.
func exchangesAboutRoles() [][2]string {
	const id = "<40*a>"
	return [][2]string{
		{"*GET k", "$v"}, {"*SET k v", "+OK"}, {"*LRANGE k 0 1", "*[$a $b]"}, {"*CONFIG GET requirepass", "*[$requirepass $10.0.0.9]"},
		{"*ROLE", "*[$master :5 *[*[$h $6379 $5]]]"}, {"*ROLE", "*[$slave $h :6379 $connected :7]"},
		{"*INFO replication", `$"# Replication\r\nrole:slave\r\nmaster_host:h\r\nmaster_port:1\r\nmaster_link_status:up\r\n"`},
		{"*INFO", `="txt:# Server\r\nvalkey_version:8.0.1\r\n\r\n# Replication\r\nrole:master\r\n"`},
		{"*HELLO 3", "%[$server $valkey $version $8.0.1 $mode $standalone $role $master]"},
		{"*CLUSTER SLOTS", "*[*[:0 :9 *[$h :1 $" + id + "]]]"}, {"*CLUSTER MYID", "$" + id},
		{"*CLUSTER SHARDS", "*[%[$slots *[:0 :9] $nodes *[%[$id $" + id + " $port :1 $ip $h $role $master]]]]"},
		{"*SENTINEL MASTERS", "*[*[$name $m $ip $h $port $1 $flags $master]]"},
		{"*SENTINEL GET-MASTER-ADDR-BY-NAME m", "*[$10.0.0.1 $6379]"}, {"*SENTINEL IS-MASTER-DOWN-BY-ADDR h 1 0 *", "*[:1 $* :0]"},
		{"*FAILOVER TO h 1", "+OK"}, {"*FAILOVER ABORT", "-ERR No failover in progress."}, {"*REPLICAOF NO ONE", "+OK"},
		{"*REPLICAOF h 1", "+OK Already connected to specified master"}, {"*CLUSTER SETSLOT 1 STABLE", "+OK"},
		{"*CLIENT PAUSE 10 WRITE", "+OK"}, {"*SENTINEL FAILOVER m", "-NOGOODSLAVE No suitable replica to promote"},
		{"*MULTI | *SLAVEOF h 1 | *EXEC", "+OK | +QUEUED | *[+OK]"}, {"*SUBSCRIBE +sdown", ">[$subscribe $+sdown :1]"},
		{"*PING", `>[$message $+sdown $"master m h 1 #q"] | +PONG`}, {"*PUBLISH __sentinel__:hello h,1," + id + ",0,m,h,1,0", ":0"},
		{"*REPLCONF listening-port 7 version 8.0.1", "+OK"}, {"*PSYNC ? -1", "-NOMASTERLINK Can't SYNC"},
		{"*PSYNC " + id + " 5 FAILOVER", "+CONTINUE " + strings.Repeat("b", 40)},
	}
}

// FuzzTold has a client talk about roles, as the input says, and packets lost, late
// or twice. What is written tells what they do. Where a reply is lost, or never
// came, an analysis may take the next one for it, which then does not show what it
// is: what is written may tell less, but nothing else.
func FuzzTold(f *testing.F) {
	f.Add([]byte{4, 6, 7, 8, 23, 24, 4, 9, 10, 11, 0, 13}, byte(200), byte(0), uint16(1))
	f.Add([]byte{12, 13, 14, 21, 22, 15, 16, 3, 13, 1, 5}, byte(3), byte(16), uint16(2))
	f.Add([]byte{26, 27, 5, 2, 4, 25, 28, 1, 17, 18, 19, 20}, byte(40), byte(21), uint16(3))
	f.Fuzz(func(t *testing.T, choices []byte, mss, damage byte, seed uint16) {
		if len(choices) > 64 {
			return
		}
		known := exchangesAboutRoles()
		certain := damage&1 == 0
		text := fmt.Sprintf("mss %d\n%s c1.a>A\n", int(mss)*8+1, []string{"open", "join"}[damage>>4&1])
		for i, c := range choices {
			x := known[int(c&0x7f)%len(known)]
			text += fmt.Sprintf("%dms c1.a>A %s\n", 2*i, x[0])
			if c&0x80 != 0 {
				certain = false
			} else {
				text += fmt.Sprintf("%dms A>c1.a %s\n", 2*i+1, x[1])
			}
		}
		packets := script(t, text)
		if damage&1 != 0 {
			packets = wiretest.Drop(packets, 10, uint64(seed))
		}
		if damage&2 != 0 {
			packets = wiretest.Shuffle(packets, 20, uint64(seed))
		}
		if damage&4 != 0 {
			packets = wiretest.Duplicate(packets, 30, uint64(seed))
		}
		if certain {
			sameTold(t, keep.Options{}, packets)
			return
		}
		written, _, _ := kept(t, keep.Options{}, packets)
		want := unanswered(toldBy(t, packets))
		for _, told := range unanswered(toldBy(t, written)) {
			if !slices.Contains(want, told) {
				t.Fatalf("this is told only of what was written: %s", told)
			}
		}
	})
}

// unanswered takes the answers to orders out of what is told.
func unanswered(told []string) []string {
	answer := regexp.MustCompile(`"Answer":"[^"]*","Line":"[^"]*"`)
	for i := range told {
		told[i] = answer.ReplaceAllString(told[i], "")
	}
	return told
}

// FuzzSecrets has clients send commands with a secret, and servers answer with
// it, as the input says: which ones, in segments of what size, lost, late, twice,
// cut or joined in their midst. The secret is never seen.
func FuzzSecrets(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, byte(9), byte(0), uint16(1))
	f.Add([]byte{50, 60, 70, 3, 2, 1, 40, 41, 42, 43}, byte(3), byte(7), uint16(2))
	f.Add([]byte{10, 0, 11, 0, 12, 0, 13, 0}, byte(20), byte(31), uint16(77))
	f.Fuzz(func(t *testing.T, choices []byte, mss, damage byte, seed uint16) {
		commands := append(values(), credentials()...)
		answers := slices.Concat(replies(), pushes(), nonsense())
		if len(choices) > 64 {
			return
		}
		start := "open"
		if damage&16 != 0 {
			start = "join"
		}
		text := fmt.Sprintf("mss %d\n%s c1.a>A\n", int(mss)+1, start)
		for i, c := range choices {
			verb := ""
			if i%7 == int(damage>>5) {
				verb = "lose "
			}
			text += fmt.Sprintf("%dms %sc1.a>A %s\n", i, verb, commands[int(c)%len(commands)])
			if c%5 != 0 {
				text += fmt.Sprintf("%dms A>c1.a %s\n", i, answers[(int(c)+i)%len(answers)])
			}
		}
		packets := script(t, text)
		if damage&1 != 0 {
			packets = wiretest.Drop(packets, 10, uint64(seed))
		}
		if damage&2 != 0 {
			packets = wiretest.Shuffle(packets, 40, uint64(seed))
		}
		if damage&4 != 0 {
			packets = wiretest.Duplicate(packets, 30, uint64(seed))
		}
		if damage&8 != 0 {
			packets = wiretest.Snap(packets, 54+int(seed%64))
		}
		written, file, _ := kept(t, keep.Options{}, packets)
		if n := revealed(t, packets, written); n > chance+1 {
			t.Errorf("%d bytes of a secret are seen in:\n%s", n, text)
		}
		if bytes.Contains(file, []byte(secret[:7])) || bytes.Contains(file, []byte(secret[7:])) {
			t.Errorf("a part of a secret is seen in:\n%s", text)
		}
	})
}
