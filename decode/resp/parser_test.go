package resp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unsafe"
)

// There may be 400,000 parsers.
func TestParserIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Parser{}); n > 160 {
		t.Errorf("a Parser takes %d bytes", n)
	}
}

// counter is a Visitor that only counts.
type counter struct{ keep, begun, tokens, ended, abandoned int }

func (c *counter) Begin(Kind) int { c.begun++; return c.keep }
func (c *counter) Token(*Token)   { c.tokens++ }
func (c *counter) End(complete bool) {
	if complete {
		c.ended++
	} else {
		c.abandoned++
	}
}

// common are messages that must cost no allocation.
var common = []struct {
	name string
	side Side
	wire string
}{
	{"get", Client, "*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n"},
	{"inline", Client, "GET foo\r\n"},
	{"ok", Server, "+OK\r\n"},
	{"bulk", Server, "$5\r\nhello\r\n"},
	{"moved", Server, "-MOVED 3999 10.77.0.2:6379\r\n"},
	{"integer", Server, ":1000\r\n"},
	{"nested", Server, "*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n_\r\n"},
	{"map", Server, "%2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$5\r\nproto\r\n:3\r\n"},
	{"push", Server, ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"},
}

func TestCommonMessagesAllocateNothing(t *testing.T) {
	for _, c := range common {
		for _, split := range []bool{false, true} {
			var p Parser
			p.Init(c.side)
			v := &counter{keep: 64}
			data := []byte(c.wire)
			parse := func() {
				chunks := [][]byte{data}
				if split {
					chunks = [][]byte{data[:len(data)/2], data[len(data)/2:]}
				}
				for _, chunk := range chunks {
					if err := p.Feed(chunk, v); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := testing.AllocsPerRun(100, parse); n != 0 {
				t.Errorf("%s, split %v: %v allocations", c.name, split, n)
			}
			if v.begun != 101 || v.ended != 101 {
				t.Errorf("%s: %+v", c.name, v)
			}
		}
	}
}

func TestLargeBulkIsNotBuffered(t *testing.T) {
	var p Parser
	p.Init(Server)
	v := &counter{keep: 64}
	header, chunk, crlf := []byte("$16384\r\n"), make([]byte, 1448), []byte("\r\n")
	if n := testing.AllocsPerRun(10, func() {
		p.Feed(header, v)
		for range 11 {
			p.Feed(chunk, v)
		}
		p.Feed(chunk[:16384-11*1448], v)
		p.Feed(crlf, v)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if v.ended != 11 || p.Lost() {
		t.Errorf("%+v", v)
	}
}

func TestBuffersAreReleasedWhenIdle(t *testing.T) {
	for side, wire := range map[Side]string{
		Server: "+" + strings.Repeat("x", 60000) + "\r\n$60000\r\n" + strings.Repeat("x", 60000) + "\r\n",
		Client: "ECHO " + strings.Repeat("x", 60000) + "\r\n" + strings.Repeat(" ", 60000) + "\r\n",
	} {
		var p Parser
		p.Init(side)
		v := &counter{keep: MaxKeep}
		for _, c := range []byte(wire) {
			if err := p.Feed([]byte{c}, v); err != nil {
				t.Fatal(err)
			}
			if cap(p.buf) > 2*MaxKeep {
				t.Fatalf("buffer of %d bytes", cap(p.buf))
			}
		}
		if !p.Idle() || cap(p.buf) > retain {
			t.Errorf("side %d: idle %v, %d bytes kept", side, p.Idle(), cap(p.buf))
		}
		if p.tok.Head != nil {
			t.Error("a chunk is still referred to")
		}
	}
}

// What is held must not grow with what is announced or fed.
func TestHeldBytesAreBounded(t *testing.T) {
	var p Parser
	p.Init(Server)
	v := &counter{keep: 64}
	p.Gap(-1, v)
	p.Boundary()
	for range 100000 {
		p.Feed([]byte("+"), v)
		if cap(p.buf) > 4*ResyncHold {
			t.Fatalf("buffer of %d bytes", cap(p.buf))
		}
	}
}

func TestLineBounds(t *testing.T) {
	for _, c := range []struct {
		name   string
		side   Side
		prefix string
		fill   string
		max    int
	}{
		{"simple string", Server, "+", "x", MaxLine},
		{"big number", Server, "(", "1", MaxLine},
		{"double", Server, ",", "1", MaxDouble},
		{"inline command", Client, "", "x", MaxInline - 1}, // the CR is part of the line
	} {
		for _, size := range []int{1 << 20, 1000} {
			for extra := range 2 {
				var p Parser
				p.Init(c.side)
				tr := &transcript{keep: 1}
				tr.feed(&p, []byte(c.prefix+strings.Repeat(c.fill, c.max+extra)+"\r\n"), size, 0)
				tooLong := strings.Contains(tr.String(), LineTooLong.String())
				if tooLong != (extra > 0) {
					t.Errorf("%s of %d bytes more than allowed, chunks of %d: %s", c.name, extra, size, tr)
				}
			}
		}
	}
}

func TestSyntaxError(t *testing.T) {
	var p Parser
	p.Init(Server)
	err := p.Feed([]byte("+OK\r\nx"), &counter{})
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Fault != NotRESP || syntax.Offset != 5 {
		t.Fatalf("%v", err)
	}
	if got := err.Error(); got != "parse resp: unexpected first byte at offset 5" {
		t.Error(got)
	}
	for f := NotRESP; f <= LineTooLong; f++ {
		if f.String() == Fault(0).String() {
			t.Errorf("fault %d has no text", f)
		}
	}
}

func TestFeedBeforeInitPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it did not")
		}
	}()
	var p Parser
	p.Feed([]byte("+OK\r\n"), &counter{})
}

// The stream of a replication link changes its side and has a snapshot in it
// whose length looks like an inline command.
func TestSwitchAndSkipFromEnd(t *testing.T) {
	wire := []byte("+FULLRESYNC 8371b4fb 0\r\n\n\n$10\r\nREDIS\r\n*1\xff*1\r\n$4\r\nPING\r\n")
	for size := 1; size <= len(wire); size++ {
		var p Parser
		p.Init(Server)
		tr := &transcript{keep: 64}
		first := true
		tr.onEnd = func() {
			if first {
				p.Switch(Client)
				first = false
			} else if strings.HasSuffix(tr.String(), "\"$10\"\nend\n") {
				p.Skip(10)
			}
		}
		tr.feed(&p, wire, size, 0)
		want := "begin +\n  + n=21 \"FULLRESYNC 8371b4fb 0\"\nend\n" +
			"begin inline\n  inline n=1\n    inline n=3 at=0 \"$10\"\nend\n" +
			"begin *\n  * n=1\n    $ n=4 at=0 \"PING\"\nend\n"
		if tr.String() != want {
			t.Fatalf("chunks of %d:\n%s\nwant:\n%s", size, tr, want)
		}
	}
}

// Skip from the token of a top-level bulk string counts from its payload, which
// then has no CRLF, whatever part of it the head took.
func TestSkipFromToken(t *testing.T) {
	wire := []byte("$10\r\n0123456789+OK\r\n")
	for keep := range 12 {
		want := ""
		for size := len(wire); size > 0; size-- {
			var p Parser
			p.Init(Server)
			tr := &transcript{keep: keep}
			tr.onToken = func(k *Token) {
				if k.Kind == Bulk {
					p.Skip(k.N)
				}
			}
			tr.feed(&p, wire, size, 0)
			if want == "" {
				want = tr.String()
			}
			if tr.String() != want || !strings.HasSuffix(want, "end\n") || !p.Idle() {
				t.Fatalf("keep %d, chunks of %d:\n%s\nwant:\n%s", keep, size, tr, want)
			}
		}
	}
}

func TestSkipWithinMessageWaitsForItsEnd(t *testing.T) {
	wire := []byte("*2\r\n:1\r\n$1\r\na\r\njunk+OK\r\n")
	for size := 1; size <= len(wire); size++ {
		var p Parser
		p.Init(Server)
		v := &transcript{keep: 8}
		v.onToken = func(k *Token) {
			if k.Depth == 1 {
				p.Skip(2)
			}
		}
		v.feed(&p, wire, size, 0)
		if !strings.HasSuffix(v.String(), "end\nbegin +\n  + n=2 \"OK\"\nend\n") {
			t.Fatalf("chunks of %d:\n%s", size, v)
		}
	}
}

// lateness notes what Late says of each message.
type lateness struct {
	counter
	p    *Parser
	late []bool
}

func (l *lateness) Begin(kind Kind) int {
	l.late = append(l.late, l.p.Late())
	return l.counter.Begin(kind)
}

func TestLateTellsHeldMessages(t *testing.T) {
	var p Parser
	p.Init(Server)
	v := &lateness{p: &p}
	p.Gap(-1, v)
	p.Boundary()
	p.Feed([]byte("-MOVED 1 h"), v)
	p.Boundary()
	p.Feed([]byte(":2\r\n+OK\r\n"), v)
	if len(v.late) != 2 || !v.late[0] || v.late[1] {
		t.Errorf("late: %v, want true, false", v.late)
	}
}

// A hostile stream must not make a lost parser slow: here are many candidates,
// each of which parses a long way before it fails. The search is given up before
// it comes to the one that would do.
func TestResyncWorkIsBounded(t *testing.T) {
	wire := append(bytes.Repeat([]byte("|1\r\n+\r\n+\r\n"), 6000), "x\r\n+OK\r\n"...)
	var p Parser
	p.Init(Server)
	v := &counter{}
	p.Gap(-1, v)
	p.Boundary()
	p.Feed(wire, v)
	if v.begun > 0 || !p.Lost() || p.Skipped() != int64(len(wire)) {
		t.Errorf("%+v, lost %v, skipped %d of %d", v, p.Lost(), p.Skipped(), len(wire))
	}
	// It is taken up again with the next chunk.
	p.Feed([]byte("+OK\r\n"), v)
	if v.ended != 1 {
		t.Errorf("%+v", v)
	}
}

// A Visitor that switches sides may thereby refute what a lost parser had held.
func TestSwitchWhileSettling(t *testing.T) {
	var p Parser
	p.Init(Server)
	tr := &transcript{}
	tr.onEnd = func() { p.Switch(Client) }
	p.Gap(-1, tr)
	p.Feed([]byte("tail\r\n*3\r\n+a\r\n*1\r\n:1\r\n"), tr)
	p.Gap(5, tr)
	if !p.Lost() || tr.open {
		t.Errorf("lost %v\n%s", p.Lost(), tr)
	}
}

func TestEmptyChunkChangesNothing(t *testing.T) {
	var p Parser
	p.Init(Server)
	v := &counter{}
	p.Gap(-1, v)
	p.Boundary()
	p.Feed(nil, v)
	p.Feed([]byte("+OK\r\n"), v)
	if v.ended != 1 {
		t.Errorf("the boundary was forgotten: %+v", v)
	}
}

func TestKindString(t *testing.T) {
	for k, want := range map[Kind]string{0: "invalid", Inline: "inline", Array: "*", BigNumber: "("} {
		if got := k.String(); got != want {
			t.Errorf("kind %d is %q, want %q", k, got, want)
		}
	}
}
