package resp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// seeds are streams to start fuzzing from.
var seeds = []string{
	"*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n*1\r\n$4\r\nPING\r\n",
	"SET \"a b\" 'c' d\r\n\r\nPING\n",
	"+OK\r\n-MOVED 1 h:2\r\n:-7\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n",
	"_\r\n#t\r\n,1.5e3\r\n(123456789012345678901234567890\r\n!3\r\nERR\r\n=5\r\ntxt:a\r\n",
	"%1\r\n+a\r\n~1\r\n:1\r\n>2\r\n+a\r\n+b\r\n|1\r\n+k\r\n+v\r\n*2\r\n|0\r\n:1\r\n:2\r\n",
	"*?\r\n$?\r\n;3\r\nabc\r\n;0\r\n%?\r\n+a\r\n+b\r\n.\r\n.\r\n~?\r\n.\r\n",
	"*2\r\n*2\r\n:1\r\n*1\r\n+a\r\n$4\r\nlong",
	"$4\r\nhello\r\n",
	"$20000\r\nxxxxxxxxxx",
	"*1\r\n$+0x\r\n", "+a\rb\r\n", "+a\nb\r\n", "*1048577\r\n", ":99999999999999999999\r\n", "(+\r\n",
}

// FuzzSplit checks that how a stream is cut into chunks makes no difference: to
// the calls, to the error and its place, and that a parser is lost exactly if
// there was an error.
func FuzzSplit(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), true, uint16(i), uint64(i))
		f.Add([]byte(s), false, uint16(64), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, client bool, keep uint16, cuts uint64) {
		side := Server
		if client {
			side = Client
		}
		parse := func(size func() int) (calls string, offset int) {
			var p Parser
			p.Init(side)
			tr := &transcript{keep: int(keep)}
			for rest := data; len(rest) > 0; {
				n := min(size(), len(rest))
				chunk := bytes.Clone(rest[:n])
				err := p.Feed(chunk, tr)
				if p.Lost() != (err != nil) {
					t.Fatalf("error %v, lost %v", err, p.Lost())
				}
				clear(chunk) // nothing may be kept of it
				if err != nil {
					e := err.(*SyntaxError)
					if e.Offset >= n || tr.open {
						t.Fatalf("offset %d of %d, message open %v", e.Offset, n, tr.open)
					}
					return tr.String() + e.Fault.String(), offset + e.Offset
				}
				offset += n
				rest = rest[n:]
			}
			if p.Idle() && tr.open {
				t.Fatal("idle within a message")
			}
			return tr.String(), offset
		}
		want, end := parse(func() int { return len(data) })
		rng := rand.New(rand.NewPCG(cuts, 0))
		for name, size := range map[string]func() int{
			"bytes":  func() int { return 1 },
			"random": func() int { return 1 + rng.IntN(8) },
			"halves": func() int { return len(data)/2 + 1 },
		} {
			if got, at := parse(size); got != want || at != end {
				t.Fatalf("%s, to %d:\n%s\nwhole, to %d:\n%s", name, at, got, end, want)
			}
		}
	})
}

// FuzzGap checks what must hold of any stream with gaps anywhere: messages are
// opened and closed in pairs (transcript sees to that), every byte is accounted
// for, and a lost parser reports no error.
func FuzzGap(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s+s+s), i%2 == 0, uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, client bool, cuts uint64) {
		var p Parser
		side := Server
		if client {
			side = Client
		}
		p.Init(side)
		tr := &transcript{keep: 16}
		rng := rand.New(rand.NewPCG(cuts, 1))
		fed := 0
		for len(data) > 0 {
			n := min(1+rng.IntN(40), len(data))
			switch rng.IntN(4) {
			case 0:
				p.Gap(int64(n), tr)
			case 1:
				p.Gap(-1, tr)
				if !p.Lost() {
					t.Fatal("not lost after a gap of unknown length")
				}
			default:
				if rng.IntN(2) == 0 {
					p.Boundary()
				}
				lost := p.Lost()
				feed(&p, tr, data[:n], n, func(_ int, err *SyntaxError) {
					if lost || !p.Lost() {
						t.Fatalf("lost %v, then %v, with %v", lost, p.Lost(), err)
					}
					lost = true
				})
				fed += n
			}
			data = data[n:]
			if held := int64(len(p.buf)); p.Lost() && (held > ResyncHold || p.Skipped()+held > int64(fed)) {
				t.Fatalf("%d bytes held and %d skipped of %d", held, p.Skipped(), fed)
			}
		}
		p.Gap(-1, tr)
		if tr.open || len(p.buf) > 0 {
			t.Fatal("something is left at the end")
		}
	})
}

// collector keeps the top-level messages it saw from End to End, in the form of
// a transcript each.
type collector struct {
	transcript
	messages []string
}

func (c *collector) Begin(kind Kind) int {
	c.Reset()
	return c.transcript.Begin(kind)
}

func (c *collector) End(complete bool) {
	c.transcript.End(complete)
	if complete {
		c.messages = append(c.messages, c.String())
	}
}

// FuzzResync loses a part of a stream of valid messages and checks that from
// the second segment behind the gap on all messages are found: the first one
// starts anywhere, and ends where a message does. Payloads are letters, as a
// payload that itself is RESP may be taken for a message by right.
func FuzzResync(f *testing.F) {
	for i := range uint64(20) {
		f.Add(i, uint16(i*37), uint16(i*11), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, from, length uint16, client bool) {
		rng := rand.New(rand.NewPCG(seed, 2))
		side, write := Server, writeReply
		if client {
			side, write = Client, writeCommand
		}
		var before, first, after strings.Builder
		for range 1 + rng.IntN(5) {
			write(&before, rng, 0)
		}
		for range 1 + rng.IntN(5) {
			write(&first, rng, 0)
		}
		var segments []string
		for range 1 + rng.IntN(4) {
			var s strings.Builder
			for range 1 + rng.IntN(4) {
				write(&s, rng, 0)
			}
			segments = append(segments, s.String())
			after.WriteString(s.String())
		}
		damaged := before.String() + first.String()
		start := int(from) % (before.Len() + 1)
		end := min(start+1+int(length)%(len(damaged)-start), len(damaged))

		var whole Parser
		whole.Init(side)
		want := &collector{transcript: transcript{keep: 32}}
		if err := whole.Feed([]byte(after.String()), want); err != nil || !whole.Idle() {
			t.Fatalf("not valid: %q: %v", after.String(), err)
		}

		var p Parser
		p.Init(side)
		got := &collector{transcript: transcript{keep: 32}}
		segment := func(s string) {
			p.Boundary()
			// What was found may be refuted later.
			feed(&p, got, []byte(s), len(s), func(int, *SyntaxError) {})
		}
		segment(damaged[:start])
		if rng.IntN(2) == 0 {
			p.Gap(-1, got)
		} else {
			p.Gap(int64(end-start), got)
		}
		segment(damaged[end:])
		got.messages = nil
		for _, s := range segments {
			segment(s)
		}
		if w, g := strings.Join(want.messages, ""), strings.Join(got.messages, ""); !strings.HasSuffix(g, w) {
			t.Fatalf("%q\nthen a gap, then %q\nthen %q\nwant:\n%s\ngot:\n%s", damaged[:start], damaged[end:], segments, w, g)
		}
	})
}
