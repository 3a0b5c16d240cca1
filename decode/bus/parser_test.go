package bus

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"ricochet/internal/wiretest/wirebus"
)

var (
	nodeA = wirebus.Node{ID: "a", Port: 6379, BusPort: 16379, Flags: wirebus.Primary}
	nodeB = wirebus.Node{ID: "b", IP: "10.0.0.2", Port: 6379, BusPort: 16379, Flags: wirebus.Replica}
	ping  = wirebus.Message{Sender: nodeA, Gossip: []wirebus.Node{nodeB, nodeB}, Shard: "d"}.Bytes()
	start = wirebus.Message{Type: wirebus.ManualStart, Sender: nodeA}.Bytes()
	said  = wirebus.Message{Type: wirebus.Publish, Sender: nodeA, Channel: "c", Text: strings.Repeat("RCmb", 2000)}.Bytes()
	light = wirebus.Message{Type: wirebus.Publish | wirebus.Light, Channel: "c", Text: strings.Repeat("RCmb", 2000)}.Bytes()
)

const (
	pingSeen  = "ping aaaaaa :6379@16379 primary 0/0+0 [] shard dddddd\n" + entries
	startSeen = "mfstart aaaaaa :6379@16379 primary 0/0+0 []\n"
	saidSeen  = "publish aaaaaa :6379@16379 primary 0/0+0 []\n"
	entry     = "  bbbbbb 10.0.0.2:6379@16379 replica\n"
	entries   = entry + entry
)

func TestSplitAnywhere(t *testing.T) {
	data := slices.Concat(ping, light, start, said, ping)
	const want = pingSeen + startSeen + saidSeen + pingSeen
	for _, size := range []int{1, 2, 15, 16, 17, 1448, headerLen, len(data)} {
		var p Parser
		var l log
		for chunk := range slices.Chunk(bytes.Clone(data), size) {
			p.Feed(chunk, &l)
			clear(chunk) // nothing may be kept of it
		}
		if got := l.out.String(); got != want || l.begun != 5 {
			t.Errorf("by %d bytes: got\n%swith %d beginnings", size, got, l.begun)
		}
		if p.Held() != 0 {
			t.Errorf("by %d bytes: %d bytes held", size, p.Held())
		}
	}
	for at := range ping {
		var p Parser
		var l log
		p.Feed(ping[:at], &l)
		p.Feed(ping[at:], &l)
		if got := l.out.String(); got != pingSeen {
			t.Fatalf("split at %d: got\n%s", at, got)
		}
	}
}

// TestGaps has n bytes missing in the first of three messages, from a place on.
func TestGaps(t *testing.T) {
	const cutPing = "ping aaaaaa :6379@16379 primary 0/0+0 [] cut\n"
	const rest = startSeen + pingSeen
	for _, c := range []struct {
		name  string
		first []byte
		at, n int
		want  string
	}{
		{"in the middle of a header", ping, 1000, 100, rest},
		{"the end of a header and some gossip", ping, 2000, 300, rest},
		{"all of the gossip", ping, headerLen, 208, cutPing + rest},
		{"the second entry of gossip", ping, headerLen + 110, 90, cutPing + entry + rest},
		{"to the end", ping, 2300, len(ping) - 2300, cutPing + rest},
		{"all but its first bytes", ping, prefixLen, len(ping) - prefixLen, rest},
		{"its first bytes", ping, 0, 16, rest},
		{"its length", ping, 4, 4, rest},
		{"over its end", ping, 2300, len(ping) - 2300 + 20, cutPing + pingSeen},
		{"all of it", ping, 0, len(ping), rest},
		{"of a published text", said, 3000, 4000, saidSeen + rest},
		{"of a published text, over its end", said, 3000, len(said) - 3000 + 1, saidSeen + pingSeen},
		{"of a light message", light, 20, 100, rest},
		{"an unknown number", ping, 2300, -1, cutPing + rest},
		{"none", ping, 1000, 0, pingSeen + rest},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			var l log
			data := slices.Concat(c.first, start, ping)
			p.Feed(data[:c.at], &l)
			p.Gap(int64(c.n), &l)
			p.Feed(data[c.at+max(c.n, 0):], &l)
			if got := l.out.String(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if p.Held() != 0 {
				t.Errorf("%d bytes held", p.Held())
			}
		})
	}
}

func TestJoined(t *testing.T) {
	noise := func(n int) []byte { return bytes.Repeat([]byte{'R', 'C'}, n/2) }
	broken := slices.Concat(ping[:300], bytes.Repeat([]byte{'?'}, len(ping)-300))
	endless := bytes.Clone(ping[:100])
	copy(endless[atLength:], "\x30\x00\x00\x00")
	for _, c := range []struct {
		name    string
		data    []byte
		want    string
		skipped int
	}{
		{"at a message", ping, pingSeen, 0},
		{"in the middle of one", slices.Concat(ping[1000:], start), startSeen, len(ping) - 1000},
		{"in a published text", slices.Concat(said[2500:], start), startSeen, len(said) - 2500},
		{"in what is none", slices.Concat(noise(5000), start), startSeen, 5000},
		{"before one that makes no sense", slices.Concat(broken, start), startSeen, len(broken)},
		{"before one that would be endless", slices.Concat(endless, start), startSeen, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 1448, len(c.data)} {
				var p Parser
				var l log
				p.Gap(-1, &l)
				for chunk := range slices.Chunk(c.data, size) {
					p.Feed(chunk, &l)
				}
				if got := l.out.String(); got != c.want || l.skipped != c.skipped {
					t.Errorf("by %d bytes: got\n%s%d bytes skipped; want\n%s%d", size, got, l.skipped, c.want, c.skipped)
				}
			}
		})
	}
}

func TestNoMessageWhereOneShouldBe(t *testing.T) {
	var p Parser
	var l log
	p.Feed(slices.Concat(ping, []byte("*1\r\n$4\r\nPING\r\n"), []byte("some more"), start, ping), &l)
	if got, want := l.out.String(), pingSeen+"unread\n"+startSeen+pingSeen; got != want || l.skipped != 23 {
		t.Errorf("got\n%s%d bytes skipped, want\n%s23", got, l.skipped, want)
	}
}

func TestMoreGossipThanIsKept(t *testing.T) {
	const kept = (MaxKept - headerLen) / gossipLen
	long := wirebus.Message{Sender: nodeA, Gossip: slices.Repeat([]wirebus.Node{nodeB}, 1000), Shard: "d"}.Bytes()
	var p Parser
	var l log
	most := 0
	for chunk := range slices.Chunk(slices.Concat(long, start), 1448) {
		p.Feed(chunk, &l)
		most = max(most, p.Held())
	}
	want := "ping aaaaaa :6379@16379 primary 0/0+0 [] cut\n" + strings.Repeat(entry, kept) + startSeen
	if l.out.String() != want {
		t.Errorf("got\n%s", l.out.String())
	}
	if most > 2*MaxKept {
		t.Errorf("%d bytes were held, want at most %d", most, 2*MaxKept)
	}
}

func TestDrop(t *testing.T) {
	for _, at := range []int{0, 5, 500, 2300, len(ping)} {
		var p Parser
		var l log
		p.Feed(ping[:at], &l)
		p.Drop()
		if p.Held() != 0 {
			t.Errorf("at %d: %d bytes are held", at, p.Held())
		}
		p.Feed(ping[at:], &l)
		p.Feed(start, &l)
		if got := l.out.String(); !strings.HasSuffix(got, startSeen) || strings.Contains(got, "unread") {
			t.Errorf("at %d: got\n%s", at, got)
		}
	}
}

func TestIndex(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want int
	}{
		{"at the start", ping, 0},
		{"behind something else", slices.Concat([]byte("RRCRCm"), ping), 6},
		{"behind what is none", slices.Concat(light[16:1000], ping), 984},
		{"cut", ping[:prefixLen-1], -1},
		{"none", []byte(strings.Repeat("x", 100)), -1},
		{"nothing", nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Index(c.data); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// count is a Handler that counts.
type count struct{ messages, gossip int }

func (c *count) Begin()      {}
func (c *count) Unread()     {}
func (c *count) Skipped(int) {}
func (c *count) Message(m *Message) {
	c.messages++
	for i := range m.Gossips() {
		if g := m.Gossip(i); g.Flags&Replica != 0 {
			c.gossip++
		}
	}
}

func TestWholeMessagesAllocateNothing(t *testing.T) {
	var p Parser
	c := &count{}
	if n := testing.AllocsPerRun(100, func() { p.Feed(ping, c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if c.messages == 0 || c.gossip != 2*c.messages {
		t.Errorf("%+v", *c)
	}
}

func BenchmarkParser(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"whole", len(ping)}, {"segments", 1448}} {
		b.Run(c.name, func(b *testing.B) {
			var p Parser
			h := &count{}
			b.ReportAllocs()
			b.SetBytes(int64(len(ping)))
			for b.Loop() {
				for rest := ping; len(rest) > 0; {
					n := min(c.size, len(rest))
					p.Feed(rest[:n], h)
					rest = rest[n:]
				}
			}
		})
	}
}
